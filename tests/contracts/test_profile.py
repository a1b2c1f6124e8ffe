"""ProfileEncoder: a value under a missing mask has no effect; a missing category is a level."""

import pytest
import torch
from role_cases import cases

from combo_dl.nn.build import build_part

WIDTH, U = 12, 5
every_encoder = pytest.mark.parametrize("spec", cases("profile", at_least=3))


@pytest.fixture
def profile(dims):
    """number, seen, category, known_id of five profiles, the last one new."""
    components = dims.profiles["synthetic"].components
    seen = torch.rand(U, components) > 0.4
    category = torch.tensor([[0], [1], [2], [3], [-1]])
    return torch.randn(U, components), seen, category, torch.tensor([0, 1, 2, 3, -1])


def built(spec, dims):
    return build_part("profile", spec, {"dims": dims.profiles["synthetic"], "width": WIDTH}).eval()


@every_encoder
@pytest.mark.parametrize("junk", [1e6, -1e30, float("nan")])
def test_a_value_under_a_missing_mask_has_no_effect(spec, junk, dims, profile):
    encoder, (number, seen, category, known) = built(spec, dims), profile
    other = torch.where(seen, number, junk)
    assert torch.equal(
        encoder(other, seen, category, known), encoder(number, seen, category, known)
    )


@every_encoder
def test_nothing_known_is_a_finite_vector(spec, dims, profile):
    number, seen, category, known = profile
    nothing = (number, torch.zeros_like(seen), category * 0 - 1, known * 0 - 1)
    p_UH = built(spec, dims)(*nothing)
    assert p_UH.shape == (U, WIDTH) and torch.isfinite(p_UH).all()
    torch.testing.assert_close(p_UH, p_UH[:1].expand(U, -1))


@every_encoder
def test_a_profile_does_not_depend_on_the_others(spec, dims, profile):
    encoder = built(spec, dims)
    order = torch.tensor([3, 0, 4])
    found = encoder(*(part[order] for part in profile))
    torch.testing.assert_close(found, encoder(*profile)[order], atol=1e-6, rtol=1e-5)


@every_encoder
def test_studies_without_fields_or_known_profiles_are_built(spec, dims):
    patients = type(dims.profiles["synthetic"])(components=0, levels=(), known=0)
    encoder = build_part("profile", spec, {"dims": patients, "width": WIDTH}).eval()
    empty = torch.zeros(2, 0)
    p_UH = encoder(empty, empty.bool(), empty.long(), torch.tensor([-1, -1]))
    assert torch.isfinite(p_UH).all()


def test_a_missing_category_is_a_level_of_its_own(dims, profile):
    spec = next(c.values[0] for c in cases("profile", at_least=3) if c.id == "mlp")
    encoder, (number, seen, _, known) = built(spec, dims), profile
    first = [t[:1].expand(5, -1) for t in (number, seen)]
    levels = torch.tensor([[0], [1], [2], [3], [-1]])
    assert torch.pdist(encoder(*first, levels, known[:1].expand(5))).min() > 1e-4

"""What profiles say of the genes that drugs act on: known answers, and what must not matter."""

import numpy as np
import pandas as pd
import pytest

from combo_dl.core.arrays import text_array
from combo_dl.core.errors import FormatError
from combo_dl.core.frames import profiles_from_frame
from combo_dl.data.gene_meeting import MOST, GeneGraph, GeneMeeting, fit_gene_meeting

TARGETS = ("AAA", "BBB", "ZZZ")
# Of three drugs: two genes, one gene, a gene that no field speaks of.
OF_DRUGS = np.array([[1, 1, 0], [1, 0, 0], [0, 0, 1]], np.float32)
FRAME = pd.DataFrame(
    {
        "profile": ["one", "two", "three", "new"],
        "age_years": [50.0, 60.0, 70.0, 80.0],
        "expr:AAA": [1.0, 2.0, 3.0, 5.0],
        "expr:BBB": [0.0, 4.0, 8.0, np.nan],
        "expr:CCC": [7.0, 7.0, 7.0, 1.0],
        "expr:DDD": [0.0, 1.0, 2.0, 3.0],
        "mut_AAA": ["no", "yes", "no", None],
    }
)
TRAINED = np.array([0, 1, 2, 1])
SCALE = np.sqrt(2 / 3)  # of 1, 2, 3
GRAPH = GeneGraph(
    genes=("CCC", "DDD", "EEE"), near=np.array([[0, 1, 1], [1, 1, 0], [0, 0, 1]], np.float32)
)


def profiles(frame=FRAME):
    return profiles_from_frame(frame, space="cell_line")


def fitted(frame=FRAME, graph=GRAPH) -> GeneMeeting:
    made = fit_gene_meeting(profiles(frame), TRAINED, graph)
    assert made is not None
    return made


def told(made, frame=FRAME, targets=OF_DRUGS):
    """{part: [D, P, 2]}."""
    found = made.told(profiles(frame), targets, TARGETS)
    return {part: found[..., 2 * k : 2 * k + 2] for k, part in enumerate(made.parts)}


def test_values_at_targets_are_summed_and_divided_by_the_root_of_their_number():
    found = told(fitted())["expr at targets"]
    assert found.shape == (3, 4, 2)
    # AAA is 1 of mean 2; BBB 0 of mean 4 and four times the spread.
    both = (-1 / SCALE - 1 / SCALE) / np.sqrt(2)
    np.testing.assert_allclose(found[0, 0], [both, 1.0], rtol=1e-5)
    np.testing.assert_allclose(found[1, 0], [-1 / SCALE, 1.0], rtol=1e-5)


def test_a_gene_without_a_value_adds_nothing_and_none_at_all_is_marked():
    found = told(fitted())
    # BBB is missing in the last profile: of the first drug AAA alone is left.
    np.testing.assert_allclose(found["expr at targets"][0, 3], [3 / SCALE, 1.0], rtol=1e-5)
    assert not found["expr at targets"][2].any() and not found["mut at targets"][2].any()
    assert not found["mut at targets"][1, 3].any()


def test_a_mutation_counts_alike_however_rare_and_also_where_training_has_none():
    for carriers in (["no", "yes", "no"], ["no", "no", "no"], ["yes", "no", "yes"]):
        frame = FRAME.assign(mut_AAA=[*carriers, None])
        asked = FRAME.assign(mut_AAA=["no", "yes", "no", None])
        found = told(fitted(frame), asked)["mut at targets"][1, :3, 0]
        assert found[1] - found[0] == pytest.approx(2.0) and found[0] == found[2]


def test_a_number_far_off_counts_no_more_than_the_most():
    far = FRAME.assign(**{"expr:AAA": [1.0, 2.0, 3.0, 1e9]})
    assert told(fitted(), far)["expr at targets"][1, 3, 0] == MOST


def test_parts_stand_where_they_are_asked_for():
    made = fitted()
    asked = ("cn at targets", *reversed(made.parts))
    found = made.told(profiles(), OF_DRUGS, TARGETS, asked)
    assert not found[..., :2].any()
    for k, part in enumerate(asked[1:], 1):
        assert np.array_equal(found[..., 2 * k : 2 * k + 2], told(made)[part])


def test_neighbours_are_those_of_the_graph_and_a_constant_gene_says_nothing():
    found = told(fitted())["expr beside targets"]
    # CCC is the same in all training profiles; DDD is next to both targets of the first drug.
    np.testing.assert_allclose(found[1, 0], [-1 / SCALE, 1.0], rtol=1e-5)
    np.testing.assert_allclose(found[0, 0], [2 * -1 / SCALE / 2, 1.0], rtol=1e-5)
    assert not found[2].any()


def test_without_neighbours_there_are_targets_alone():
    assert fitted(graph=GeneGraph()).parts == ("expr at targets", "mut at targets")
    assert len(fitted().parts) == 4


def test_only_training_profiles_teach():
    other = FRAME.assign(**{"expr:AAA": [1.0, 2.0, 3.0, -50.0]})
    assert np.array_equal(fitted(other).mean, fitted().mean)
    assert np.array_equal(fitted(other).scale, fitted().scale)


def test_the_order_of_fields_and_of_drugs_does_not_matter():
    turned = FRAME[["profile", *reversed(FRAME.columns[1:])]]
    for part, value in told(fitted()).items():
        assert np.array_equal(told(fitted(turned), turned)[part], value)
        assert np.array_equal(told(fitted(), targets=OF_DRUGS[::-1])[part], value[::-1])


def test_a_table_that_lacks_a_field_is_read_as_one_without_values():
    less = FRAME.drop(columns="expr:BBB")
    empty = FRAME.assign(**{"expr:BBB": np.nan})
    for part, value in told(fitted(), less).items():
        assert np.array_equal(told(fitted(), empty)[part], value)


def test_profiles_that_speak_of_no_gene_meet_no_drug():
    assert fit_gene_meeting(profiles(FRAME[["profile", "age_years"]]), TRAINED, GRAPH) is None


def test_it_is_written_and_read():
    made = fitted()
    read = GeneMeeting.from_arrays(made.to_arrays())
    for part, value in told(made).items():
        assert np.array_equal(told(read)[part], value)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("mean", np.zeros((1, 4), np.float32)),
        ("scale", np.full((2, 4), -1.0, np.float32)),
        ("scale", np.full((2, 4), np.nan, np.float32)),
        ("near", np.zeros((3, 5), np.float32)),
        ("near", np.full((3, 4), np.inf, np.float32)),
        ("near", np.full((3, 4), 1e30, np.float32)),
        ("scale", np.full((2, 4), 1e-20, np.float32)),
        ("genes", text_array(("AAA", "AAA", "BBB", "CCC"))),
    ],
)
def test_broken_arrays_are_refused(name, value):
    with pytest.raises(FormatError):
        GeneMeeting.from_arrays(fitted().to_arrays() | {name: value})


def test_a_bundle_without_genes_has_no_empty_ones():
    none = {"kinds": text_array(()), "genes": text_array(())}
    numbers = dict.fromkeys(("mean", "scale", "near"), np.zeros((0, 0), np.float32))
    with pytest.raises(FormatError):
        GeneMeeting.from_arrays(none | numbers)

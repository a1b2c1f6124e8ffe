"""ProductRidge: the dense kernel ridge it stands for, and laws of sets of drugs."""

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest

from combo_dl.kernels.average import fit_average
from combo_dl.kernels.inputs import KernelInputs, Things
from combo_dl.kernels.pairs import cells_of
from combo_dl.kernels.ridge import fit_ridge, trained_on
from combo_dl.kernels.similarity import similarity

COLUMN = "synergy_loewe"


def fitted(case, spec, rows=None):
    rows = case.rows if rows is None else rows
    own = {c: label[rows] for c, label in case.labels.items()}
    trained = trained_on(case.inputs, rows)
    found = fit_ridge(spec, trained, case.inputs, rows, labels=own, weight=case.weight[rows])
    return trained, found


@pytest.fixture(scope="session")
def average(case):
    """Two kernels, fitted."""
    told = {"labels": case.labels, "weight": case.weight}
    return fit_average(case.specs(2), case.inputs, case.rows, **told)


def pairs_of(inputs: KernelInputs, row: int) -> list[tuple[int, int]]:
    drugs = inputs.drugs[row][inputs.present[row]]
    return list(combinations(drugs.tolist(), 2))


def dense(case, spec, states, trained, rows, others) -> np.ndarray:
    """The kernel of rows x others, entry by entry: a sum over their pairs."""
    inputs = case.inputs
    every = np.arange(len(inputs.of_drugs))
    drug = similarity(
        inputs.of_drugs, inputs.of_drugs.take(every), spec.drug, trained.medians["drug"]
    )
    near = similarity(
        inputs.of_profiles, inputs.of_profiles, spec.profile, trained.medians["profile"]
    )
    state = None if states is None else alone(inputs, states)
    made = np.zeros((len(rows), len(others)))
    for i, row in enumerate(rows):
        for j, other in enumerate(others):
            p, q = inputs.profile[row], inputs.profile[other]
            for a, b in pairs_of(inputs, row):
                for c, d in pairs_of(inputs, other):
                    ac, bd, ad, bc = drug[a, c], drug[b, d], drug[a, d], drug[b, c]
                    both = ac * bd + ad * bc + spec.single * (ac + bd + ad + bc)
                    made[i, j] += both * near[p, q]
                    if state is not None:
                        made[i, j] += of_states(spec, state, (a, b, p), (c, d, q))
    return made


def alone(inputs, states) -> np.ndarray:
    """Features [D, P, R] of what each drug does alone."""
    d, p, width = inputs.states.shape
    found = states.of(inputs.states.reshape(d * p, width), inputs.has_state.reshape(-1))
    return found.reshape(d, p, -1)


def of_states(spec, state, one, other) -> float:
    (a, b, p), (c, d, q) = one, other
    x, y, u, v = state[a, p], state[b, p], state[c, q], state[d, q]
    leading = [s[:16] for s in (x, y, u, v)]
    x1, y1, u1, v1 = leading
    both = (x1 @ u1) * (y1 @ v1) + (x1 @ v1) * (y1 @ u1)
    return spec.state * (x + y) @ (u + v) + spec.both_states * both


def test_it_is_the_dense_kernel_ridge(case):
    spec = case.specs()[0]
    trained, found = fitted(case, spec)
    assert (found.states is None) == (case.inputs.states.shape[2] == 0)
    label = case.labels[COLUMN]
    count = np.array([len(pairs_of(case.inputs, r)) for r in range(len(case.inputs))], float)
    rows = np.array([r for r in case.rows if count[r] and not np.isnan(label[r])])
    share = case.weight[rows]
    centre = (share * label[rows] * count[rows]).sum() / (share * count[rows] ** 2).sum()
    kernel = dense(case, spec, found.states, trained, rows, rows)
    dual = np.linalg.solve(
        kernel + np.diag(spec.penalty / share), label[rows] - count[rows] * centre
    )
    asked = np.arange(60, 100)
    expected = dense(case, spec, found.states, trained, asked, rows) @ dual + centre * count[asked]
    got = found.predict(trained, case.inputs, asked)[COLUMN]
    assert np.linalg.norm(got - expected) < 1e-3 * np.linalg.norm(expected)
    assert found.centre[COLUMN] == pytest.approx(centre)


def reordered(inputs: KernelInputs, order) -> KernelInputs:
    return replace(inputs, drugs=inputs.drugs[:, order], present=inputs.present[:, order])


def assert_same(found, expected, *, rtol=1e-9):
    assert found.keys() == expected.keys()
    for column in expected:
        np.testing.assert_allclose(found[column], expected[column], rtol=rtol, atol=1e-9)


def assert_near(found, expected):
    """The same fit, from sums in another order: equal within the tolerance of its iteration."""
    assert found.keys() == expected.keys()
    for column, mean in expected.items():
        assert np.linalg.norm(found[column] - mean) < 1e-3 * np.linalg.norm(mean)


@pytest.mark.parametrize("order", [[1, 0, 2], [2, 1, 0], [1, 2, 0]])
def test_the_order_of_drugs_changes_nothing(case, order):
    rows, turned = np.arange(len(case.inputs)), replace(case, inputs=reordered(case.inputs, order))
    one, other = (fitted(c, case.specs()[0]) for c in (case, turned))
    expected = one[1].predict(one[0], case.inputs, rows)
    assert_same(one[1].predict(one[0], turned.inputs, rows), expected)
    assert_near(other[1].predict(other[0], case.inputs, rows), expected)


def test_padding_changes_nothing(case, average):
    rows = np.arange(len(case.inputs))
    pad = ((0, 0), (1, 2))
    wide = replace(
        case.inputs,
        drugs=np.pad(case.inputs.drugs, pad),
        present=np.pad(case.inputs.present, pad),
    )
    assert_same(average.predict(wide, rows), average.predict(case.inputs, rows))


def test_the_order_of_rows_changes_nothing(case):
    """Neither of those that are asked nor, up to rounding, of those that train."""
    spec, turned = case.specs()[1], case.rows[::-1]
    asked = np.arange(60, 120)
    trained, found = fitted(case, spec)
    expected = found.predict(trained, case.inputs, asked)
    again = found.predict(trained, case.inputs, asked[::-1])
    assert_same({c: v[::-1] for c, v in again.items()}, expected)
    trained, found = fitted(case, spec, turned)
    assert_near(found.predict(trained, case.inputs, asked), expected)


def test_a_row_alone_is_the_row_among_others(case, average):
    rows = np.arange(80, 90)
    alone = [average.predict(case.inputs, np.array([r])) for r in rows]
    assert_same(
        {c: np.concatenate([a[c] for a in alone]) for c in alone[0]},
        average.predict(case.inputs, rows),
    )


def of_sets(inputs: KernelInputs, sets: list[list[int]], profile: int) -> KernelInputs:
    """These sets of drugs in one profile."""
    drugs = np.zeros((len(sets), 3), np.int64)
    present = np.zeros((len(sets), 3), bool)
    for i, ids in enumerate(sets):
        drugs[i, : len(ids)], present[i, : len(ids)] = ids, True
    at = np.full(len(sets), profile)
    return replace(inputs, drugs=drugs, present=present, profile=at)


@pytest.mark.parametrize("profile", [0, 3])
def test_a_set_of_three_is_the_sum_of_its_pairs(case, average, profile):
    for a, b, c in ((0, 1, 2), (5, 9, 20), (23, 3, 11)):
        asked = of_sets(case.inputs, [[a, b, c], [a, b], [a, c], [b, c]], profile)
        for found in average.predict(asked, np.arange(4)).values():
            assert found[0] == pytest.approx(found[1:].sum(), rel=1e-9)
            assert abs(found[0]) > 1e-3


def test_one_drug_alone_has_exactly_nothing(case, average):
    asked = of_sets(case.inputs, [[d] for d in range(24)] + [[]], 1)
    for found in average.predict(asked, np.arange(25)).values():
        assert (found == 0).all()


def test_a_row_without_pairs_teaches_nothing(case):
    single = np.flatnonzero(case.inputs.present.sum(axis=1) == 1)
    spoiled = {c: label.copy() for c, label in case.labels.items()}
    for label in spoiled.values():
        label[single] = 1e6
    one, other = (fitted(c, case.specs()[0]) for c in (case, replace(case, labels=spoiled)))
    asked = np.arange(120)
    assert len(np.intersect1d(single, case.rows)) > 2
    assert_same(*(f.predict(t, case.inputs, asked) for t, f in (other, one)))


def stranger(things: Things, at: int) -> Things:
    """The things, one of which training never saw and nothing is known of."""
    known = things.known.copy()
    known[at] = -1
    blocks = {}
    for name, block in things.blocks.items():
        present, values = block.present.copy(), block.values.copy()
        present[at], values[at] = False, 0.0
        blocks[name] = replace(block, present=present, values=values)
    return Things(known=known, blocks=blocks)


def test_what_nothing_is_known_of_gets_a_prediction(case, average):
    inputs = case.inputs
    has_state = inputs.has_state.copy()
    has_state[4], has_state[:, 1] = False, False
    bare = replace(
        of_sets(inputs, [[4, 7], [4, 5, 6], [7, 8]], 1),
        of_drugs=stranger(inputs.of_drugs, 4),
        of_profiles=stranger(inputs.of_profiles, 1),
        has_state=has_state,
    )
    for column, found in average.predict(bare, np.arange(3)).items():
        assert np.isfinite(found).all()
        largest = np.nanmax(np.abs(case.labels[column]))
        assert (np.abs(found) < 5 * largest).all()


def test_two_strangers_are_alike(case, average):
    inputs = case.inputs
    has_state = inputs.has_state.copy()
    has_state[[4, 9]] = False
    both = replace(
        of_sets(inputs, [[4, 7], [9, 7]], 1),
        of_drugs=stranger(stranger(inputs.of_drugs, 4), 9),
        has_state=has_state,
    )
    for found in average.predict(both, np.arange(2)).values():
        assert found[0] == pytest.approx(found[1])


def test_labels_of_other_rows_are_never_seen(case):
    spoiled = {c: label.copy() for c, label in case.labels.items()}
    for label in spoiled.values():
        label[60:] = 1e6
    told = {"weight": case.weight}
    one, other = (
        fit_average(case.specs(2), case.inputs, case.rows, labels=labels, **told)
        for labels in (case.labels, spoiled)
    )
    asked = np.arange(120)
    assert_same(other.predict(case.inputs, asked), one.predict(case.inputs, asked))


def test_as_many_pairs_as_rows_are_not_one_pair_a_row(case):
    """One row of three drugs and two of one have as many pairs as rows."""
    size = case.inputs.present.sum(axis=1)
    rows = np.array([*np.flatnonzero(size == 1)[:2], np.flatnonzero(size == 3)[0]])
    trained, found = fitted(case, case.specs()[0])
    mean = found.predict(trained, case.inputs, rows)
    assert_same(mean, {c: [0.0, 0.0, v[2]] for c, v in mean.items()})
    assert (mean[COLUMN][2] != 0).all()
    again = [found.predict(trained, case.inputs, rows[[i]])[COLUMN] for i in range(3)]
    assert_same({COLUMN: np.concatenate(again)}, {COLUMN: mean[COLUMN]})


def test_columns_are_fitted_as_if_alone(case):
    """Those that are seen in the same rows together, one with other gaps apart."""
    apart = case.labels[COLUMN].copy()
    apart[10:20] = np.nan
    labels = case.labels | {"apart": apart, "constant": np.ones_like(apart), "large": 1e3 * apart}
    asked = np.arange(120)
    trained, found = fitted(replace(case, labels=labels), case.specs()[0])
    every = found.predict(trained, case.inputs, asked)
    for column, label in labels.items():
        one = fitted(replace(case, labels={column: label}), case.specs()[0])[1]
        assert_near({column: every[column]}, one.predict(trained, case.inputs, asked))
    assert_near({"large": every["large"]}, {"large": 1e3 * every["apart"]})


def test_cells_name_each_pair_once(case):
    cells = cells_of(case.inputs, np.arange(len(case.inputs)))
    expected = {tuple(sorted(p)) for r in range(len(case.inputs)) for p in pairs_of(case.inputs, r)}
    assert set(map(tuple, cells.pairs.tolist())) == expected
    size = case.inputs.present.sum(axis=1)
    assert (cells.count == size * (size - 1) / 2).all()
    assert (np.asarray(cells.of_row.sum(axis=1)).reshape(-1) == cells.count).all()

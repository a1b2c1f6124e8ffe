"""Tables: best in bold, the ceiling first, counts of few rows untold."""

from dataclasses import replace

from benchmark_folder import HEADLINE, LOEWE

from combo_dl.report.result import BASELINE
from combo_dl.report.tables import CEILING, mean_tables, shift_table


def test_the_ceiling_and_then_the_best(result):
    errors = mean_tables(result, LOEWE)[0]
    assert [r.role for r in errors.rows[:2]] == [CEILING, "headline"]
    assert errors.rows[-1].role == BASELINE
    at = [h.text for h in errors.heads].index("Pearson r")
    assert errors.rows[0].cells[at].text == "0.96"


def test_one_best_a_column(result):
    for table in mean_tables(result, LOEWE)[:2]:
        for place in range(len(table.heads)):
            assert sum(row.cells[place].best for row in table.rows) == 1


def test_only_models_with_intervals_are_in_their_table(result):
    intervals = mean_tables(result, LOEWE)[-1]
    assert {row.name for row in intervals.rows} == {HEADLINE, "one-hot twin"}
    assert intervals.rows[0].cells[1].text.endswith(" %")


def test_scores_that_nobody_computed_have_no_table(result):
    bare = [replace(s, values={"mse": s.get("mse")}) for s in result.table]
    (only,) = mean_tables(replace(result, table=tuple(bare), ceiling={}), LOEWE)
    assert [h.text for h in only.heads] == ["MSE"] and only.rows[0].name == HEADLINE


def test_a_group_has_its_rows_and_scores(result):
    table = shift_table(result, LOEWE)
    assert [h.hint for h in table.heads] == ["96 rows", "72 rows", "12 rows"]
    assert table.rows[0].name == HEADLINE and table.rows[0].cells[0].small


def test_a_group_of_few_rows_tells_nothing(result):
    few = [replace(g, rows=10) if g.shift == "pair new" else g for g in result.groups]
    table = shift_table(replace(result, groups=tuple(few)), LOEWE)
    assert table.heads[1].hint == "<11 rows"
    assert {(row.cells[1].text, row.cells[1].small) for row in table.rows} == {("–", "")}


def test_without_groups_there_is_no_table(result):
    assert shift_table(replace(result, groups=()), LOEWE) is None

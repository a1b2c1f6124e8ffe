"""Which fields speak of one gene."""

import pytest

from combo_dl.core.gene_fields import GeneField, gene_fields
from combo_dl.core.patient_fields import YES_NO
from combo_dl.core.profile_table import ProfileField


def number(name):
    return ProfileField(name=name)


def category(name, levels=YES_NO):
    return ProfileField(name=name, kind="category", levels=levels)


@pytest.mark.parametrize(
    ("field", "kind", "gene"),
    [
        (number("expr:EGFR"), "expr", "EGFR"),
        (number("cn:NKX2-1"), "cn", "NKX2-1"),
        (number("mut:TP53"), "mut", "TP53"),
        (number("expr_CD274"), "expr", "CD274"),
        (number("pdl1_tps_pct"), "protein", "CD274"),
        (category("mut_BRAF"), "mut", "BRAF"),
        (category("braf_altered"), "mut", "BRAF"),
    ],
)
def test_a_field_of_a_gene_says_which_and_what(field, kind, gene):
    (found,) = gene_fields([number("age_years"), category("sex", ("female", "male")), field])
    places = (1, field.kind == "number") if field.kind == "category" else (1, True)
    assert found == GeneField(kind=kind, gene=gene, number=field.kind == "number", column=places[0])


@pytest.mark.parametrize(
    "field",
    [
        number("age_years"),
        number("gene_set:EGFR"),
        number("tmb_mut_per_mb"),
        category("mut_BRAF", ("wild type", "V600E")),
        category("prior_mapk"),
        number("mut:"),
    ],
)
def test_other_fields_are_of_no_gene(field):
    assert gene_fields([field]) == ()


def test_of_two_fields_of_one_gene_and_kind_the_first_counts():
    found = gene_fields([category("egfr_altered"), category("mut_EGFR")])
    assert [f.column for f in found] == [0]

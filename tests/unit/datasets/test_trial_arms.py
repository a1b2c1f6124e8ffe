"""Arms of randomised trials: keys of trials, regimens, and three sources in their true formats."""

import os

import numpy as np
import pandas as pd
import pytest
import trial_rows

from combo_dl.core.drug_table import DRUGS_TABLE, target_genes
from combo_dl.core.errors import InputError, UnknownNameError
from combo_dl.core.study import HOSPITAL
from combo_dl.datasets import ici_rct_ipd, nsclc_first_line_survival, oncology_rct_ipd_kmdata
from combo_dl.datasets.trial_arms import LINES, trial_code, trial_key
from combo_dl.datasets.trial_drugs import OWN, TABLE, regimen_of

MONTH = 30.4375
ICI = ["trial", "publication", "figure", "population", "arm"]
# arm of a trial, with cancer, setting and regimen: by hand in the true format.
ICI_ARMS = [
    (
        "alpha-1(combo)",
        "doe2019",
        "fig1",
        "itt",
        "ipilimumab",
        "melanoma",
        "1st line",
        "ipilimumab",
    ),
    (
        "alpha-1(combo)",
        "doe2019",
        "fig1",
        "itt",
        "both",
        "melanoma",
        "1st line",
        "nivolumab+ipilimumab",
    ),
    ("alpha-1(mono)", "doe2019", "fig1", "itt", "ipilimumab", "melanoma", "1st line", "ipilimumab"),
    ("alpha-1(mono)", "doe2019", "fig1", "itt", "nivolumab", "melanoma", "1st line", "nivolumab"),
    (
        "alpha-1(mono)",
        "doe2019",
        "fig2",
        "subgroup",
        "nivolumab",
        "melanoma",
        "1st line",
        "nivolumab",
    ),
    ("resorce", "roe2017", "fig2", "hcc", "placebo", "HCC", "", ""),
    ("resorce", "roe2017", "fig2", "hcc", "regorafenib", "HCC", "", ""),
]


def write_ici(root, arms=ICI_ARMS, months=(1.0, 2.0)):
    folder = root / "ici_rct_ipd"
    folder.mkdir(exist_ok=True)
    facts = pd.DataFrame(arms, columns=[*ICI, "cancer", "setting", "regimen"])
    facts.to_parquet(folder / "arms.parquet")
    people = facts[ICI].loc[facts.index.repeat(len(months))].reset_index(drop=True)
    people["time_months"] = list(months) * len(facts)
    people["event"] = [1, 0] * len(facts)
    people.to_parquet(folder / "patients.parquet")
    return root


def load_ici(root):
    return ici_rct_ipd.load(folder=str(root), check_digests=False)


def regimens(study):
    names = [*study.drugs.names, ""]
    return [tuple(names[i] for i in row if i >= 0) for row in study.combos.drugs.tolist()]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("checkmate067(combo)", "CheckMate 067"),
        ("keynote-189", "Keynote189"),
        ("CA184-095", "ca184-095"),
        ("NCT01642004", "checkmate017"),
    ],
)
def test_a_trial_has_one_key_however_it_is_written(one, other):
    assert trial_key(one) == trial_key(other)
    assert trial_code(trial_key(one)) == trial_code(trial_key(other))


def test_other_trials_have_other_keys():
    assert trial_key("keynote-183") != trial_key("keynote-185")
    assert trial_code("keynote183") != trial_code("keynote185")
    with pytest.raises(InputError, match="expected letters or digits"):
        trial_key("(combo)")


def test_an_arm_of_placebo_has_a_regimen_and_placebo_beside_a_drug_adds_none():
    assert regimen_of("placebo", where="arm a") == ("no active drug",)
    assert regimen_of("best supportive care", where="arm a") == ("no active drug",)
    assert regimen_of("placebo + docetaxel", where="arm a") == ("docetaxel",)


@pytest.mark.parametrize("text", ["", "nivolumab+"])
def test_an_arm_without_a_regimen_is_refused_in_one_line(text):
    with pytest.raises(InputError, match="arm 'x' of trial 'y' has no regimen") as error:
        regimen_of(text, where="arm 'x' of trial 'y'")
    assert "\n" not in str(error.value)


def test_an_unknown_drug_is_refused_with_the_nearest_name():
    with pytest.raises(
        UnknownNameError, match=r"arm 'x' gives the unknown drug 'nivolumob'; .*nivol"
    ):
        regimen_of("nivolumob", where="arm 'x'")


def test_own_drugs_have_names_of_their_own_and_known_targets():
    TABLE.validate()
    assert {gene for drug in OWN for gene in drug.targets} <= set(target_genes())


def test_an_arm_of_two_comparisons_stands_once_and_subgroups_do_not(tmp_path):
    study = load_ici(write_ici(tmp_path))
    arms = study.tables["arms"].to_pandas()
    assert arms["label"].tolist() == ["ipilimumab", "both", "nivolumab", "placebo", "regorafenib"]
    assert arms["trial"].tolist() == ["alpha1"] * 3 + ["resorce"] * 2
    assert arms["line"].tolist() == ["first"] * 3 + ["later"] * 2
    # Two patients an arm, in months.
    assert len(study) == 10
    np.testing.assert_allclose(study.combos.labels["os"][:2], [[MONTH, 1], [2 * MONTH, 0]])
    assert regimens(study)[2:4] == [("ipilimumab", "nivolumab")] * 2
    assert study.tables[DRUGS_TABLE]["name"].to_pylist() == ["no active drug"]
    # The control of each comparison: the earlier arm of the list of controls.
    rank = dict(zip(arms["label"], arms["rank"], strict=True))
    assert rank["ipilimumab"] < rank["nivolumab"] == rank["both"]
    assert rank["placebo"] < rank["regorafenib"]


def test_a_trial_is_a_profile_and_a_hospital(tmp_path):
    study = load_ici(write_ici(tmp_path))
    assert study.profiles.space == "trial"
    assert study.profiles.ids.names == ("alpha1", "resorce")
    assert [f.name for f in study.profiles.category_fields] == ["cancer", "line"]
    np.testing.assert_array_equal(study.columns[HOSPITAL], study.columns["trial"])
    assert len(set(study.columns["trial"].tolist())) == 2


def test_a_trial_with_one_arm_is_refused_in_one_line(tmp_path):
    with pytest.raises(InputError, match="trial 'resorce' has one arm of os \\('regorafenib'\\)"):
        load_ici(write_ici(tmp_path, [*ICI_ARMS[:5], ICI_ARMS[6]]))


def test_a_time_of_zero_is_half_a_day_and_a_negative_one_refused(tmp_path):
    study = load_ici(write_ici(tmp_path, months=(0.0, 2.0)))
    assert study.combos.labels["os"][0, 0] == 0.5
    with pytest.raises(InputError, match=r"row 0 has os time_days = -30.4375; expected 0 days"):
        load_ici(write_ici(tmp_path, months=(-1.0, 2.0)))


@pytest.mark.parametrize(
    ("column", "value", "said"),
    [
        (5, "brain", "arm 'both' of trial 'alpha-1\\(combo\\)' has the unknown cancer 'brain'"),
        (6, "sixth line", "has the unknown setting 'sixth line'"),
        (7, "wonder drug", "gives the unknown drug 'wonder drug'"),
    ],
)
def test_what_an_arm_cannot_be_is_refused(tmp_path, column, value, said):
    arms = [list(arm) for arm in ICI_ARMS]
    arms[1][column] = value
    with pytest.raises(InputError, match=said):
        load_ici(write_ici(tmp_path, arms))


def write_nsclc(root, rows):
    folder = root / "nsclc_first_line_combo"
    folder.mkdir(exist_ok=True)
    columns = ["trial", "regimen_code", "time_months", "event", "endpoint", "regimen"]
    pd.DataFrame(rows, columns=columns).to_parquet(folder / "ipd.parquet")
    return root


NSCLC = [
    ("Beta9", "che", 1.0, 1, "OS", "chemotherapy"),
    ("Beta9", "niv+che", 2.0, 0, "OS", "nivolumab+chemotherapy"),
    ("Beta9", "che", 0.5, 1, "PFS", "chemotherapy"),
    ("Beta9", "niv+che", 1.5, 1, "PFS", "nivolumab+chemotherapy"),
]


def test_times_of_death_and_of_progression_are_rows_of_their_own(tmp_path):
    study = nsclc_first_line_survival.load(
        folder=str(write_nsclc(tmp_path, NSCLC)), check_digests=False
    )
    assert np.isnan(study.combos.labels["os"][:, 0]).tolist() == [False, False, True, True]
    assert np.isnan(study.combos.labels["pfs"][:, 0]).tolist() == [True, True, False, False]
    assert regimens(study)[:2] == [("platinum doublet",), ("nivolumab", "platinum doublet")]


def test_another_endpoint_is_refused(tmp_path):
    rows = [*NSCLC, ("Beta9", "che", 1.0, 1, "DFS", "chemotherapy")]
    with pytest.raises(InputError, match="has the endpoint 'DFS'; expected OS or PFS"):
        nsclc_first_line_survival.load(folder=str(write_nsclc(tmp_path, rows)), check_digests=False)


def write_kmdata(root, *, units="weeks", outcome="OS", arm="tivantinib"):
    folder = root / "oncology_rct_ipd_kmdata"
    folder.mkdir(exist_ok=True)
    pd.DataFrame({"dataset": ["ATTENTION_2A"], "outcome": [outcome], "units": [units]}).to_parquet(
        folder / "datasets.parquet"
    )
    pd.DataFrame(
        {"dataset": "ATTENTION_2A", "time": [2.0, 3.0], "event": [1, 0], "arm": ["placebo", arm]}
    ).to_parquet(folder / "patients.parquet")
    return oncology_rct_ipd_kmdata.load(folder=str(root), check_digests=False)


def test_a_curve_counts_in_its_own_unit_of_time(tmp_path):
    study = write_kmdata(tmp_path)
    assert study.combos.labels["os"][:, 0].tolist() == [14.0, 21.0]
    assert regimens(study) == [("erlotinib",), ("erlotinib", "tivantinib")]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"units": "moons"}, "counts time in 'moons'; expected one of days, weeks"),
        ({"outcome": "PFS"}, "is of 'PFS'; expected OS"),
        ({"arm": "other"}, "has no patients of arm 'tivantinib'; it has other, placebo"),
    ],
)
def test_a_curve_that_is_not_what_was_mapped_is_refused(tmp_path, changed, said):
    with pytest.raises(InputError, match=said):
        write_kmdata(tmp_path, **changed)


def test_every_mapped_arm_gives_known_drugs_and_differs_from_its_control():
    mapped = oncology_rct_ipd_kmdata.mapped_arms()
    assert not mapped["dataset"].duplicated().any()
    assert set(mapped["line"]) <= set(LINES)
    for row in mapped.to_dict("records"):
        own, other = (regimen_of(row[r], where=row["dataset"]) for r in ("experimental", "control"))
        assert own != other, row["dataset"]


def test_the_small_study_is_one_of_trials():
    study = trial_rows.study()
    assert len(study.profiles) == len(trial_rows.TRIALS)
    assert len(study.tables["arms"]) == 2 * len(trial_rows.TRIALS)


@pytest.mark.real
@pytest.mark.skipif("COMBO_DL_DATA" not in os.environ, reason="needs the source data")
def test_published_numbers_of_the_sources():
    folder = os.environ["COMBO_DL_DATA"]
    ici = ici_rct_ipd.load(folder=folder, check_digests=True)
    assert len(ici.profiles) == 62 and len(ici) == 38_784
    nsclc = nsclc_first_line_survival.load(folder=folder, check_digests=True)
    assert len(nsclc.profiles) == 11 and len(nsclc) == 11_048
    kmdata = oncology_rct_ipd_kmdata.load(folder=folder, check_digests=True)
    assert len(kmdata.profiles) == 80

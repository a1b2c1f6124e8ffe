"""MSK-CHORD: treatment classes at sequencing and overall survival of five tumours at one hospital.

The licence of the tables is contradictory and read as CC BY-NC-ND: for local validation alone,
never for weights that are passed on. The layout of the source folder is in docs/data.md.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import pandas as pd

from combo_dl.core.errors import InputError
from combo_dl.core.regimens import UNNAMED
from combo_dl.core.study import Study
from combo_dl.datasets import patient_regimens as drugs
from combo_dl.datasets.pair_screen import FoundFiles, Screen, cached_study, find_files
from combo_dl.datasets.patient_labels import delayed_label
from combo_dl.datasets.patient_rows import PatientRows, patient_study, renamed, yes_no
from combo_dl.datasets.source_table import SourceFile, read_columns

SCREEN = Screen(
    name="msk_chord_os",
    version="1",
    citation="Jee J et al. Automated real-world data integration improves cancer outcome "
    "prediction. Nature 2024;636:728-736",
    labels={"stop": "os"},
)
HOSPITAL = "Memorial Sloan Kettering"
# Classes of treatment as the tables write them. What is foreign to the tumour, or of no class of
# its own, is a drug of which nothing is known.
CLASSES = {
    "CDKi": drugs.CDK,
    "CYP17A1i": drugs.CYP17,
    "GnRHRagonist": drugs.GNRH,
    "PARPi": drugs.PARP,
    "PIK3CAi": drugs.PI3K,
    "anti-HER2": drugs.HER2,
    "braf": drugs.BRAF,
    "cytotoxic": UNNAMED,
    "egfr": drugs.EGFR,
    "her2": drugs.HER2,
    "hormonal": drugs.HORMONAL,
    "immunotherapy": drugs.ANY_INHIBITOR,
    "mTORi": drugs.MTOR,
    "non-crc": drugs.OTHER,
    "non-pancreas": drugs.OTHER,
    "non-prostate": drugs.OTHER,
    "nonsteroidalantiandrogen": drugs.ANDROGEN,
    "other": drugs.OTHER,
    "targeted": drugs.TARGETED,
    "tpi": drugs.OTHER,
    "vegf": drugs.VEGF,
}
# Of the drivers in the tables, those on which a targeted drug or a prognosis hangs.
GENES = ("ALK", "BRAF", "EGFR", "ERBB2", "KRAS", "MET", "NRAS", "PIK3CA", "PTEN", "RET", "TP53")
SITES = {
    "DMETS_DX_BRAIN": "brain_metastasis",
    "DMETS_DX_LUNG": "lung_metastasis",
    "DMETS_DX_LIVER": "liver_or_visceral_metastasis",
    "DMETS_DX_BONE": "bone_metastasis",
    "DMETS_DX_LYMPH": "lymph_node_metastasis",
}
OLDEST_YEARS = 110


@dataclass(frozen=True, kw_only=True)
class Tumour:
    """A table: its cancer under the name that the other studies of patients use, and the classes of
    treatment that it has columns for."""

    cancer: str
    source: SourceFile
    classes: tuple[str, ...]


def _tumour(cancer: str, part: str, digest: str, classes: str) -> Tumour:
    source = SourceFile(
        file=f"msk_chord_os/{part}_dx_1st_seq_OS.csv",
        what=f"table of patients of MSK-CHORD ({cancer})",
        origin="github.com/clinical-data-mining/msk-chord-figures-public at 6463b36a, data",
        licence="CC-BY-NC-ND-4.0 (the source contradicts itself)",
        digest=digest,
    )
    return Tumour(cancer=cancer, source=source, classes=tuple(classes.split()))


TUMOURS = (
    _tumour(
        "Breast",
        "brca",
        "fbf2e19a986cc5a76d90af2c0d92ee55172b343d62ceba72e956baec197237be",
        "CDKi PARPi PIK3CAi anti-HER2 cytotoxic hormonal immunotherapy mTORi other",
    ),
    _tumour(
        "Colorectal",
        "crc",
        "67f67f0cfca401816067a9ee986d64f108ca485747dece351eb3f974a79e9820",
        "braf cytotoxic egfr her2 immunotherapy non-crc other tpi vegf",
    ),
    _tumour(
        "NSCLC",
        "nsclc",
        "7f160869cf8f401c960353beca5933375229d282ed130b6e24202b9c3e84573f",
        "cytotoxic immunotherapy other targeted vegf",
    ),
    _tumour(
        "Pancreas",
        "panc",
        "77cc2d77f17f97bbec34fd310554e4894db2fc137210203e13d71507858a5838",
        "PARPi cytotoxic immunotherapy non-pancreas other",
    ),
    _tumour(
        "Prostate",
        "prostate",
        "ce91be6d73178a8faad759781ca1a286474b5d4fe99b8d956bc4376ea08ad0ca",
        "CYP17A1i GnRHRagonist PARPi cytotoxic immunotherapy non-prostate nonsteroidalantiandrogen "
        "other",
    ),
)


def load(*, folder: str | None, check_digests: bool) -> Study:
    """Patients on treatment at sequencing, as a Study with the label ``os`` float32[N, 3]: days
    from diagnosis, event, and days to sequencing, before which nobody of the table can be seen to
    die.

    The regimen is the set of classes given at sequencing, never later ones. Of a person with two
    rows the first is kept. An age that cannot be is missing.
    folder: the source folder, laid out as in docs/data.md.
    check_digests: refuse files other than the known ones.
    Raises ConfigError (a setting), SourceError (a file missing or different), InputError (a column
    or a row).
    """
    files = find_files([t.source for t in TUMOURS], folder=folder, check_digests=check_digests)
    return cached_study(SCREEN, files, "", lambda: _build(files))


def _build(files: FoundFiles) -> Study:
    read = pd.concat([_read(t, files) for t in TUMOURS], ignore_index=True)
    once = read.drop_duplicates("PATIENT_ID").drop(columns="PATIENT_ID")
    treated = once[once["regimen"].map(len) > 0].reset_index(drop=True)
    if treated.empty:
        raise InputError("no patient of MSK-CHORD is on treatment at sequencing; nothing is left")
    rows = PatientRows(
        fields=_fields(treated),
        regimens=list(treated["regimen"]),
        labels={"os": delayed_label(treated["stop"], treated["dead"], treated["entry"], what="os")},
        cohort=treated["cancer"],
        hospitals={t.cancer: HOSPITAL for t in TUMOURS},
    )
    study = patient_study(SCREEN, rows, files=files)
    steps = (
        ("rows read", len(read)),
        ("people", len(once)),
        ("people on treatment at sequencing", len(treated)),
    )
    provenance = replace(study.provenance, flow=(*steps, *study.provenance.flow))
    return replace(study, provenance=provenance)


def _read(tumour: Tumour, files: FoundFiles) -> pd.DataFrame:
    given = {f"ANY_CURRENT_{name}": CLASSES[name].name for name in tumour.classes}
    kinds = {"PATIENT_ID": "text", "STAGE 4": "text"}
    numbers = ("AGE", "MALE", "stop", "dead", "entry", "PDL1", "HAS_PDL1", "ANY_PRIOR_TX")
    kinds |= dict.fromkeys((*numbers, *SITES, *GENES, *given), "number")
    read = read_columns(files.paths[tumour.source], kinds)
    for column in given:
        yes_no(read[column])
    sets = [
        tuple(sorted({drug for drug, on in zip(given.values(), row, strict=True) if on}))
        for row in read[list(given)].itertuples(index=False, name=None)
    ]
    return read.drop(columns=list(given)).assign(regimen=sets, cancer=tumour.cancer)


def _fields(read: pd.DataFrame) -> pd.DataFrame:
    """The profile: what is known when a patient enters."""
    sexes: Mapping[float, str] = {0.0: "female", 1.0: "male"}
    tested = read["HAS_PDL1"] == 1
    columns = {
        "age_years": read["AGE"].where(read["AGE"].between(0, OLDEST_YEARS)),
        "cancer_type": read["cancer"],
        "sex": renamed(read["MALE"], sexes),
        "stage_iv": renamed(read["STAGE 4"], {"True": "yes", "False": "no"}),
        "prior_systemic_therapy": yes_no(read["ANY_PRIOR_TX"]),
        "pdl1_positive": yes_no(read["PDL1"].where(tested)),
    }
    columns |= {name: yes_no(read[column]) for column, name in SITES.items()}
    columns |= {f"{gene.lower()}_altered": yes_no(read[gene]) for gene in GENES}
    return pd.DataFrame(columns)

"""The source files of phase I trials, and the kinds of toxicity that are labels.

The layout of the source folder is in docs/data.md.
"""

from combo_dl.datasets.pair_screen import Screen
from combo_dl.datasets.source_table import SourceFile

# The single categories that are reported most, but for "other".
ORGANS = (
    "neutropenia",
    "thrombocytopenia",
    "febrile_neutropenia",
    "diarrhea",
    "mucositis",
    "fatigue_asthenia",
    "hepatic",
    "renal_electrolyte",
    "nausea_vomiting",
    "skin",
    "cardiac_vascular",
    "gi_other",
    "infection_sepsis",
    "neuro",
)
SCREEN = Screen(
    name="phase1_dlt",
    version="1",
    citation="Wang L et al. A drug combination database of phase I cancer clinical trials. Cancer "
    "Res Commun 2022;2:929",
    labels={"any_dlt": "dlt"},
)
_ORIGIN = "github.com/langli-lab/drugcombo-data at 249af916"


def _file(name: str, what: str, digest: str) -> SourceFile:
    return SourceFile(
        file=f"toxicity/phase1_dlt/{name}", what=what, origin=_ORIGIN, licence="MIT", digest=digest
    )


LEVELS = _file(
    "dlt_by_level.parquet",
    "table of dose-limiting toxicities by dose level",
    "6e1ab31c04db73859811fa3a68e4dcaa49a8e8ff1e9d2a9d025715b35abdcaee",
)
ARM_DRUGS = _file(
    "arm_drugs.parquet",
    "table of the drugs of each arm",
    "76719d5a2e35288a3dc9ea854ae6121a541c66e11d228d818a0d1a3cd2cf60c3",
)
DOSES = _file(
    "dose_levels.parquet",
    "table of doses by dose level",
    "56168de2cc8b67620695516b2ef06bed2f44192910e2cfad3a9b73c36b9585b0",
)
DEFINITIONS = _file(
    "dlt_definitions.parquet",
    "table of definitions of dose-limiting toxicity",
    "0f99431895abb84a0a73633e721a5f108fcdf749e8d02a2231baa5b06a51c8b0",
)
TRIALS = _file(
    "trials.parquet",
    "table of phase I trials",
    "5d311dffd2fc27426f26244470b745d07dfda544e5a0f9637e4366c9227d4d53",
)
DRUGS = _file(
    "drugs.csv",
    "table of the drugs of phase I trials",
    "94ba0e4576b7d2a926c667829ee84ca46f57a271a064d09956e345e6a973a49b",
)
FILES = (LEVELS, ARM_DRUGS, DOSES, DEFINITIONS, TRIALS, DRUGS)

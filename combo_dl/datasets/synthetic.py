"""A study drawn from a known truth, with real drugs: for the demonstration, tests, power checks."""

from dataclasses import dataclass, replace

import numpy as np

from combo_dl.core.combo_table import ComboTable
from combo_dl.core.drug_table import DrugTable, oncology_drugs
from combo_dl.core.errors import ConfigError
from combo_dl.core.profile_table import ProfileField, ProfileTable
from combo_dl.core.study import Provenance, Study
from combo_dl.core.vocab import Vocab
from combo_dl.datasets.synthetic_rows import draw_rows
from combo_dl.datasets.synthetic_truth import Truth, draw_truth

VERSION = "1"
# Several drugs a class, so that what is learned of one says something of another; the antibodies
# have no SMILES, as in real combinations.
DRUGS = (
    "bevacizumab",
    "carboplatin",
    "cisplatin",
    "cobimetinib",
    "cyclophosphamide",
    "docetaxel",
    "erlotinib",
    "etoposide",
    "fluorouracil",
    "gefitinib",
    "gemcitabine",
    "irinotecan",
    "lapatinib",
    "lenvatinib",
    "nivolumab",
    "olaparib",
    "paclitaxel",
    "pembrolizumab",
    "sorafenib",
    "temozolomide",
    "topotecan",
    "trametinib",
    "trastuzumab",
    "veliparib",
)
TISSUES = ("breast", "colon", "lung", "ovarian")
N_FACTORS = 4
NOISE_DF = 4  # Student-t: outliers as in a screen
BLISS_SLOPE = 0.5  # Bliss excess moves with Loewe synergy, on a narrower scale


@dataclass(frozen=True, kw_only=True)
class Design:
    """The settings of a synthetic study; they are those of ``load``."""

    seed: int
    n_rows: int
    n_profiles: int
    n_genes: int
    pair_share: float
    noise: float
    replicate_share: float
    three_drug_share: float
    single_drug_share: float

    def validate(self) -> "Design":
        """Itself. Raises ConfigError."""
        for name, least in (("n_rows", 10), ("n_profiles", 2), ("n_genes", 1)):
            if getattr(self, name) < least:
                raise ConfigError(
                    f"data.synthetic.{name} is {getattr(self, name)}; expected {least} or more"
                )
        for name in ("pair_share", "replicate_share", "three_drug_share", "single_drug_share"):
            if not 0 <= getattr(self, name) <= 1:
                raise ConfigError(
                    f"data.synthetic.{name} is {getattr(self, name)}; expected a number in 0..1"
                )
        if self.replicate_share > 0.5:
            raise ConfigError(
                f"data.synthetic.replicate_share is {self.replicate_share}; expected at most 0.5, "
                "since every replicate repeats another row"
            )
        if self.three_drug_share + self.single_drug_share > 1:
            raise ConfigError(
                "data.synthetic.three_drug_share and single_drug_share add up to more than 1; "
                "lower one of them"
            )
        if not self.noise >= 0:
            raise ConfigError(f"data.synthetic.noise is {self.noise}; expected 0 or more")
        return self

    def counts(self) -> dict[int, int]:
        """Different (set, profile) rows of each set size; replicates come on top."""
        distinct = self.n_rows - self.n_replicates
        three = round(self.three_drug_share * distinct)
        one = min(round(self.single_drug_share * distinct), distinct - three)
        return {1: one, 2: distinct - three - one, 3: three}

    @property
    def n_replicates(self) -> int:
        """Rows that repeat another one's set and profile."""
        return round(self.replicate_share * self.n_rows)


def load(
    *,
    seed: int,
    n_rows: int,
    n_profiles: int,
    n_genes: int,
    pair_share: float,
    noise: float,
    replicate_share: float,
    three_drug_share: float,
    single_drug_share: float,
) -> Study:
    """A synthetic study of ``n_rows`` rows; the same settings give the same study.

    pair_share: share of the true variance that the interactions of pairs carry.
    noise: scale of the Student-t noise (points; true scores have standard deviation 20).
    replicate_share: share of rows that repeat another row's set and profile.
    three_drug_share, single_drug_share: shares of sets of three and of one drug.
    Raises ConfigError.
    """
    design = Design(
        seed=seed,
        n_rows=n_rows,
        n_profiles=n_profiles,
        n_genes=n_genes,
        pair_share=pair_share,
        noise=noise,
        replicate_share=replicate_share,
        three_drug_share=three_drug_share,
        single_drug_share=single_drug_share,
    )
    return draw(design)[0]


def draw(design: Design) -> tuple[Study, Truth]:
    """The study of ``design`` and the truth behind it. Raises ConfigError."""
    design.validate()
    rng = np.random.default_rng(design.seed)
    table = oncology_drugs()
    profiles, factors = _profiles(rng, design)
    shape = draw_truth(rng, classes=_classes(table), factors=factors, pair_share=design.pair_share)
    drugs, profile, fold = draw_rows(
        rng, names=DRUGS, n_profiles=design.n_profiles, counts=design.counts()
    )
    # A replicate is drawn among all rows but never twice from one, so groups have one or two rows.
    again = rng.choice(len(drugs), size=design.n_replicates, replace=False)
    group = np.concatenate([np.arange(len(drugs)), again]).astype(np.int32)
    loewe = shape.score(drugs, profile)[group]
    truth = replace(shape, means={"synergy_loewe": loewe, "synergy_bliss": BLISS_SLOPE * loewe})
    study = Study(
        name="synthetic",
        version=VERSION,
        dose_unit="",
        drugs=Vocab(kind="drug", names=DRUGS),
        smiles=tuple(table.get(name).smiles for name in DRUGS),
        combos=_combos(
            drugs=drugs[group],
            profile=profile[group],
            group=group,
            labels=_labels(rng, truth, design.noise),
        ),
        profiles=profiles,
        columns={"fold_comb": fold[group]},
        provenance=Provenance(
            flow=(("different rows", len(drugs)), ("rows with replicates", len(group))),
            citation="drawn from a known truth; no measurement",
        ),
    )
    return study.validate(), truth


def _combos(
    *, drugs: np.ndarray, profile: np.ndarray, group: np.ndarray, labels: dict[str, np.ndarray]
) -> ComboTable:
    """Rows of unknown dose and day, weighted so that a group counts once."""
    return ComboTable(
        drugs=drugs,
        dose=np.full(drugs.shape, np.nan, np.float32),
        profile=profile,
        labels=labels,
        weight=(1 / np.bincount(group)[group]).astype(np.float32),
        group=group,
        day=np.full(len(group), np.nan, np.float32),
    )


def _classes(table: DrugTable) -> np.ndarray:
    """int64[D]: the class of each drug, numbered."""
    return np.unique([table.get(name).drug_class for name in DRUGS], return_inverse=True)[1]


def _profiles(rng: np.random.Generator, design: Design) -> tuple[ProfileTable, np.ndarray]:
    """Cell lines whose expression shows hidden factors float64[P, F] that differ by tissue."""
    tissue = rng.permutation(np.arange(design.n_profiles) % len(TISSUES))
    factors = rng.normal(size=(len(TISSUES), N_FACTORS))[tissue]
    factors = _standard(0.7 * factors + rng.normal(size=factors.shape))
    loading = rng.normal(size=(N_FACTORS, design.n_genes))
    number = _standard(
        factors @ loading + 0.5 * rng.normal(size=(design.n_profiles, design.n_genes))
    )
    genes = [ProfileField(name=f"expr:G{g:04d}", unit="z-score") for g in range(design.n_genes)]
    table = ProfileTable(
        space="cell_line",
        ids=Vocab(kind="profile", names=tuple(f"LINE{p:03d}" for p in range(design.n_profiles))),
        fields=(*genes, ProfileField(name="tissue", kind="category", levels=TISSUES)),
        number=number.astype(np.float32),
        category=tissue[:, None].astype(np.int16),
    )
    return table, factors


def _standard(values: np.ndarray) -> np.ndarray:
    """Columns with mean 0 and standard deviation 1."""
    return (values - values.mean(axis=0)) / values.std(axis=0)


def _labels(rng: np.random.Generator, truth: Truth, noise: float) -> dict[str, np.ndarray]:
    """float32[N, 1] a label: truth plus noise, half of whose variance the labels share."""
    loewe = truth.means["synergy_loewe"]
    shared, own = (rng.standard_t(NOISE_DF, size=len(loewe)) for _ in range(2))
    bliss = truth.means["synergy_bliss"] + noise * BLISS_SLOPE * (shared + own) / np.sqrt(2)
    return {
        "synergy_bliss": bliss.astype(np.float32)[:, None],
        "synergy_loewe": (loewe + noise * shared).astype(np.float32)[:, None],
    }

"""The files of the O'Neil screen: public origin, licence as stated, sha256."""

from combo_dl.datasets.source_table import SourceFile

CITATION = (
    "O'Neil J et al. An unbiased oncology compound screen to identify novel combination "
    "strategies. Mol Cancer Ther 2016;15:1155-1162; labels and folds: Preuer K et al. DeepSynergy. "
    "Bioinformatics 2018;34:1538-1546"
)
_PRODEEPSYN = "github.com/TOJSSE-iData/PRODeepSyn at a796520c"

MEASUREMENTS = SourceFile(
    file="oneil/measurements.parquet",
    what="table of O'Neil synergy scores",
    origin=f"{_PRODEEPSYN} predictor/data/synergy.tsv (Loewe, folds) and "
    "github.com/yushenshashen/MGAE-DC at ed1e64e7 rawdata/oneil_synergy_*.txt (Bliss, HSA, ZIP)",
    licence="none stated",
    digest="c1814f43509e1bb8e004d49bbd44230acca999f0183ad3a5bc691977a721576e",
)
DRUGS = SourceFile(
    file="oneil/drugs.csv",
    what="table of O'Neil drugs",
    origin=f"{_PRODEEPSYN} (names; structures are the package's own, other columns are not read)",
    licence="none stated",
    digest="5b2045f039015e8c572012e002cba280323b21ee964e3425f85320cdba1b2b32",
)
CELL_LINES = SourceFile(
    file="oneil/cell_lines.csv",
    what="table of O'Neil cell lines",
    origin="O'Neil et al. 2016 (names, tissue) with DepMap and CCLE identifiers "
    "(github.com/kimmo1019/DeepCDR at 4dc5a901)",
    licence="none stated (names, tissue); MIT (identifiers)",
    digest="a6620c5f7db107318a6cae3a0b8e3adeea76102979ce10570bfdbef0675c80d0",
)
EXPRESSION = SourceFile(
    file="oneil/expression.parquet",
    what="table of O'Neil gene expression",
    origin=f"{_PRODEEPSYN} cell.tar.gz",
    licence="none stated",
    digest="252a903ef4bcf49fcd580c0a5219bbda41712c4034d57814fc8acb5078f11141",
)
MUTATION = SourceFile(
    file="oneil/mutation.parquet",
    what="list of O'Neil mutated genes",
    origin=f"{_PRODEEPSYN} cell.tar.gz",
    licence="none stated",
    digest="0524499fe6afb7052c6a38f2aa4ef9ebe3deae9e556ef18ce40621a240741b1e",
)
SPLITS = SourceFile(
    file="splits/oneil_triples.csv",
    what="table of O'Neil folds",
    origin="DeepSynergy labels.csv (combination folds) and the groups that docs/data.md describes",
    licence="none stated",
    digest="e01d43e6cacb9f725ab3b0b1fd345545b9e176a7ed7047a3d4527f81228f94dc",
)
WELLS_COMBINATION = SourceFile(
    file="oneil/dose_response_combination.parquet",
    what="table of O'Neil 4 x 4 wells",
    origin="github.com/bhklab/longArray at a78347a8 data/dc.rda",
    licence="Artistic-2.0",
    digest="1ce4922b3cfdb3b68d2c4fe31e0e7e9530c573da268f3634d9de1ad90544cae9",
)
WELLS_SINGLE = SourceFile(
    file="oneil/dose_response_single.parquet",
    what="table of O'Neil single-agent wells",
    origin="github.com/qiaoliuhub/drug_combination at d5bba2fd new_Merck_data.csv",
    licence="MIT",
    digest="4f5e98253a6280884e9a41d4337127d3954ceb7f943170fe1cf7a08a64811594",
)

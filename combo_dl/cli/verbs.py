"""The verbs and their help, as plain text: printed without importing what they run."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Verb:
    """One verb: what it does in a line, its settings, and commands to copy."""

    summary: str
    settings: tuple[tuple[str, str], ...]
    examples: tuple[str, ...]


_TRAINING = (
    ("experiment=NAME", "a named set of settings (configs/experiment)"),
    ("data=[NAME,...]", "studies to learn from; they train together"),
    ("endpoint=[NAME,...]", "what is predicted"),
    ("split=NAME", "what is held out: rows, pairs, drugs, profiles or given folds"),
    ("folds=all|none|0|[0,2]", "which folds to hold out in turn"),
    ("seeds=N", "members of the ensemble"),
    ("drugs=FILE.csv", "drugs that the catalogue does not know"),
    ("out=FOLDER", "results; the same command resumes an unfinished folder"),
    (
        "GROUP=NAME",
        "model molecule relation profile response genes kernel fusion head objective trainer "
        "callbacks logger",
    ),
)

VERBS: dict[str, Verb] = {
    "cohort": Verb(
        summary="from records of patients and a protocol to a study, each exclusion counted",
        settings=(
            ("protocol=NAME", "who, what is compared, from when, what counts (configs/cohort)"),
            ("source=NAME", "where the records are (configs/source), such as source.folder=FOLDER"),
            ("lines.gap_days=90", "rules of lines of therapy (configs/lines)"),
            ("codes=FILE.csv", "names of drug codes: vocabulary, code, drug"),
            ("regimens=FILE", "names of regimens: regimen, drugs (a+b)"),
            (
                "molecular.folder=FOLDER",
                "profiles of samples, with molecular.tables (docs/hospital.md)",
            ),
            ("out=FOLDER", "study and audit, which stay; export, which may leave"),
            ("threshold=11", "the smallest count that is exported; higher only"),
        ),
        examples=("combo-dl cohort protocol=demo_omop",),
    ),
    "train": Verb(
        summary="fit an ensemble, score it on held-out data, write a bundle",
        settings=_TRAINING,
        examples=(
            "combo-dl train experiment=demo",
            "combo-dl train experiment=demo trainer.max_epochs=5 out=outputs/short",
            "combo-dl train experiment=demo --cfg job",
        ),
    ),
    "sweep": Verb(
        summary="train many times: a grid, or a search with Optuna that can be killed and resumed",
        settings=(
            ("hparams_search=NAME", "a search space (configs/hparams_search)"),
            ("KEY=A,B", "a grid over the values of a setting"),
            (
                "hydra.sweeper.n_trials=N",
                "finished trials to reach, those of earlier runs included",
            ),
            (
                "hydra.sweeper.pruner.kind=median",
                "stop trials early that are worse than the median",
            ),
            (
                "hydra/launcher=joblib",
                "jobs at once on this machine (submitit_slurm: on a cluster)",
            ),
            ("optimise=[val_error,weights]", "what to minimise; several need as many directions"),
            ("...", "and every setting of train"),
        ),
        examples=(
            "combo-dl sweep experiment=demo hparams_search=oneil hydra.sweeper.n_trials=30",
            "combo-dl sweep experiment=demo seed=1,2,3",
        ),
    ),
    "predict": Verb(
        summary="benefit and harm with uncertainty for the combinations of a table",
        settings=(
            ("bundle=FOLDER", "a trained bundle"),
            ("rows=FILE.csv", "combinations: drugs by name or SMILES, profiles by name"),
            (
                "out=FILE.csv|FOLDER/",
                "where the predictions go; with a last /, a folder for report",
            ),
            ("profiles=FILE.csv", "profiles that the bundle does not know by name"),
            ("drugs=FILE.csv", "drugs that the catalogue does not know"),
            (
                "monotherapy=FILE.csv",
                "single-drug curves: drug, profile, dose_um, viability",
            ),
            ("allow_missing_fields=true", "profile fields that the file lacks count as unknown"),
            ("study=NAME", "whose profiles, where a bundle learned from several studies"),
            ("effects=[NAME,...]", "columns to show of an endpoint that has many"),
            ("level=0.8", "width of the interval between low and high"),
            ("device=cuda", "compute on a GPU"),
        ),
        examples=("combo-dl predict bundle=checkpoints/oneil rows=rows.csv out=predictions.csv",),
    ),
    "screen": Verb(
        summary="all combinations of many drugs over many profiles, ranked: benefit against harm",
        settings=(
            ("bundle=FOLDER", "a trained bundle"),
            ("maximise=NAME", "what is to be high, such as synergy_loewe"),
            ("out=FOLDER", "results; the same command resumes an unfinished folder"),
            ("drugs=FILE.csv|[NAME,...]", "which drugs; without, the package's catalogue"),
            ("drugs=trained", "the drugs of the training rows of what is maximised"),
            ("profiles=FILE.csv|[NAME,...]", "for whom; without, all that the bundle names"),
            ("size=2..3", "how many drugs a combination has"),
            ("top=100", "rows kept for each profile, each group and the cohort"),
            ("limit={dlt: 0.3}", "the most that a harm may be"),
            ("weights={NAME: 1, ...}", "a utility that ranks instead of maximise alone"),
            ("groups=FILE.csv", "groups of profiles (profile, group), each with its own ranking"),
            ("contraindicated=FILE.csv", "pairs that are not allowed (drug_a, drug_b)"),
            ("approved=true", "drugs with an ATC code only"),
            ("other_targets=true", "no two drugs of a combination share a target"),
            ("most_new=1", "how many of its drugs training may never have seen"),
            ("seen_pairs=true", "only pairs, and drugs alone, that training rows have"),
            ("most_per_drug=5", "how many rows of a ranking may hold the same drug"),
            ("keep_scores=true", "all scores too, as Parquet"),
            ("engine=spark", "score on Spark: the active session, or a local one of workers=2"),
            ("device=cuda", "score on a GPU; precision=bf16 for products in bfloat16"),
        ),
        examples=(
            "combo-dl screen bundle=checkpoints/combo maximise=synergy_loewe \\\n"
            "    'limit={dlt: 0.3}' size=2 top=20 out=outputs/screen",
        ),
    ),
    "explain": Verb(
        summary="why a prediction is what it is: atoms, targets, fields, and the nearest evidence",
        settings=(
            ("bundle=FOLDER", "a trained bundle"),
            ("rows=FILE.csv|FOLDER", "combinations; or a result folder of screen, its best rows"),
            ("out=FOLDER", "where attributions and evidence go"),
            ("column=NAME", "what is explained: a column that the bundle predicts"),
            ("profiles=FILE.csv", "profiles that the bundle does not know by name"),
            ("drugs=FILE.csv", "drugs that the catalogue does not know"),
            ("most=12", "rows of a screen that are explained"),
            ("nearest=5", "measured sets told of each pair"),
            ("most_fields=30", "fields of a profile told by name; null for all"),
            ("nodes=256", "points of the path that gradients are averaged along"),
        ),
        examples=(
            "combo-dl explain bundle=checkpoints/combo rows=docs/examples/oneil_rows.csv \\\n"
            "    column=synergy_loewe out=outputs/explain",
        ),
    ),
    "serve": Verb(
        summary="a page on this machine: choose drugs and a profile, see what is predicted",
        settings=(
            ("bundle=FOLDER", "a trained bundle, or [one,other] of other endpoints"),
            ("port=8501", "where the page is: http://127.0.0.1:8501"),
            ("address=127.0.0.1", "another address opens the page to its network"),
            ("most_uploaded_mib=5", "the largest table that may be uploaded"),
        ),
        examples=("combo-dl serve bundle=checkpoints/combo",),
    ),
    "inspect": Verb(
        summary="what is in a bundle, a study folder or a named data set",
        settings=(
            ("bundle=FOLDER", "a trained bundle"),
            ("profiles=FILE.csv", "write its named profiles there, as a model for your own"),
            ("study=FOLDER", "a study on disk"),
            ("data=NAME", "a named data set (configs/data)"),
            ("leakage", "audit it: held-out data that training would see; status 2 where it is"),
            ("profile", "hold the table rows=FILE.csv against patients' fields, or the bundle's"),
            ("split=NAME", "the split to audit; without, all that the study brings folds for"),
        ),
        examples=(
            "combo-dl inspect bundle=checkpoints/oneil",
            "combo-dl inspect data=oneil",
            "combo-dl inspect leakage data=[oneil] split=given_combination",
            "combo-dl inspect profile rows=patients.csv",
        ),
    ),
    "evaluate": Verb(
        summary="the model beside its baselines on the same folds",
        settings=(
            ("baselines=[NAME,...]", "which baselines"),
            ("bundle=FOLDER", "score this bundle on a study that it never saw"),
            ("against=ENDPOINT", "endpoint of the bundle that the study's is compared with"),
            ("membership=true", "an attack too: can it be told who was learned from"),
            *_TRAINING,
        ),
        examples=(
            "combo-dl evaluate experiment=demo",
            "combo-dl evaluate bundle=checkpoints/oneil data=[drugcombdb] \\\n"
            "    endpoint=[synergy_zip_drugcombdb] against=synergy_zip",
        ),
    ),
    "export": Verb(
        summary="what may leave of results on patients, through one gate, with a manifest",
        settings=(
            ("from=FOLDER,...", "result folders of evaluate or train; all that leaves, at once"),
            ("out=FOLDER", "what may leave, and manifest.json"),
            ("study=FOLDER", "of a bundle: the study that it learned from"),
            ("membership=FILE", "of a bundle: what an attack found (evaluate membership=true)"),
            ("threshold=11", "the smallest count that leaves; higher only"),
        ),
        examples=(
            "combo-dl export from=outputs/scores out=outputs/leaves",
            "combo-dl export from=outputs/model study=outputs/demo_snds/study out=outputs/leaves",
        ),
    ),
    "report": Verb(
        summary="one page of tables and plots from results, readable offline",
        settings=(
            ("from=FOLDER,...", "result folders of evaluate: one, or several splits on one page"),
            ("from=FOLDER", "a result folder of screen or predict, with its explain/"),
            ("out=FILE.html", "where the page goes (report.html)"),
            ("pictures=FOLDER", "the plots of a screen as SVG and PNG too"),
        ),
        examples=(
            "combo-dl report from=outputs/demo out=report.html",
            "combo-dl report from=outputs/pairs,outputs/drugs out=report.html",
        ),
    ),
}


def overview() -> str:
    """The page of ``combo-dl --help``."""
    lines = ["usage: combo-dl <verb> [key=value ...]", "", "verbs:"]
    lines += [f"  {name:<10}{verb.summary}" for name, verb in VERBS.items()]
    lines += [
        "",
        "options:",
        "  -h, --help     this page; after a verb, its own",
        "  --version      the version",
        "  --cfg job      after a verb: print what would run (--resolve: references filled in)",
    ]
    return "\n".join(lines)


def page(name: str) -> str:
    """The page of ``combo-dl <verb> --help``."""
    verb = VERBS[name]
    width = max(len(key) for key, _ in verb.settings) + 2
    lines = [f"usage: combo-dl {name} [key=value ...]", "", verb.summary, "", "settings:"]
    lines += [f"  {key:<{width}}{meaning}" for key, meaning in verb.settings]
    lines += ["", "examples:", *[f"  {example}" for example in verb.examples]]
    lines += ["", f"combo-dl {name} --cfg job prints every setting."]
    return "\n".join(lines)

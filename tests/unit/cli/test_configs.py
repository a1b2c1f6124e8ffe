"""Every YAML file composes into the typed settings of a verb, and none is forgotten."""

import pytest
import yaml
from omegaconf import OmegaConf

from combo_dl.cli.compose import composed, plain, printed
from combo_dl.cli.config_path import config_folder
from combo_dl.cli.schema import TrainConfig
from combo_dl.core.errors import ConfigError

# Groups of which several options may be chosen at once.
MANY = ("data", "endpoint", "head", "molecule")
COHORT = ("cohort", "source", "lines", "snds_names")  # groups of the verb cohort alone
VERBS = (
    *("train", "sweep", "evaluate", "predict", "screen"),
    *("explain", "serve", "cohort", "inspect", "report", "export"),
)
FILES = sorted(p.relative_to(config_folder()) for p in config_folder().rglob("*.yaml"))
OPTIONS = [p.with_suffix("") for p in FILES if len(p.parts) == 2]
SMALLEST_COUNT = 135


def test_no_file_is_left_out():
    assert len(FILES) >= SMALLEST_COUNT
    top = {p.stem for p in FILES if len(p.parts) == 1}
    assert top == set(VERBS)
    assert [p for p in FILES if len(p.parts) > 2] == [p for p in FILES if p.parts[0] == "hydra"]


@pytest.mark.parametrize("option", OPTIONS, ids=str)
def test_an_option_composes(option):
    group, name = option.parts
    if group in COHORT:
        asked = [f"{group}={name}", *([] if group == "cohort" else ["cohort=demo_omop"])]
        if group == "snds_names":
            asked = ["cohort=demo_omop", "source=snds", f"snds_names@source.names={name}"]
        assert composed("cohort", asked).protocol.name
        return
    value = f"[{name}]" if group in MANY else name
    base = [] if group == "experiment" else ["experiment=demo"]
    verb = "sweep" if group == "hparams_search" else "train"
    cfg = composed(verb, [*base, f"{group}={value}"])
    assert OmegaConf.get_type(cfg) is TrainConfig
    assert printed(cfg, resolve=True)


@pytest.mark.parametrize("verb", VERBS)
def test_a_verb_composes(verb):
    given = ["experiment=demo"] if verb in ("train", "sweep", "evaluate") else []
    assert printed(composed(verb, given, complete=False), resolve=False)


@pytest.mark.parametrize("path", [p for p in FILES if p.parts[0] == "experiment"], ids=str)
def test_an_experiment_has_one_meaning_in_every_verb(path):
    asked = [f"experiment={path.stem}"]
    one, other = (plain(composed(verb, asked)) for verb in ("train", "evaluate"))
    assert {key: other[key] for key in one} == one


@pytest.mark.parametrize("path", [p for p in FILES if p.parts[0] == "experiment"], ids=str)
def test_an_experiment_is_short(path):
    lines = (config_folder() / path).read_text().splitlines()
    assert len([line for line in lines if line.strip() and not line.startswith("#")]) <= 20


@pytest.mark.parametrize("path", [p for p in FILES if p.parts[0] == "hparams_search"], ids=str)
def test_a_search_space_names_known_settings(path):
    keys = yaml.safe_load((config_folder() / path).read_text())["hydra"]["sweeper"]["params"]
    cfg = composed("train", ["experiment=demo"])
    assert keys and all(OmegaConf.select(cfg, key) is not None for key in keys)


def test_what_an_experiment_sets_of_members_that_were_not_chosen_is_dropped():
    cfg = composed("train", ["experiment=combo", "data=[phase1_dlt]", "endpoint=[dlt]"])
    assert list(cfg.data) == ["phase1_dlt"] and list(cfg.endpoint) == ["dlt"]
    assert cfg.endpoint.dlt.head == "dosed_risk"  # of those chosen it stays


def test_settings_of_a_member_that_does_not_exist_are_refused():
    with pytest.raises(ConfigError, match=r"data\.phase1 is set, but there is no such data"):
        composed("train", ["experiment=demo", "+data.phase1.path=x"])

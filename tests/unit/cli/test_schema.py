"""The typed top level refuses what it does not know."""

import pytest
from omegaconf import OmegaConf
from omegaconf.errors import ConfigKeyError, ValidationError

from combo_dl.cli.schema import (
    EvaluateConfig,
    InspectConfig,
    PredictConfig,
    ReportConfig,
    TrainConfig,
    first_name,
)

SCHEMAS = [TrainConfig, EvaluateConfig, PredictConfig, InspectConfig, ReportConfig]


@pytest.mark.parametrize("schema", SCHEMAS)
def test_a_stray_key_is_refused(schema):
    with pytest.raises(ConfigKeyError):
        OmegaConf.merge(OmegaConf.structured(schema), {"stray": 1})


@pytest.mark.parametrize("stray", [{"paths": {"input": "x"}}, {"trial": {"number": 1}}])
def test_a_stray_key_below_is_refused(stray):
    with pytest.raises(ConfigKeyError):
        OmegaConf.merge(OmegaConf.structured(TrainConfig), stray)


def test_a_wrong_type_is_refused():
    with pytest.raises(ValidationError):
        OmegaConf.merge(OmegaConf.structured(TrainConfig), {"seeds": "many"})


def test_first_name_is_that_of_the_first_study():
    assert first_name(OmegaConf.create({"oneil": {}, "other": {}})) == "oneil"
    assert first_name(OmegaConf.create({})) == "run"

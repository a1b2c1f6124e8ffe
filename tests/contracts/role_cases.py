"""The cases of a role's contract: every YAML file of its group, and what it composes to."""

import pytest
import yaml

from combo_dl.cli.config_path import config_folder

# Settings that concern the data beside a part (see combo_dl.cli.train.network_of).
BESIDE = ("defaults", "string_edges", "interactions", "max_fields")


def _composed(role: str, name: str) -> dict:
    raw = yaml.safe_load((config_folder() / role / f"{name}.yaml").read_text()) or {}
    found = {}
    for above in raw.get("defaults", ()):
        if above != "_self_":
            found |= _composed(role, above)
    return found | raw


def cases(role: str, *, at_least: int) -> list:
    """One parameter set a file of ``configs/<role>``. Fails on fewer than ``at_least``."""
    names = sorted(p.stem for p in (config_folder() / role).glob("*.yaml"))
    assert len(names) >= at_least, f"{role} has {names}"
    made = []
    for name in names:
        spec = {k: v for k, v in _composed(role, name).items() if k not in BESIDE}
        made.append(pytest.param(spec, id=name))
    return made

"""Words of a command line become a request."""

import pytest

from combo_dl.cli.request import parse
from combo_dl.core.errors import ConfigError


def test_parse_splits_flags_from_settings():
    request = parse(["train", "seed=1", "--cfg", "job", "--resolve", "out=x"])
    assert request.overrides == ("seed=1", "out=x")
    assert request.show and request.resolve and not request.help
    with pytest.raises(ConfigError):
        parse(["nonsense"])

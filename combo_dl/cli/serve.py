"""The verb ``serve``."""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

from omegaconf import DictConfig

from combo_dl.cli.compose import plain
from combo_dl.cli.folders import folders
from combo_dl.core.errors import ConfigError

_APP = Path(__file__).with_name("app") / "page.py"
_BUNDLES, _MOST_MIB = "COMBO_DL_SERVED_BUNDLES", "COMBO_DL_MOST_UPLOADED_MIB"


def serve(cfg: DictConfig) -> None:
    """Serve the page of one or several bundles until it is stopped. Raises ComboError."""
    if importlib.util.find_spec("streamlit") is None:
        raise ConfigError("serve needs Streamlit, which is not installed; install combo-dl[app]")
    if not 1 <= cfg.port <= 65535:
        raise ConfigError(f"port is {cfg.port}; expected a number from 1 to 65535")
    if not 1 <= cfg.most_uploaded_mib <= 200:
        raise ConfigError(f"most_uploaded_mib is {cfg.most_uploaded_mib}; expected 1 to 200")
    from combo_dl.infer.together import load_together

    places = folders(plain(cfg)["bundle"], setting="bundle")
    # Bundles that cannot be read, or not together, are told here and not in the page.
    load_together(places, device="cpu")
    named = ", ".join(map(str, places))
    print(f"http://{cfg.address}:{cfg.port} shows {named}; stop with Ctrl-C", flush=True)
    told = {
        _BUNDLES: json.dumps([str(place.resolve()) for place in places]),
        _MOST_MIB: str(cfg.most_uploaded_mib),
    }
    done = subprocess.run(words(cfg), env=os.environ | told, check=False)
    if done.returncode:
        raise ConfigError(
            f"the server ended with status {done.returncode}; is port {cfg.port} taken?"
        )


def words(cfg: DictConfig) -> list[str]:
    """The command that runs the page: nothing is sent anywhere, nothing but the page is served."""
    settings = {
        "server.address": cfg.address,
        "server.port": cfg.port,
        "server.headless": "true",
        "server.maxUploadSize": cfg.most_uploaded_mib,
        "server.fileWatcherType": "none",
        "server.enableXsrfProtection": "true",
        "browser.gatherUsageStats": "false",
        "browser.serverAddress": cfg.address,
        "client.toolbarMode": "minimal",
        "client.showErrorDetails": "none",
        "logger.level": "warning",
    }
    flags = [f"--{name}={value}" for name, value in settings.items()]
    return [sys.executable, "-m", "streamlit", "run", str(_APP), *flags]

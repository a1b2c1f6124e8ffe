"""From a request to its verb: compose the settings, then print them or run."""

from importlib import import_module
from typing import TYPE_CHECKING

from combo_dl.cli.compose import composed, printed
from combo_dl.cli.config_errors import config_errors

if TYPE_CHECKING:
    from omegaconf import DictConfig

    from combo_dl.cli.request import Request


def dispatch(request: "Request") -> None:
    """Run (or print the settings of) a verb. Raises ComboError."""
    with config_errors():
        if request.verb == "sweep":
            from combo_dl.cli.sweep import sweep

            sweep(request.overrides, show=request.show, resolve=request.resolve)
            return
        overrides = request.overrides
        if request.verb in ("report", "export"):
            from combo_dl.cli.report import as_list

            overrides = as_list(overrides)
        if request.verb == "cohort":
            from combo_dl.cli.cohort import as_choice

            overrides = as_choice(overrides)
        if request.verb == "inspect":
            from combo_dl.cli.inspect import as_settings

            overrides = as_settings(overrides)
        cfg = composed(request.verb, overrides, complete=not request.show)
        if request.show:
            print(printed(cfg, resolve=request.resolve), end="")
        else:
            _run(request.verb, cfg)


def _run(verb: str, cfg: "DictConfig") -> None:
    # A verb is the function of its name in the module of its name, imported when it is asked for.
    getattr(import_module(f"combo_dl.cli.{verb}"), verb)(cfg)

"""From a request to its verb: compose the settings, then print them or run."""

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
        if request.verb == "report":
            from combo_dl.cli.report import as_list

            overrides = as_list(overrides)
        if request.verb == "inspect":
            from combo_dl.cli.inspect import as_settings

            overrides = as_settings(overrides)
        cfg = composed(request.verb, overrides, complete=not request.show)
        if request.show:
            print(printed(cfg, resolve=request.resolve), end="")
        else:
            _run(request.verb, cfg)


def _run(verb: str, cfg: "DictConfig") -> None:
    if verb == "train":
        from combo_dl.cli.train import train

        train(cfg)
    elif verb == "predict":
        from combo_dl.cli.predict import predict

        predict(cfg)
    elif verb == "screen":
        from combo_dl.cli.screen import screen

        screen(cfg)
    elif verb == "serve":
        from combo_dl.cli.serve import serve

        serve(cfg)
    elif verb == "inspect":
        from combo_dl.cli.inspect import inspect

        inspect(cfg)
    elif verb == "report":
        from combo_dl.cli.report import report

        report(cfg)
    else:
        from combo_dl.cli.evaluate import evaluate

        evaluate(cfg)

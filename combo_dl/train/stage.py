"""One stage of a member: a search (with validation) or a refit (for a number of epochs)."""

import importlib.util
import logging
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import ModelCheckpoint
from pytorch_lightning.loggers import CSVLogger, TensorBoardLogger
from pytorch_lightning.utilities.exceptions import MisconfigurationException

from combo_dl.core.errors import ComboError, ConfigError, FormatError
from combo_dl.data.world import WorldTensors
from combo_dl.nn.network import ComboNet
from combo_dl.train.callbacks import (
    AveragedWeights,
    EpochProgress,
    EpochSearch,
    Report,
    SeedEveryEpoch,
)
from combo_dl.train.data_module import ComboData, Parts
from combo_dl.train.module import ComboModule
from combo_dl.train.settings import FitSettings

Tell = Callable[[int, int, float | None], None]


@dataclass(frozen=True, kw_only=True)
class Stage:
    """What a stage needs: name (search or refit), rows, the share of each study's batches that an
    epoch shows, epochs, seed, place of its checkpoint."""

    name: str
    folder: Path
    train: Parts
    validation: Parts
    epochs: int
    seed: int
    shares: list[float] | None = None
    tensorboard: bool = False
    report: Report | None = None
    tell: Tell | None = None


def run_stage(
    stage: Stage,
    *,
    net: ComboNet,
    worlds: dict[str, WorldTensors],
    objective: torch.nn.Module,
    fit: FitSettings,
) -> EpochSearch | None:
    """Fit ``net`` in place on the studies of ``worlds``, {study: the world of its drugs}; continue
    from the stage's checkpoint where there is one.

    Returns the search (None for a refit). Raises FormatError on a broken checkpoint, ComboError
    when the disk refuses.
    """
    data = ComboData(
        train=stage.train,
        shares=stage.shares,
        validation=stage.validation,
        batch_size=fit.batch_size,
        seed=stage.seed,
    )
    module = ComboModule(
        net=net,
        worlds=worlds,
        objective=objective,
        fit=fit,
        steps_per_epoch=len(data.train_dataloader()),
    )
    search = EpochSearch(patience=fit.patience, report=stage.report) if stage.validation else None
    start = _readable(stage.folder / f"{stage.name}.ckpt")
    if search is not None and start is not None and _stopped(search, start):
        return search
    with _quiet():
        trainer = _trainer(stage, fit, search)
        try:
            trainer.fit(module, datamodule=data, ckpt_path=start)
        except OSError as error:
            raise ComboError(
                f"cannot write to {stage.folder}: {error.strerror or error}; "
                "free some space; the same command goes on where it stopped"
            ) from error
    if trainer.interrupted:
        raise KeyboardInterrupt
    if search is not None:
        search.take_over(trainer)
    return search


def _stopped(search: EpochSearch, checkpoint: Path) -> bool:
    """Whether the search had ended when this was written.

    Lightning forgets that it was told to stop, and would train one epoch more.
    """
    kept = torch.load(checkpoint, map_location="cpu", weights_only=True)["callbacks"]
    if search.state_key in kept:
        search.load_state_dict(kept[search.state_key])
    return search.over


def _readable(checkpoint: Path) -> Path | None:
    """``checkpoint``, or None where there is none yet. Raises FormatError when unreadable."""
    if not checkpoint.is_file():
        return None
    try:
        torch.load(checkpoint, map_location="cpu", weights_only=True)
    # What the reader of tensors is known to raise on rubbish, which it takes for an old format.
    except (
        OSError,
        EOFError,
        LookupError,
        TypeError,
        ValueError,
        AttributeError,
        RuntimeError,
        UnpicklingError,
    ) as error:
        reason = str(error).strip().split("\n")[0]
        raise FormatError(
            f"cannot resume from {checkpoint}: {reason}; delete it to start the member again"
        ) from error
    return checkpoint


def check_machine(fit: FitSettings, *, tensorboard: bool) -> None:
    """Raise ConfigError when this machine lacks the accelerator, devices or precision asked for, or
    the package of the logger."""
    if tensorboard and not any(map(importlib.util.find_spec, ("tensorboard", "tensorboardX"))):
        raise ConfigError(
            "logger=tensorboard needs the package tensorboard, which is not installed; "
            "install it, or say logger=csv"
        )
    try:
        with _quiet():
            pl.Trainer(
                accelerator=fit.accelerator,
                devices=fit.devices,
                precision=fit.precision,  # type: ignore[arg-type]
                strategy=fit.strategy,
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
            )
    except (MisconfigurationException, ValueError, TypeError, RuntimeError) as error:
        asked = f"accelerator={fit.accelerator}, devices={fit.devices}, precision={fit.precision}"
        raise ConfigError(
            f"trainer.{asked}, strategy={fit.strategy} cannot be had: {error}"
        ) from error


# What Lightning says of things that are meant: no logging within an epoch, a resumed run that
# writes beside its first half, a loader without workers, and a future change of the tree library.
_KNOWN = (
    "Checkpoint directory .* exists and is not empty",
    "The number of training batches",
    "The '.*_dataloader' does not have many workers",
    "`isinstance.treespec, LeafSpec.` is deprecated",
    "You're resuming from a checkpoint that ended before the epoch ended",
)


@contextmanager
def _quiet() -> Iterator[None]:
    """Without Lightning's notes on the machine and its tips; warnings that are not known pass."""
    level = logging.getLogger("pytorch_lightning").level
    logging.getLogger("pytorch_lightning").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            for message in _KNOWN:
                warnings.filterwarnings("ignore", message=message)
            yield
    finally:
        logging.getLogger("pytorch_lightning").setLevel(level)


def _trainer(stage: Stage, fit: FitSettings, search: EpochSearch | None) -> pl.Trainer:
    keep = ModelCheckpoint(
        dirpath=stage.folder,
        filename=stage.name,
        every_n_epochs=fit.checkpoint_epochs,
        save_on_train_epoch_end=True,
        enable_version_counter=False,
    )
    callbacks: list[pl.Callback] = [SeedEveryEpoch(stage.seed)]
    callbacks += [search] if search is not None else []
    callbacks += [AveragedWeights(fit.average_decay)] if fit.average_decay > 0 else []
    # Processes of their own cannot move a bar of this one.
    callbacks += [EpochProgress(stage.tell)] if stage.tell and fit.devices == 1 else []
    loggers = [CSVLogger(stage.folder, name=f"log_{stage.name}")]
    if stage.tensorboard:
        loggers.append(TensorBoardLogger(stage.folder, name=f"board_{stage.name}"))  # type: ignore[arg-type]
    return pl.Trainer(
        max_epochs=stage.epochs,
        accelerator=fit.accelerator,
        devices=fit.devices,
        precision=fit.precision,  # type: ignore[arg-type]
        strategy=fit.strategy,
        logger=loggers,
        callbacks=[*callbacks, keep],
        gradient_clip_val=fit.clip,
        log_every_n_steps=1_000_000,
        num_sanity_val_steps=0,
        limit_val_batches=1.0 if stage.validation else 0,
        enable_progress_bar=False,
        enable_model_summary=False,
        # index_add is deterministic on CPU; on a GPU a warning names what is not.
        deterministic="warn" if fit.accelerator != "cpu" else True,
        default_root_dir=stage.folder,
        use_distributed_sampler=False,
    )

"""combo_dl: which drug combinations are worth testing, and for whom.

The public API, loaded when first asked for: ``import combo_dl`` costs no torch.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from combo_dl.core.study import Study
    from combo_dl.infer.bundle import Bundle, load_bundle

__all__ = ["Bundle", "Study", "load_bundle"]

_HOMES = {
    "Bundle": "combo_dl.infer.bundle",
    "Study": "combo_dl.core.study",
    "load_bundle": "combo_dl.infer.bundle",
}


def __getattr__(name: str) -> object:
    """Import a public name from its home."""
    if name not in _HOMES:
        raise AttributeError(f"module 'combo_dl' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)

"""The templates of pages: every text is escaped, and a name that is not there is an error."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from jinja2 import Environment

HERE = Path(__file__).parent
# On each page of results on patients; what leaves are the tables of ``combo-dl export``.
STAYS = (
    "This page was not passed through the export gate; it stays where the records are. What may "
    "leave is written by combo-dl export."
)
PASSED_BUNDLE = (
    "The bundle behind this page passed the export gate; the page itself did not. If its profiles "
    "are rows of real people, it stays where their records are."
)


def templates() -> "Environment":
    """The environment in which the pages of this room are rendered."""
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    return Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )

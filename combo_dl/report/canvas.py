"""Plots as inline SVG whose colours and fonts are those of the page, in light, dark and print.

Matplotlib draws with stand-in colours; in the file each becomes a variable of the page's style.
"""

import io
import re
import warnings
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from combo_dl.core.files import write_bytes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROLES = ("ink", "muted", "grid", "accent", "base", "limit", "panel")
SERIES = 6
_NAMES = (*ROLES, *(f"series{i}" for i in range(SERIES)))
LONGEST_NAME = 30
_POINTS_AN_INCH = 72
# One point of a drawing takes this many pixels of the page, so that 8 points are easily read.
_PIXELS_A_POINT = 1.5
_TAG = re.compile(r"<[^>]+>")
_FONT = re.compile(r"font-family: [^;\"]*")
_ID = re.compile(r'(\bid="|url\(#|href="#)')
_PAINTED: ContextVar[dict[str, str] | None] = ContextVar("painted", default=None)
_LONG_NUMBER = re.compile(r"(\d\.\d\d)\d+")


@dataclass(frozen=True, kw_only=True)
class Picture:
    """What is painted, to be written as a file too. size: inches."""

    name: str
    paint: Callable[["Figure"], None]
    size: tuple[float, float]


@dataclass(frozen=True, kw_only=True)
class Drawing:
    """A plot. ``svg``: markup. ``alt``: what it shows, in words. ``note``: how to read it.
    ``picture``: the same as a file of its own, where it may be written as one."""

    title: str
    svg: str
    alt: str
    note: str
    wide: bool = False
    picture: Picture | None = None


def colour(role: str) -> str:
    """The stand-in of a colour in ROLES, or of ``series0`` and on, in a drawing; the colour itself
    while a file is painted."""
    real = _PAINTED.get()
    if real is not None:
        return real[role]
    return f"#0102{_NAMES.index(role) + 16:02x}"


def series(place: int) -> str:
    """The stand-in of the colour of a line; colours come again after SERIES lines."""
    return colour(f"series{place % SERIES}")


def short(name: str, longest: int = LONGEST_NAME) -> str:
    """A name that fits beside an axis: one line, cut where it is long."""
    line = " ".join(name.split())
    return line if len(line) <= longest else line[: longest - 1] + "…"


def drawn(paint: Callable[["Figure"], None], *, size: tuple[float, float], name: str) -> str:
    """SVG of what ``paint`` puts on a figure of ``size`` inches; ``name`` keeps its ids apart."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_style(name)), warnings.catch_warnings():
        # The page's own font draws the letters; whether Matplotlib's has them does not matter.
        warnings.filterwarnings("ignore", message="Glyph .* missing from font")
        figure = Figure(figsize=size, layout="constrained")
        paint(figure)
        buffer = io.StringIO()
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", transparent=True, metadata=nothing)
    return _inlined(buffer.getvalue(), name=name, size=size)


def write_picture(picture: Picture, folder: Path) -> list[Path]:
    """Write ``NAME.svg`` and ``NAME.png``, in the colours of light; their paths."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    real = light_colours()
    token, made = _PAINTED.set(real), []
    try:
        with mpl.rc_context(_style(picture.name)), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure = Figure(figsize=picture.size, layout="constrained", facecolor=real["panel"])
            picture.paint(figure)
            for kind in ("svg", "png"):
                room = io.BytesIO()
                figure.savefig(room, format=kind, dpi=160)
                made.append(folder / f"{picture.name}.{kind}")
                write_bytes(made[-1], room.getvalue())
    finally:
        _PAINTED.reset(token)
    return made


def light_colours() -> dict[str, str]:
    """{role: colour} of the page in light, from its style sheet."""
    text = (Path(__file__).parent / "style.css").read_text(encoding="utf-8")
    found = dict(re.findall(r"--([a-z0-9]+): (#[0-9a-f]{6})", text[: text.index("@media")]))
    return {role: found[role] for role in _NAMES}


def _style(name: str) -> dict:
    ink, muted, grid = colour("ink"), colour("muted"), colour("grid")
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": name,
        "font.size": 8,
        "text.parse_math": False,
        "text.color": ink,
        "axes.edgecolor": grid,
        "axes.labelcolor": muted,
        "axes.titlecolor": ink,
        "axes.titlesize": 8,
        "axes.titlelocation": "left",
        "axes.grid": True,
        "axes.axisbelow": True,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "grid.color": grid,
        "grid.linewidth": 0.6,
        "xtick.color": muted,
        "ytick.color": muted,
        "xtick.major.size": 0,
        "ytick.major.size": 0,
        "legend.frameon": False,
        "legend.fontsize": 7.5,
        "lines.linewidth": 1.8,
    }


def _inlined(svg: str, *, name: str, size: tuple[float, float]) -> str:
    body = svg[svg.index(">", svg.index("<svg")) + 1 : svg.rindex("</svg>")]
    # Its style sheet would reach all of the page; its metadata name addresses.
    body = re.sub(r"<(metadata|style)\b.*?</\1>", "", body, flags=re.S)
    body = _TAG.sub(lambda tag: _own(tag[0], name), body)
    width, height = (side * _POINTS_AN_INCH for side in size)
    return (
        f'<svg viewBox="0 0 {width:.1f} {height:.1f}" '
        f'style="max-width:{width * _PIXELS_A_POINT:.0f}px" '
        f'aria-hidden="true" focusable="false">{body}</svg>'
    )


def _own(tag: str, name: str) -> str:
    """A tag with ids, fonts and colours of this page; text between tags is never touched."""
    tag = " ".join(tag.replace("xlink:href", "href").split())
    tag = _FONT.sub("font-family: var(--sans)", _LONG_NUMBER.sub(r"\1", tag))
    tag = _ID.sub(lambda found: f"{found[1]}{name}-", tag)
    for role in _NAMES:
        tag = tag.replace(colour(role), f"var(--{role})")
    return tag


def bare(axes: "Axes", *, grid: str = "both") -> None:
    """Leave of the frame only the grid lines of one direction: x, y or both."""
    axes.grid(False)
    axes.grid(True, axis=grid)  # type: ignore[arg-type]
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)


def name_rows(axes: "Axes", names: list[str], *, strong: int | None = None) -> None:
    """Put a name beside each row of a plot, the first on top; ``strong`` is the one to stress."""
    axes.set_yticks(range(len(names)), [short(n) for n in names])
    axes.set_ylim(len(names) - 0.4, -0.6)
    for place, label in enumerate(axes.get_yticklabels()):
        label.set_color(colour("ink" if place == strong else "muted"))
        label.set_fontweight("bold" if place == strong else "normal")


def dot_style(place: int) -> str:
    """The marker of a line: told apart without colour."""
    return "osD^vP"[place % SERIES]

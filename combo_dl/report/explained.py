"""The panel that says why: largest attributions of a row, atoms of its drugs, and the evidence."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from combo_dl.core.errors import FormatError, InputError
from combo_dl.drugs.atoms import Drawing2D, drawing_of
from combo_dl.report.canvas import Drawing, bare, colour, name_rows, short
from combo_dl.report.screening import Screening
from combo_dl.report.screening_plots import made_drawing

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST, BARS, EVIDENCE = 8, 14, 8
ATOM = "atom"


@dataclass(frozen=True, kw_only=True)
class Why:
    """One explained row. evidence: (asked, measured, likeness, where it was measured)."""

    drugs: str
    profile: str
    endpoint: str
    unit: str
    prediction: str
    networks: str
    start: str
    gap: str
    drawings: tuple[Drawing, ...]
    evidence: tuple[tuple[str, str, str, str], ...]


def explained(result: Screening) -> tuple[Why, ...]:
    """The first rows of the folder's explanation. Raises FormatError where it does not fit."""
    told = result.explained
    if told is None:
        return ()
    try:
        return tuple(_why(result, told, row, i) for i, row in enumerate(told["rows"][:MOST]))
    except (KeyError, TypeError, ValueError) as error:
        raise FormatError(
            f"explain.json is not one of combo-dl explain ({error}); run combo-dl explain again"
        ) from error


def _why(result: Screening, told: dict, row: dict, place: int) -> Why:
    def shown(name: str) -> str:
        return result.renamed.get(name, name)

    own = [a for a in told["attributions"] if a["row"] == row["row"]]
    near = [e for e in told["evidence"] if e["row"] == row["row"]][:EVIDENCE]
    atoms = {a["of"] for a in own if a["kind"] == ATOM}
    drawings = [_bars(own, row, shown, name=f"why{place + 1}")]
    drawings += [
        d
        for k, drug in enumerate(row["drugs"].split(" + "))
        if drug in atoms
        and drug in told["smiles"]
        and (d := _molecule(drug, told["smiles"][drug], own, name=f"why{place + 1}m{k + 1}"))
    ]
    return Why(
        drugs=row["drugs"],
        profile=shown(row["profile"]),
        endpoint=row["endpoint"],
        unit=row["unit"],
        **{n: f"{float(row[n]):.3g}" for n in ("prediction", "networks", "start", "gap")},
        drawings=tuple(drawings),
        evidence=tuple(
            (e["asked"], e["measured"], f"{float(e['likeness']):.2f}", _where(e)) for e in near
        ),
    )


def _where(line: dict) -> str:
    if line["in_this_profile"] is None:
        return "–"
    here = "in this profile" if line["in_this_profile"] else "in others"
    return f"{here} ({int(line['profiles'])} in all)"


def _grouped(own: list[dict]) -> list[dict]:
    """Atoms of a drug are one bar: the drawings show them one by one."""
    made: dict[tuple[str, str], dict] = {}
    for a in own:
        name = "structure (all atoms)" if a["kind"] == ATOM else a["name"]
        at = made.setdefault((a["of"], name), {"of": a["of"], "name": name, "attribution": 0.0})
        at["attribution"] += float(a["attribution"])
    return sorted(made.values(), key=lambda a: -abs(a["attribution"]))


def _bars(own: list[dict], row: dict, shown: Callable[[str], str], *, name: str) -> Drawing:
    every = _grouped(own)
    first, rest = every[:BARS], every[BARS:]
    labels = [f"{short(shown(a['of']), 22)}: {short(a['name'], 44)}" for a in first]
    values = [a["attribution"] for a in first]
    if rest:
        labels.append(f"{len(rest)} smaller parts together")
        values.append(sum(a["attribution"] for a in rest))

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        bare(axes, grid="x")
        tones = [colour("accent" if v >= 0 else "limit") for v in values]
        axes.barh(range(len(values)), values, color=tones, height=0.66)
        axes.axvline(0, color=colour("ink"), linewidth=0.8)
        name_rows(axes, labels)
        axes.set_yticks(range(len(labels)), labels)
        axes.set_xlabel(f"{row['endpoint']}, {short(row['unit'], 50)}")

    return made_drawing(
        "What moves the networks",
        paint,
        (7.4, 0.6 + 0.24 * len(values)),
        name=name,
        alt="; ".join(f"{n}: {v:+.3g}" for n, v in zip(labels[:6], values, strict=False)),
        note="Integrated gradients, mean over networks: parts add up to the way from the value "
        "where nothing is known of drugs and profile. Blue raises, orange lowers.",
    )


def _molecule(drug: str, smiles: str, own: list[dict], *, name: str) -> Drawing | None:
    try:
        flat = drawing_of(smiles)
    except InputError:
        return None
    value = [0.0] * len(flat.symbols)
    for a in own:
        if a["kind"] == ATOM and a["of"] == drug and 0 <= int(a["place"]) < len(value):
            value[int(a["place"])] += float(a["attribution"])
    width, height = (float(v) for v in flat.at.max(axis=0) - flat.at.min(axis=0))
    scale = 0.26
    size = (max(2.4, scale * width + 0.7), max(1.8, scale * height + 0.7))

    def paint(figure: "Figure") -> None:
        axes = figure.add_subplot()
        _paint_molecule(axes, flat, value)

    top = max(range(len(value)), key=lambda i: abs(value[i]))
    return made_drawing(
        f"Atoms of {short(drug, 40)}",
        paint,
        size,
        name=name,
        alt=f"Structure of {drug}; the largest part is {flat.symbols[top]}{top + 1}, "
        f"{value[top]:+.3g}.",
        note="Blue atoms raise the value, orange ones lower it; the larger the stronger, within "
        "this molecule.",
        wide=False,
    )


def _paint_molecule(axes: "Axes", flat: Drawing2D, value: list[float]) -> None:
    axes.set_axis_off()
    axes.set_aspect("equal")
    for (i, j), order in zip(flat.bonds, flat.order, strict=True):
        a, b = flat.at[i], flat.at[j]
        axes.plot(*zip(a, b, strict=True), color=colour("muted"), linewidth=0.9)
        if order > 1:
            side = 0.13 * (b - a)[::-1] * (1, -1)
            line = "-" if order > 1.5 else (0, (2, 1.5))
            inner = zip(a + side, b + side, strict=True)
            axes.plot(*inner, color=colour("muted"), linewidth=0.7, linestyle=line)  # type: ignore[arg-type]
    most = max((abs(v) for v in value), default=0.0) or 1.0
    for at, v in zip(flat.at, value, strict=True):
        axes.plot(
            *at,
            "o",
            markersize=15 * (abs(v) / most) ** 0.5,
            alpha=0.5,
            markeredgewidth=0,
            color=colour("accent" if v >= 0 else "limit"),
        )
    for at, symbol in zip(flat.at, flat.symbols, strict=True):
        if symbol != "C":
            axes.text(
                float(at[0]),
                float(at[1]),
                symbol,
                ha="center",
                va="center",
                fontsize=7,
                color=colour("ink"),
            )

"""Draws the table of moves as a picture: `python -m vardlots.cases.diagram > docs/states/case.svg`."""

import math
import sys

from vardlots.cases.model import Phase, Verb
from vardlots.cases.states import MOVES

_PLACES: dict[Phase | None, tuple[int, int]] = {
    None: (70, 150),
    Phase.BOOKED: (250, 40),
    Phase.QUEUED: (250, 150),
    Phase.ACCEPTED: (470, 150),
    Phase.ONGOING: (690, 150),
    Phase.FOLLOW_UP: (690, 370),
    Phase.CLOSED: (470, 370),
    Phase.CANCELLED: (250, 370),
}
_LABELS = {
    Phase.BOOKED: "Bokad",
    Phase.QUEUED: "Väntar i kö",
    Phase.ACCEPTED: "Mottagen",
    Phase.ONGOING: "Pågår",
    Phase.FOLLOW_UP: "Uppföljning",
    Phase.CLOSED: "Avslutad",
    Phase.CANCELLED: "Avbruten",
}
_WIDTH, _HEIGHT = 132, 52
_STYLE = """
text { font: 13px Inter, system-ui, sans-serif; fill: #1A2725; text-anchor: middle }
.phase rect { fill: #FFFFFF; stroke: #0A6360; stroke-width: 1.5 }
.phase .code { font-size: 11px; fill: #55605D }
.phase .stays { font-size: 11px; fill: #55605D; paint-order: stroke; stroke: #F4F1EB; stroke-width: 5px }
.move path { fill: none; stroke: #55605D; stroke-width: 1.2 }
.move text { font-size: 11px; fill: #0A5A57; paint-order: stroke; stroke: #F4F1EB; stroke-width: 4px }
"""


def draw() -> str:
    """The table of moves as SVG. Verbs that stay in their phase stand inside it."""
    moves: dict[tuple[Phase | None, Phase], list[Verb]] = {}
    inside: dict[Phase, list[Verb]] = {}
    for verb, sources in MOVES.items():
        for source, targets in sources.items():
            for target in targets:
                if source is target and source is not None:
                    inside.setdefault(source, []).append(verb)
                else:
                    moves.setdefault((source, target), []).append(verb)
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 800 470" role="img" aria-labelledby="t">',
        '<title id="t">The states of a case and the verbs that move it</title>',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#55605D"/></marker></defs>',
        '<rect width="800" height="470" fill="#F4F1EB"/>',
        *(
            _move(source, target, verbs, (target, source) in moves)
            for (source, target), verbs in moves.items()
        ),
        '<g class="phase"><circle cx="70" cy="150" r="7" fill="#0A6360"/></g>',
        *(_phase(phase, inside.get(phase, [])) for phase in Phase),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _phase(phase: Phase, stays: list[Verb]) -> str:
    x, y = _PLACES[phase]
    rows = [", ".join(stays[start : start + 2]) for start in range(0, len(stays), 2)]
    lines = "".join(
        f'<text class="stays" x="{x}" y="{y + _HEIGHT / 2 + 16 + 14 * place}">{row}</text>'
        for place, row in enumerate(rows)
    )
    return (
        f'<g class="phase"><rect x="{x - _WIDTH / 2}" y="{y - _HEIGHT / 2}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="12"/><text x="{x}" y="{y - 2}">{_LABELS[phase]}</text>'
        f'<text class="code" x="{x}" y="{y + 15}">{phase}</text>{lines}</g>'
    )


def _move(source: Phase | None, target: Phase, verbs: list[Verb], both_ways: bool) -> str:
    (x1, y1), (x2, y2) = _PLACES[source], _PLACES[target]
    start, end = _edge(x1, y1, x2, y2, source is None), _edge(x2, y2, x1, y1, False)
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    # A way back bends below, a way past another phase goes over it.
    bend = -190 if length > 280 else 46 if both_ways else 0
    across = (-(end[1] - start[1]) / length, (end[0] - start[0]) / length)
    middle = ((start[0] + end[0]) / 2 - across[0] * bend, (start[1] + end[1]) / 2 - across[1] * bend)
    label = ((start[0] + end[0] + 2 * middle[0]) / 4, (start[1] + end[1] + 2 * middle[1]) / 4)
    return (
        f'<g class="move"><path d="M{start[0]:.0f} {start[1]:.0f}Q{middle[0]:.0f} {middle[1]:.0f} {end[0]:.0f} '
        f'{end[1]:.0f}" marker-end="url(#a)"/><text x="{label[0]:.0f}" y="{label[1] - 5:.0f}">'
        f"{', '.join(verbs)}</text></g>"
    )


def _edge(x: float, y: float, to_x: float, to_y: float, is_dot: bool) -> tuple[float, float]:
    """Where a line from the middle of a phase to a point leaves its rectangle."""
    if is_dot:
        return x + 8, y
    dx, dy = to_x - x, to_y - y
    scale = min(
        (_WIDTH / 2 + 3) / abs(dx) if dx else math.inf,
        (_HEIGHT / 2 + 3) / abs(dy) if dy else math.inf,
    )
    return x + dx * scale, y + dy * scale


if __name__ == "__main__":
    sys.stdout.write(draw())

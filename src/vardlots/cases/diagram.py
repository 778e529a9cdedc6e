"""Draws the table of moves as a picture: `python -m vardlots.cases.diagram > docs/states/case.svg`."""

import math
import sys

from vardlots.cases.model import Phase, Verb
from vardlots.cases.states import MOVES

_PLACES: dict[Phase | None, tuple[int, int]] = {
    None: (50, 260),
    Phase.BOOKED: (300, 80),
    Phase.QUEUED: (300, 260),
    Phase.ACCEPTED: (640, 260),
    Phase.ONGOING: (980, 260),
    Phase.CANCELLED: (300, 470),
    Phase.CLOSED: (640, 470),
    Phase.FOLLOW_UP: (980, 470),
}
# How far a line leaves the straight way, in pixels; to the left as it runs.
_BENDS: dict[tuple[Phase | None, Phase], int] = {
    (None, Phase.FOLLOW_UP): -320,
    (None, Phase.CLOSED): -130,
    (Phase.BOOKED, Phase.CANCELLED): -300,
    (Phase.BOOKED, Phase.CLOSED): 40,
    (Phase.ONGOING, Phase.QUEUED): -160,
    (Phase.QUEUED, Phase.ACCEPTED): 46,
    (Phase.ACCEPTED, Phase.QUEUED): 46,
    (Phase.BOOKED, Phase.ACCEPTED): 40,
    (Phase.ACCEPTED, Phase.BOOKED): 40,
}
_STAYS_Y = 590
_WIDE, _HIGH = 1110, 1040
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
    """The table of moves as SVG. Verbs that stay in their phase stand in a column of their own beneath."""
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
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDE} {_HIGH}" role="img" aria-labelledby="t">',
        '<title id="t">The states of a case and the verbs that move it</title>',
        f"<style>{_STYLE}</style>",
        '<defs><marker id="a" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#55605D"/></marker></defs>',
        f'<rect width="{_WIDE}" height="{_HIGH}" fill="#F4F1EB"/>',
        *(_move(source, target, verbs) for (source, target), verbs in moves.items()),
        '<g class="phase"><circle cx="50" cy="260" r="7" fill="#0A6360"/></g>',
        *(_phase(phase) for phase in Phase),
        *(_stays(place, phase, inside.get(phase, [])) for place, phase in enumerate(Phase)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _phase(phase: Phase) -> str:
    x, y = _PLACES[phase]
    return (
        f'<g class="phase"><rect x="{x - _WIDTH / 2}" y="{y - _HEIGHT / 2}" width="{_WIDTH}" '
        f'height="{_HEIGHT}" rx="12"/><text x="{x}" y="{y - 2}">{_LABELS[phase]}</text>'
        f'<text class="code" x="{x}" y="{y + 15}">{phase}</text></g>'
    )


def _stays(place: int, phase: Phase, verbs: list[Verb]) -> str:
    """The column of what may be done without leaving a phase."""
    x = (place + 0.5) * _WIDE / len(Phase)
    lines = "".join(
        f'<text class="stays" x="{x:.0f}" y="{_STAYS_Y + 20 + 15 * row}">{verb}</text>'
        for row, verb in enumerate(verbs)
    )
    return f'<g class="phase"><text x="{x:.0f}" y="{_STAYS_Y}">{_LABELS[phase]}</text>{lines}</g>'


def _move(source: Phase | None, target: Phase, verbs: list[Verb]) -> str:
    (x1, y1), (x2, y2) = _PLACES[source], _PLACES[target]
    start, end = _edge(x1, y1, x2, y2, source is None), _edge(x2, y2, x1, y1, False)
    length = math.hypot(end[0] - start[0], end[1] - start[1])
    bend = _BENDS.get((source, target), 0)
    across = (-(end[1] - start[1]) / length, (end[0] - start[0]) / length)
    middle = ((start[0] + end[0]) / 2 - across[0] * bend, (start[1] + end[1]) / 2 - across[1] * bend)
    # Where lines cross, each is named nearer to where it begins.
    far = 0.5 if bend or start[1] == end[1] else 0.25 if start[0] != end[0] else 0.6
    label = (
        (1 - far) ** 2 * start[0] + 2 * far * (1 - far) * middle[0] + far**2 * end[0],
        (1 - far) ** 2 * start[1] + 2 * far * (1 - far) * middle[1] + far**2 * end[1],
    )
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

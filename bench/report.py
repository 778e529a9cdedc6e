"""One table with every figure, its target and what it was compared with; the same as JSON in `bench/latest.json`."""

import json
from collections.abc import Callable
from pathlib import Path

import msgspec

LATEST = Path(__file__).parent / "latest.json"


class Target(msgspec.Struct, frozen=True):
    """What a figure should be: at least, at most, or exactly."""

    sign: str
    value: float

    def met(self, figure: float) -> bool:
        """Whether the figure is as it should be."""
        if self.sign == "≥":
            return figure >= self.value
        return figure <= self.value if self.sign == "≤" else figure == self.value


TARGETS = {
    "message_ratio": Target("≥", 0.30),
    "message_p99_ms": Target("≤", 25),
    "queue_rps_ratio": Target("≥", 0.25),
    "queue_growth": Target("≤", 1.1),
    "live_p50_ms": Target("≤", 20),
    "live_p99_ms": Target("≤", 80),
    "fanout_2000_ms": Target("≤", 100),
    "stream_kb": Target("≤", 60),
    "accept_race": Target("=", 200),
    "resume_lost": Target("=", 0),
    "book_race": Target("=", 100),
    "free_times_ms": Target("≤", 30),
    "triage_step_ms": Target("≤", 15),
    "first_page_3g_ms": Target("≤", 2000),
    "form_step_ms": Target("≤", 20),
    "code_search_ms": Target("≤", 30),
    "log_read_ms": Target("≤", 50),
    "list_growth": Target("≤", 1.1),
    "ticket_list_growth": Target("≤", 1.1),
    "day_p99_ms": Target("≤", 150),
    "day_errors": Target("=", 0),
    "day_lost": Target("=", 0),
    "workspace_open_ms": Target("≤", 300),
    "workspace_switch_ms": Target("≤", 150),
    "keystroke_ms": Target("≤", 16),
}


class Report:
    """Collects figures as they come."""

    def __init__(self, tell: Callable[[str], None] = print) -> None:
        self.tell = tell
        self.figures: dict[str, float] = {}
        self._rows: list[tuple[str, str, str, str]] = []

    def add(self, name: str, figure: float, beside: str = "") -> None:
        """Note a figure; `beside` says what it was compared with."""
        self.figures[name] = figure
        target = TARGETS.get(name)
        wanted = f"{target.sign} {target.value:g}" if target else ""
        verdict = "" if target is None else ("met" if target.met(figure) else "MISSED")
        self._rows.append(
            (name, f"{figure:.3g}" if figure < 1000 else f"{figure:,.0f}", f"{wanted} {verdict}", beside)
        )
        self.tell(f"  {name} = {figure:.4g}  {wanted} {verdict}  {beside}")

    def finish(self) -> bool:
        """Print the table and write the JSON. Returns whether every target was met."""
        widths = [max(len(row[column]) for row in self._rows) for column in range(3)]
        self.tell("")
        for row in self._rows:
            self.tell(
                "  ".join(cell.ljust(width) for cell, width in zip(row, [*widths, 0], strict=True)).rstrip()
            )
        LATEST.write_text(json.dumps(self.figures, indent=2) + "\n", encoding="utf-8")
        return all(TARGETS[name].met(figure) for name, figure in self.figures.items() if name in TARGETS)

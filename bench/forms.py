"""One step of a large form: 400 items, 80 of them calculated, one answer that reaches all of the 80.

What is timed is what a page does with the answer: the kept answers are taken up, what is shown is looked at, the
answer is checked and kept, and everything that it reaches is calculated anew.
"""

import time

from bench.client import percentile
from bench.report import Report
from vardlots.forms.filling import Filling, answer, begin
from vardlots.forms.model import EnableWhen, Expression, Form, Item, ItemType, Operator

ITEMS, CALCULATED = 400, 80


def large_form() -> Form:
    """Groups of ten questions, half of them conditional, and sums that build on the first question and each other."""
    asked = ITEMS - CALCULATED - ITEMS // 10
    items: list[Item] = []
    for group in range(ITEMS // 10):
        inner = [_question(n) for n in range(group * asked // 40, (group + 1) * asked // 40)]
        inner += [_calculated(n) for n in range(group * 2, group * 2 + 2)]
        items.append(Item(f"g{group}", ItemType.GROUP, _text(f"Grupp {group}"), item=tuple(inner)))
    return Form("large", 1, _text("Stort formulär"), tuple(items))


def _text(sentence: str) -> dict[str, str]:
    return {"sv": sentence, "en": sentence}


def _question(n: int) -> Item:
    when = (EnableWhen("q0", Operator.GREATER_OR_EQUAL, 0),) if n % 2 else ()
    return Item(f"q{n}", ItemType.DECIMAL, _text(f"Fråga {n}"), enable_when=when)


def _calculated(n: int) -> Item:
    def answer_to(link_id: str) -> str:
        return f"%resource.descendants().where(linkId='{link_id}').answer.value"

    before = answer_to(f"c{n - 1}") if n % 4 else answer_to(f"q{n + 1}")
    source = f"({answer_to('q0')} * 2 + {before} / 3 + {answer_to(f'q{2 * n + 1}')}).round(2)"
    return Item(f"c{n}", ItemType.DECIMAL, _text(f"Värde {n}"), calculated_expression=Expression(source))


def measure(report: Report, scale: float) -> None:
    """`form_step_ms`: the 95th percentile of an answer that reaches every calculated value."""
    form = large_form()
    filling = begin(form, answers={link_id: [3] for link_id in form.places if link_id.startswith("q")})
    times: list[float] = []
    for turn in range(max(int(200 * scale), 20)):
        kept = dict(filling.answers)
        began = time.perf_counter()
        result = answer(Filling(form, kept), "q0", str(turn % 50))
        times.append(time.perf_counter() - began)
        if not isinstance(result, Filling):
            raise RuntimeError("the answer was refused")
        changed = sum(result.answers[f"c{n}"] != kept.get(f"c{n}") for n in range(CALCULATED))
        if turn and changed != CALCULATED:
            raise RuntimeError(f"the answer reached {changed} of {CALCULATED}")
        filling = result
    times.sort()
    report.add(
        "form_step_ms",
        percentile(times, 0.95) * 1000,
        f"p95 of {len(times)} answers, {ITEMS} items, {CALCULATED} calculated anew; "
        f"median {percentile(times, 0.5) * 1000:.1f} ms",
    )

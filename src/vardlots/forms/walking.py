"""Forms answered at random, to see that they can be answered: what is asked can be, and it comes to an end."""

import random
import string
from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from re import _constants as code  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import msgspec

from vardlots.forms.answering import Fault
from vardlots.forms.calculations.work import change
from vardlots.forms.filling import Filling, add, answer, begin, send
from vardlots.forms.instances import may_add
from vardlots.forms.model import Form, Item, ItemType, Value

PASSES_OVER = 0.3
ADDS = 0.15
FEW = 3
MOST_STEPS = 3_000
TRIES = 5


class Walked(msgspec.Struct, frozen=True):
    """How a walk went: how many questions were answered, and a sentence for each thing that went wrong."""

    answers: Mapping[str, Sequence[Value]]
    asked: int
    faults: tuple[str, ...]


def walk(form: Form, chance: random.Random) -> Walked:
    """Fill a form in from its first question to its end and send it, as a person may: at random.

    Questions that may be passed over are so at times, and groups that repeat get more instances. It is a fault when
    a question takes no answer that should suit it, when there is no end, and when what is filled in cannot be sent.
    """
    filling, faults = begin(form), []
    for asked in range(MOST_STEPS):
        item = _next(filling)
        if item is None:
            sent = send(form, filling.answers)
            faults += [f"{fault.link_id}: {fault.sentence('en')}" for fault in sent.faults]
            return Walked(sent.answers, asked, tuple(dict.fromkeys(faults)))
        filling = _more_instances(_answered(filling, item, chance, faults), chance)
    return Walked(filling.answers, MOST_STEPS, (*faults, f"does not end within {MOST_STEPS} questions"))


def _next(filling: Filling) -> Item | None:
    """The first question that is shown, has no answer and takes one."""
    worked = filling.worked
    for link_id, place in worked.form.places.items():
        item = place.item
        if not item.is_question or item.is_computed or item.read_only or link_id in filling.answers:
            continue
        if link_id in worked.enabled and not any(one.hidden for one in (*place.inside, item)):
            return item
    return None


def _answered(filling: Filling, item: Item, chance: random.Random, faults: list[str]) -> Filling:
    """The filling with an answer that is taken. A question that takes none is a fault, and is passed over."""
    passes = not item.required and chance.random() < PASSES_OVER
    tries = [None] if passes else [random_answer(item, chance) for _ in range(TRIES)]
    for raw in tries:
        taken = answer(filling, item.link_id, raw)
        if not isinstance(taken, Fault):
            return taken
        wrong = taken
    faults.append(f"{item.link_id}: {wrong.sentence('en')}")
    worked = change(filling.worked, {item.link_id: []})
    return msgspec.structs.replace(filling, answers=worked.answers)


def _more_instances(filling: Filling, chance: random.Random) -> Filling:
    groups = [one.item for one in filling.drawn.places.values() if one.item.is_repeating_group]
    for group in groups:
        shown = group.link_id in filling.worked.enabled and len(group.item) < FEW
        if shown and may_add(group, filling.answers) and chance.random() < ADDS / len(groups):
            return add(filling, group.link_id)
    return filling


def random_answer(item: Item, chance: random.Random) -> object:
    """An answer that should be taken, as a page sends it."""
    one = _one(item, chance)
    if not item.repeats or not item.is_question:
        return one
    least, most = max(item.min_occurs or 1, 1), item.max_occurs or max(item.min_occurs or 1, 3)
    if item.type is ItemType.CHOICE:
        return _several(item, chance, least, most)
    return [one, *(_one(item, chance) for _ in range(chance.randint(least, max(least, most)) - 1))]


def _several(item: Item, chance: random.Random, least: int, most: int) -> list[str]:
    together = [one.code for one in item.answer_option if not one.exclusive]
    alone = [one.code for one in item.answer_option if one.exclusive]
    if alone and (not together or chance.random() < 0.2) and least == 1:
        return [chance.choice(alone)]
    count = min(chance.randint(least, max(least, most)), len(together))
    return chance.sample(together, count)


def _one(item: Item, chance: random.Random) -> object:
    match item.type:
        case ItemType.BOOLEAN:
            return chance.random() < 0.5
        case ItemType.CHOICE | ItemType.OPEN_CHOICE:
            open_ = item.type is ItemType.OPEN_CHOICE and (not item.answer_option or chance.random() < 0.2)
            return {"other": "something else"} if open_ else _code(item, chance)
        case ItemType.INTEGER:
            return int(_number(item, chance, 0))
        case ItemType.DECIMAL:
            return _number(item, chance, min(item.max_decimals if item.max_decimals is not None else 1, 4))
        case ItemType.QUANTITY:
            units = [unit.display or unit.code for unit in item.unit_options] or [item.unit or ""]
            decimals = min(item.max_decimals if item.max_decimals is not None else 1, 4)
            return {"value": _number(item, chance, decimals), "unit": chance.choice(units)}
        case ItemType.DATE:
            return _day(item, chance).isoformat()
        case ItemType.DATE_TIME:
            return f"{_day(item, chance).isoformat()}T{chance.randint(3, 23):02}:{chance.randint(0, 59):02}"
        case ItemType.TIME:
            return _time(item, chance)
        case ItemType.URL:
            return "https://www.example.org/"
        case ItemType.ATTACHMENT:
            return {"id": str(chance.randint(1, 9999)), "title": "picture"}
    return _text(item, chance)


def _code(item: Item, chance: random.Random) -> str:
    return chance.choice(item.answer_option).code if item.answer_option else ""


def _number(item: Item, chance: random.Random, decimals: int) -> float:
    low = item.min_value if isinstance(item.min_value, int | float) else None
    high = item.max_value if isinstance(item.max_value, int | float) else None
    if low is None:
        low = 0 if high is None or high >= 0 else high - 100
    if high is None:
        high = max(low, 0) + 200
    step = 0.1**decimals
    found = round(low + chance.randint(0, max(int((high - low) / step), 0)) * step, decimals)
    return min(max(found, low), high)


def _day(item: Item, chance: random.Random) -> date:
    low, high = _date_of(item.min_value), _date_of(item.max_value)
    low = low or (high - timedelta(days=1000) if high else date(1990, 1, 1))
    high = high or low + timedelta(days=9000)
    return low + timedelta(days=chance.randint(0, max((high - low).days, 0)))


def _date_of(value: object) -> date | None:
    try:
        return datetime.fromisoformat(value).date() if isinstance(value, str) else None
    except ValueError:
        return None


def _time(item: Item, chance: random.Random) -> str:
    low = str(item.min_value)[:5] if isinstance(item.min_value, str) else "00:00"
    high = str(item.max_value)[:5] if isinstance(item.max_value, str) else "23:59"
    first, last = (int(one[:2]) * 60 + int(one[3:5]) for one in (low, high))
    minute = chance.randint(first, max(first, last))
    return f"{minute // 60:02}:{minute % 60:02}"


def _text(item: Item, chance: random.Random) -> str:
    if item.pattern:
        return sample(item.pattern, chance)
    least = item.min_length or 1
    most = max(min(item.max_length or 40, least + 60), least)
    return "".join(chance.choice(string.ascii_letters) for _ in range(chance.randint(least, most)))


def sample(pattern: str, chance: random.Random) -> str:
    """A text that suits a regular expression, where that has no more than classes, choices, groups and repeats."""
    return _parts(parser.parse(pattern), chance)


def _parts(parts: Any, chance: random.Random) -> str:
    return "".join(_part(what, how, chance) for what, how in parts)


def _part(what: Any, how: Any, chance: random.Random) -> str:
    if what is code.LITERAL:
        return chr(how)
    if what is code.ANY:
        return chance.choice(string.ascii_letters)
    if what is code.NOT_LITERAL:
        return chance.choice([sign for sign in string.ascii_letters if ord(sign) != how])
    if what is code.IN:
        return _member(how, chance)
    if what in (code.MAX_REPEAT, code.MIN_REPEAT, code.POSSESSIVE_REPEAT):
        times = chance.randint(how[0], max(how[0], min(int(how[1]), how[0] + 5)))
        return "".join(_parts(how[2], chance) for _ in range(times))
    if what is code.SUBPATTERN:
        return _parts(how[3], chance)
    if what is code.BRANCH:
        return _parts(chance.choice(how[1]), chance)
    return ""


_PRINTABLE = string.ascii_letters + string.digits + " -.,@"


def _member(members: Any, chance: random.Random) -> str:
    fitting = [sign for sign in _PRINTABLE if _fits(sign, members)]
    if fitting:
        return chance.choice(fitting)
    what, how = members[0]
    return chr(how if what is code.LITERAL else how[0]) if what in (code.LITERAL, code.RANGE) else "x"


def _fits(sign: str, members: Any) -> bool:
    denied = bool(members) and members[0][0] is code.NEGATE
    classes = {
        code.CATEGORY_DIGIT: sign.isdigit(),
        code.CATEGORY_NOT_DIGIT: not sign.isdigit(),
        code.CATEGORY_SPACE: sign.isspace(),
        code.CATEGORY_NOT_SPACE: not sign.isspace(),
        code.CATEGORY_WORD: sign.isalnum() or sign == "_",
        code.CATEGORY_NOT_WORD: not (sign.isalnum() or sign == "_"),
    }
    found = any(
        (what is code.LITERAL and how == ord(sign))
        or (what is code.RANGE and how[0] <= ord(sign) <= how[1])
        or (what is code.CATEGORY and classes.get(how, False))
        for what, how in members
    )
    return found is not denied

"""Forms as files that people write and review (`content/forms/*.toml`), made into the FHIR-shaped model."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Literal, cast

import msgspec

from vardlots.forms.answering import STRING_LIMIT, TEXT_LIMIT
from vardlots.forms.authored_values import check_marks, with_values
from vardlots.forms.calculations.response import UCUM
from vardlots.forms.expressions import ConditionError, as_enable_when, bind, comparisons, parse
from vardlots.forms.faults import ContentError, ContentFault, Told, read_struct
from vardlots.forms.model import MEASURE, Coding, Expression, Form, Item, ItemType, Option, Value
from vardlots.forms.patterns import is_quick
from vardlots.forms.text import Text, missing_languages

CHOICES = (ItemType.CHOICE, ItemType.OPEN_CHOICE)


class AuthoredOption(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An option as written in a file."""

    code: str
    text: Text
    help: Text | None = None
    picture: str | None = None
    exclusive: bool = False
    score: float | None = None
    chosen: bool = False


class AuthoredQuestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question as written in a file. Questions are required unless they say otherwise.

    `measure` is the code of what it measures (`conversations/forms/measures.py`), so that its values can be followed.
    `calculated` and `initial_calculated` are FHIRPath, where `{weight}` stands for the answers to `weight`;
    `variables` are expressions that these read as `%name`. A group with `repeats` may be filled in several times.
    """

    id: str
    type: ItemType
    text: Text
    help: Text | None = None
    why: Text | None = None
    required: bool = True
    repeats: bool = False
    may_decline: bool = False
    min: float | str | None = None
    max: float | str | None = None
    max_length: int | None = None
    max_count: int | None = None
    unit: str | None = None
    measure: str | None = None
    pattern: str | None = None
    pattern_help: Text | None = None
    show_if: str | None = None
    initial: tuple[Value, ...] = ()
    prefix: Text | None = None
    picture: str | None = None
    hidden: bool = False
    read_only: bool = False
    min_length: int | None = None
    min_count: int | None = None
    decimals: int | None = None
    unit_options: tuple[str, ...] = ()
    control: str | None = None
    calculated: str | None = None
    initial_calculated: str | None = None
    variables: Mapping[str, str] = {}
    options: tuple[AuthoredOption, ...] = ()
    questions: tuple["AuthoredQuestion", ...] = ()


class AuthoredForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A form file."""

    code: str
    version: int
    title: Text
    questions: tuple[AuthoredQuestion, ...]
    description: Text | None = None
    variables: Mapping[str, str] = {}


class FormLibrary:
    """Every form in every version."""

    def __init__(self, forms: Iterable[Form]) -> None:
        self._forms = {(form.code, form.version): form for form in forms}

    def form(self, code: str, version: int | None = None) -> Form:
        """The form in that version, or the newest. Raises LookupError."""
        if version is None:
            version = max((v for c, v in self._forms if c == code), default=0)
        if (code, version) not in self._forms:
            raise LookupError(f"no form {code} version {version}")
        return self._forms[code, version]

    def newest(self) -> tuple[Form, ...]:
        """Each form in its newest version, by code."""
        return tuple(self.form(code) for code in sorted({code for code, _ in self._forms}))


def load_forms(folder: Path) -> FormLibrary:
    """Every form file in the folder and those below it. Raises ContentError with all faults of all files."""
    forms: list[Form] = []
    faults: list[ContentFault] = []
    for path in sorted(folder.rglob("*.toml")):
        file = path.relative_to(folder).as_posix()
        try:
            form = read_form(path.read_bytes(), file)
        except ContentError as wrong:
            faults += wrong.faults
            continue
        if any((other.code, other.version) == (form.code, form.version) for other in forms):
            faults.append(
                ContentFault(
                    file,
                    form.code,
                    Told(
                        {
                            "sv": "version {version} finns i en annan fil också.",
                            "en": "version {version} stands in another file too.",
                        },
                        version=form.version,
                    ),
                )
            )
        forms.append(form)
    if faults:
        raise ContentError(faults)
    return FormLibrary(forms)


def read_form(source: bytes, file: str) -> Form:
    """A form from its file's text. Raises ContentError with all its faults."""
    authored = read_struct(source, AuthoredForm, file)
    form = Form(
        authored.code,
        authored.version,
        authored.title,
        tuple(as_item(q) for q in authored.questions),
        description=authored.description,
    )
    faults = [
        *check_texts(file, "title", authored.title, authored.description),
        *check_items(form, file, plain=False),
        *check_marks(form, file),
    ]
    form, wrong = with_conditions(form, all_conditions(authored.questions), file)
    faults += wrong
    if not faults:
        form, faults = with_values(form, authored.questions, authored.variables, file)
    if faults:
        raise ContentError(faults)
    return form


def all_conditions(questions: Sequence[AuthoredQuestion]) -> dict[str, str]:
    """linkId → its `show_if`, through all levels."""
    found: dict[str, str] = {}
    for question in questions:
        if question.show_if:
            found[question.id] = question.show_if
        found |= all_conditions(question.questions)
    return found


def as_item(question: AuthoredQuestion) -> Item:
    """The item a question becomes; `with_conditions` adds its `show_if` when the whole form is known."""
    return Item(
        link_id=question.id,
        type=question.type,
        text=question.text,
        help=question.help,
        why=question.why,
        required=question.required and question.type not in (ItemType.GROUP, ItemType.DISPLAY),
        repeats=question.repeats,
        may_decline=question.may_decline,
        min_value=question.min,
        max_value=question.max,
        max_length=question.max_length,
        max_occurs=question.max_count,
        unit=question.unit,
        pattern=question.pattern,
        pattern_help=question.pattern_help,
        initial=question.initial,
        prefix=question.prefix,
        picture=question.picture,
        hidden=question.hidden,
        read_only=question.read_only,
        min_length=question.min_length,
        min_occurs=question.min_count,
        max_decimals=question.decimals,
        unit_options=tuple(Coding(unit, UCUM, unit) for unit in question.unit_options),
        item_control=question.control,
        code=(Coding(question.measure, MEASURE),) if question.measure else (),
        calculated_expression=Expression(question.calculated) if question.calculated else None,
        answer_option=tuple(
            Option(
                o.code,
                o.text,
                help=o.help,
                picture=o.picture,
                exclusive=o.exclusive,
                score=o.score,
                initial_selected=o.chosen,
            )
            for o in question.options
        ),
        item=tuple(as_item(inner) for inner in question.questions),
    )


def with_conditions(form: Form, conditions: dict[str, str], file: str) -> tuple[Form, list[ContentFault]]:
    """The form with every `show_if` as `enableWhen`, and a fault for each that does not fit."""
    faults: list[ContentFault] = []

    def added(item: Item) -> Item:
        inner = tuple(added(child) for child in item.item)
        source = conditions.get(item.link_id)
        if source is None:
            return msgspec.structs.replace(item, item=inner)
        try:
            condition = bind(parse(source), form)
            if any(c.question == item.link_id for c in comparisons(condition)):
                raise ConditionError(
                    Told(
                        {
                            "sv": "frågan visas bara om den själv är besvarad.",
                            "en": "the question is shown only if it is answered itself.",
                        }
                    )
                )
            when, behaviour = as_enable_when(condition)
        except ConditionError as wrong:
            faults.append(
                ContentFault(
                    file,
                    item.link_id,
                    Told(
                        {"sv": "show_if ”{source}”: {wrong}", "en": "show_if “{source}”: {wrong}"},
                        source=source,
                        wrong=wrong,
                    ),
                )
            )
            return msgspec.structs.replace(item, item=inner)
        return msgspec.structs.replace(
            item, item=inner, enable_when=when, enable_behavior=cast(Literal["all", "any"], behaviour)
        )

    whole = msgspec.structs.replace(form, item=tuple(added(item) for item in form.item))
    faults += [
        ContentFault(
            file,
            link_id,
            Told(
                {
                    "sv": "frågan visas aldrig: den väntar på en fråga som väntar på den.",
                    "en": "is never shown: it waits for a question that waits for it.",
                }
            ),
        )
        for link_id in whole.places
        if link_id not in whole.order
    ]
    return whole, faults


def check_texts(file: str, id: str, *texts: Text | None) -> Iterator[ContentFault]:
    """A fault for each text that lacks a language."""
    for text in texts:
        for lang in missing_languages(text) if text is not None else ():
            near = next((words[:40] for words in (text or {}).values() if words.strip()), "")
            said = (
                {
                    "sv": "texten på ”{lang}” saknas bredvid ”{near}”.",
                    "en": "the text in “{lang}” is missing beside “{near}”.",
                }
                if near
                else {"sv": "texten på ”{lang}” saknas.", "en": "the text in “{lang}” is missing."}
            )
            yield ContentFault(file, id, Told(said, lang=lang, near=near))


def check_items(form: Form, file: str, *, plain: bool = True) -> Iterator[ContentFault]:
    """What can be wrong with questions by themselves: ids, options, limits, languages.

    A `plain` form is asked one question after another: no group of it repeats, and nothing is calculated.
    """
    seen: set[str] = set()
    for item in _walk(form.item):
        if item.link_id in seen:
            yield ContentFault(
                file, item.link_id, Told({"sv": "id:t finns två gånger.", "en": "the id stands twice."})
            )
        seen.add(item.link_id)
        yield from check_texts(
            file, item.link_id, item.text, item.help, item.why, item.pattern_help, item.prefix
        )
        if plain and item.is_repeating_group:
            said = {"sv": "en grupp kan inte upprepas.", "en": "a group cannot repeat."}
            yield ContentFault(file, item.link_id, Told(said))
        if plain and item.is_computed:
            said = {"sv": "värden räknas inte ut här.", "en": "nothing is calculated here."}
            yield ContentFault(file, item.link_id, Told(said))
        yield from _check_options(item, file)
        yield from _check_limits(item, file)


def _walk(items: Sequence[Item]) -> Iterator[Item]:
    for item in items:
        yield item
        yield from _walk(item.item)


def _check_options(item: Item, file: str) -> Iterator[ContentFault]:
    if (item.type in CHOICES) is not bool(item.answer_option):
        said = (
            {
                "sv": "en fråga av typen {type} behöver svarsalternativ.",
                "en": "a question of type {type} needs options.",
            }
            if item.type in CHOICES
            else {
                "sv": "en fråga av typen {type} tar inga svarsalternativ.",
                "en": "a question of type {type} takes no options.",
            }
        )
        yield ContentFault(file, item.link_id, Told(said, type=item.type))
    codes = [option.code for option in item.answer_option]
    for code in sorted({code for code in codes if codes.count(code) > 1}):
        yield ContentFault(
            file,
            item.link_id,
            Told(
                {"sv": "svaret ”{code}” finns två gånger.", "en": "the option “{code}” stands twice."},
                code=code,
            ),
        )
    for option in item.answer_option:
        yield from check_texts(file, f"{item.link_id}.{option.code}", option.text, option.help)


def _check_limits(item: Item, file: str) -> Iterator[ContentFault]:
    low, high = item.min_value, item.max_value
    if low is not None and high is not None and (type(low) is not type(high) or low > high):  # type: ignore[operator]
        yield ContentFault(
            file,
            item.link_id,
            Told({"sv": "min och max lämnar inget svar kvar.", "en": "min and max leave no answer."}),
        )
    if not _counts_fit(item):
        said = {
            "sv": "antalet måste vara minst 0, och minst får inte vara mer än högst.",
            "en": "counts must be 0 or more, and the least not more than the most.",
        }
        yield ContentFault(file, item.link_id, Told(said))
    if item.pattern is not None:
        limit = item.max_length or (TEXT_LIMIT if item.type is ItemType.TEXT else STRING_LIMIT)
        try:
            re.compile(item.pattern)
            quick = is_quick(item.pattern, longest=limit)
        except (re.error, OverflowError, RecursionError) as wrong:
            yield ContentFault(
                file,
                item.link_id,
                Told(
                    {
                        "sv": "mönstret går inte att läsa: {wrong}.",
                        "en": "the pattern cannot be read: {wrong}.",
                    },
                    wrong=wrong,
                ),
            )
            return
        if not quick:
            said = {
                "sv": "mönstret kan ta för lång tid att prova. Skriv hur många tecken varje del får ha, som "
                "[a-z]{{1,20}}, och ingen upprepning inuti en annan.",
                "en": "the pattern may take too long to try. Say how many characters each part may have, as in "
                "[a-z]{{1,20}}, and put no repetition inside another.",
            }
            yield ContentFault(file, item.link_id, Told(said))


def _counts_fit(item: Item) -> bool:
    lengths, counts = (item.min_length, item.max_length), (item.min_occurs, item.max_occurs)
    whole = all(number is None or number >= 0 for number in (*lengths, *counts, item.max_decimals))
    return whole and all(low is None or high is None or low <= high for low, high in (lengths, counts))

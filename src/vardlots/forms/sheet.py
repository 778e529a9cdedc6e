"""A form as a page shows it, whoever draws the page: everything chosen and worded, nothing left to look up.

`sheet` gives the whole form; `shown` one question, for pages that ask one at a time. Triage words its texts for the
person they are about, so the words come from a function.
"""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from vardlots.forms.answering import Fault, units_of
from vardlots.forms.compare import is_declined
from vardlots.forms.filling import Filling
from vardlots.forms.instances import MARK, may_add, may_remove
from vardlots.forms.model import Answers, Item, ItemType, Value
from vardlots.forms.saying import said
from vardlots.forms.text import Text, say


class OptionView(msgspec.Struct, frozen=True):
    """An answer to choose. `picture` is the name of a drawing, or an address that the form came with."""

    code: str
    text: str
    help: str | None
    picture: str | None
    exclusive: bool
    chosen: bool
    prefix: str | None = None


class ItemView(msgspec.Struct, frozen=True, kw_only=True):
    """A question, group or text in one language, with the answer it has.

    `type` is FHIR's. `several` when more than one answer may be given. `values` is the answer as stored, `answer` in
    words. Nobody can change what is `read_only`; `calculated` says that it follows from other answers.
    `control` and `orientation` are the form's wishes for how it looks, by FHIR's codes. `fault` is the sentence to
    show beside it.

    A group that repeats has its instances as `items`, each a group with `instance` and `number` (from 1); `may_add`
    and, at the instance, `may_remove` say which buttons there are. Items inside a question belong below it.
    """

    link_id: str
    type: str
    text: str
    prefix: str | None = None
    help: str | None = None
    why: str | None = None
    picture: str | None = None
    required: bool = False
    several: bool = False
    may_decline: bool = False
    declined: bool = False
    read_only: bool = False
    calculated: bool = False
    control: str | None = None
    orientation: str | None = None
    options: tuple[OptionView, ...] = ()
    values: tuple[Value, ...] = ()
    answer: str = ""
    other: str = ""
    min: float | str | None = None
    max: float | str | None = None
    min_length: int | None = None
    max_length: int | None = None
    max_count: int | None = None
    decimals: int | None = None
    step: float | None = None
    unit: str | None = None
    units: tuple[str, ...] = ()
    format: str | None = None
    fault: str | None = None
    items: tuple["ItemView", ...] = ()
    repeating: bool = False
    may_add: bool = False
    instance: str | None = None
    number: int | None = None
    may_remove: bool = False


class Sheet(msgspec.Struct, frozen=True):
    """A form in one language. `faults` are the linkIds with something to mend, in the order of the form."""

    code: str
    version: int
    title: str
    description: str
    items: tuple[ItemView, ...]
    faults: tuple[str, ...] = ()


def sheet(
    filling: Filling, lang: str = "sv", faults: Sequence[Fault] = (), *, read_only: bool = False
) -> Sheet:
    """What a page shows of a form: every item that is shown, groups and instances too, in the order of the form.

    `read_only` for a form that has been sent: nothing can be changed, nothing added.
    """
    wrong = {fault.link_id: fault.sentence(lang) for fault in faults}
    drawer = _Drawer(filling, lang, wrong, read_only)
    form = filling.form
    return Sheet(
        form.code,
        form.version,
        say(form.title, lang),
        say(form.description, lang) if form.description else "",
        drawer.several(filling.drawn.item),
        tuple(link_id for link_id in filling.drawn.places if link_id in wrong),
    )


def shown(
    item: Item,
    values: Sequence[Value],
    told: Callable[[Text], str],
    *,
    lang: str = "sv",
    fault: str | None = None,
    read_only: bool = False,
) -> ItemView:
    """One item in words, without what lies inside it."""
    declined = is_declined(values)
    return ItemView(
        link_id=item.link_id,
        type=item.type.value,
        text=told(item.text),
        prefix=_told(item.prefix, told),
        help=_told(item.help, told),
        why=_told(item.why, told),
        picture=item.picture,
        required=item.required,
        several=item.repeats,
        may_decline=item.may_decline,
        declined=declined,
        read_only=read_only or item.read_only or item.is_computed,
        calculated=item.is_computed,
        control=item.item_control,
        orientation=item.choice_orientation,
        options=options(item, values, told),
        values=tuple(values),
        answer=said(item, values, lang) if item.is_question else "",
        other=next((str(one["other"]) for one in values if isinstance(one, dict) and "other" in one), ""),
        min=item.min_value,
        max=item.max_value,
        min_length=item.min_length,
        max_length=item.max_length,
        max_count=item.max_occurs,
        decimals=0 if item.type is ItemType.INTEGER else item.max_decimals,
        step=item.slider_step,
        unit=item.unit,
        units=units_of(item) if item.type is ItemType.QUANTITY else (),
        format=_told(item.entry_format, told),
        fault=fault,
    )


def options(item: Item, values: Sequence[Value], told: Callable[[Text], str]) -> tuple[OptionView, ...]:
    """The answers to choose among, with those chosen."""
    return tuple(
        OptionView(
            one.code, told(one.text), _told(one.help, told), one.picture, one.exclusive, one.code in values,
            _told(one.prefix, told),
        )
        for one in item.answer_option
    )  # fmt: skip


def _told(text: Text | None, told: Callable[[Text], str]) -> str | None:
    return None if text is None else told(text)


class _Drawer:
    """Draws the items of one sheet."""

    def __init__(self, filling: Filling, lang: str, wrong: Mapping[str, str], read_only: bool) -> None:
        self._worked, self._lang, self._wrong, self._read_only = filling.worked, lang, wrong, read_only
        self._answers: Answers = filling.worked.answers

    def several(self, items: Sequence[Item]) -> tuple[ItemView, ...]:
        """Those of the items that are shown."""
        return tuple(
            self._one(item) for item in items if item.link_id in self._worked.enabled and not item.hidden
        )

    def _one(self, item: Item) -> ItemView:
        plain = shown(
            item,
            () if item.is_repeating_group else tuple(self._answers.get(item.link_id, ())),
            self._say,
            lang=self._lang,
            fault=self._wrong.get(item.link_id),
            read_only=self._read_only,
        )
        inner = self.several(item.item)
        if not item.is_repeating_group:
            return msgspec.structs.replace(plain, items=inner)
        removable = may_remove(item, self._answers) and not self._read_only
        return msgspec.structs.replace(
            plain,
            several=False,
            repeating=True,
            may_add=may_add(item, self._answers) and not self._read_only,
            items=tuple(
                msgspec.structs.replace(
                    one, instance=one.link_id.rpartition(MARK)[2], number=number, may_remove=removable
                )
                for number, one in enumerate(inner, 1)
            ),
        )

    def _say(self, text: Text) -> str:
        return say(text, self._lang)

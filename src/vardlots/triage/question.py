"""The question as a page shows it: every sentence chosen and worded, nothing left to look up."""

from functools import cache

import msgspec

from vardlots.forms.flow import Progress, progress
from vardlots.forms.model import Item, Value
from vardlots.forms.sheet import OptionView, options
from vardlots.forms.text import Text
from vardlots.triage.authoring import PHOTO
from vardlots.triage.checks import PICTURES
from vardlots.triage.interview import Interview, current_item
from vardlots.triage.wording import word


class QuestionView(msgspec.Struct, frozen=True):
    """A question in one language, with the answer it has, if any.

    `type` is FHIR's. `several` when more than one answer may be given. `values` is the answer as stored.
    `photo_link_id` when a picture may be added beneath, `photos` what has been.
    """

    link_id: str
    type: str
    text: str
    help: str | None
    why: str | None
    required: bool
    several: bool
    may_decline: bool
    options: tuple[OptionView, ...]
    values: tuple[Value, ...]
    min: float | str | None
    max: float | str | None
    max_length: int | None
    unit: str | None
    photo_link_id: str | None
    photos: tuple[Value, ...]
    progress: Progress
    first: bool


def current_question(interview: Interview, lang: str = "sv") -> QuestionView | None:
    """The question to show now, None when finished."""
    item = current_item(interview)
    return None if item is None else view(interview, item, lang)


def view(interview: Interview, item: Item, lang: str) -> QuestionView:
    """One question of the interview as a page shows it."""
    values = tuple(interview.answers.get(item.link_id, ()))
    photo = item.link_id + PHOTO
    has_photo = interview.protocol.form.find(photo) is not None
    far = progress(interview.protocol.form, interview.known, item.link_id)

    def told(text: Text | None) -> str | None:
        return None if text is None else word(text, interview.subject, lang)

    return QuestionView(
        link_id=item.link_id,
        type=item.type.value,
        text=told(item.text) or "",
        help=told(item.help),
        why=told(item.why),
        required=item.required,
        several=item.repeats,
        may_decline=item.may_decline,
        options=options(item, values, lambda text: word(text, interview.subject, lang)),
        values=values,
        min=item.min_value,
        max=item.max_value,
        max_length=item.max_length,
        unit=item.unit,
        photo_link_id=photo if has_photo else None,
        photos=tuple(interview.answers.get(photo, ())),
        progress=far,
        first=far.k == 1,
    )


@cache
def picture_svg(name: str) -> str:
    """The drawing of that name as SVG, to stand inline. Raises LookupError."""
    path = PICTURES / f"{name}.svg"
    if path.parent != PICTURES or not path.is_file():
        raise LookupError(f"no picture {name}")
    return path.read_text(encoding="utf-8")

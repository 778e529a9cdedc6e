"""The history that answers make (*autoanamnes*), what was denied (*nekar till*), and the answers."""

from collections.abc import Iterator, Sequence

from vardlots.forms.compare import is_declined
from vardlots.forms.flow import visible_steps
from vardlots.forms.model import Item, ItemType, Value
from vardlots.forms.saying import NO, YES
from vardlots.forms.saying import figures as number_words
from vardlots.forms.text import Text, say
from vardlots.triage.authoring import PHOTO
from vardlots.triage.interview import Interview
from vardlots.triage.model import Autoanamnes, FreeText, Meaning, OriginalAnswer, Row, Upload
from vardlots.triage.wording import word

_DECLINED: Text = {
    "sv": "Vill eller kan inte svara",
    "en": "Will not or cannot answer",
    "ar": "لا أريد أو لا أستطيع الإجابة",
}
_PASSED: Text = {"sv": "Inget svar", "en": "No answer", "ar": "لا إجابة"}
_FILES: Text = {
    "sv": "# bild eller fil tillagd",
    "en": "# picture or file added",
    "ar": "الصور أو الملفات المضافة: #",
}
_NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY)


def history(interview: Interview, lang: str = "sv") -> Autoanamnes:
    """The history as staff read it, from the answers that count.

    Answers under one label make one row. Free text, which triage has not read, stands apart with its words
    of danger.
    """
    rows: dict[str, list[str]] = {}
    denied: list[str] = []
    free: list[FreeText] = []
    uploads: list[Upload] = []
    for item in visible_steps(interview.protocol.form, interview.known):
        meaning = interview.protocol.meanings[item.link_id]
        label = word(meaning.label, interview.subject, lang)
        values = interview.counted.get(item.link_id, ())
        said = [word(text, interview.subject, lang) for text in _said(item, meaning, values)]
        if is_declined(values):
            said = [say(_DECLINED, lang).lower()]
        elif item.type in _NUMBERS or item.type is ItemType.DATE:
            said = [_number_said(item, meaning, value, interview, lang) for value in values]
        if said:
            rows.setdefault(label, []).extend(said)
        denied += [word(text, interview.subject, lang) for text in _denied(item, meaning, values)]
        for text in _written(item, values):
            free.append(FreeText(item.link_id, label, text, interview.protocol.danger.find(text)))
        for link_id in (item.link_id, item.link_id + PHOTO):
            for value in interview.counted.get(link_id, ()):
                if isinstance(value, dict) and "id" in value:
                    uploads.append(Upload(link_id, label, value["id"], value.get("title", "")))
    return Autoanamnes(
        rows=tuple(Row(label, _sentence(said)) for label, said in rows.items()),
        denied=tuple(dict.fromkeys(denied)),
        free_texts=tuple(free),
        uploads=tuple(uploads),
    )


def original_answers(interview: Interview, lang: str = "sv") -> tuple[OriginalAnswer, ...]:
    """Every question as it was put with the answer as it was given, in the order of the protocol.

    Answers to questions that fell away when an earlier answer was changed are there too, not counted.
    """
    form = interview.protocol.form
    return tuple(
        OriginalAnswer(
            link_id,
            word(place.item.text, interview.subject, lang),
            answer_text(place.item, interview.answers[link_id], interview, lang),
            link_id in interview.counted,
        )
        for link_id, place in form.places.items()
        if link_id in interview.answers
    )


def answer_text(item: Item, values: Sequence[Value], interview: Interview, lang: str) -> str:
    """An answer in words, as the person gave it."""
    if is_declined(values):
        return say(_DECLINED, lang)
    if not values:
        return say(_PASSED, lang)
    if item.type is ItemType.ATTACHMENT:
        return say(_FILES, lang).replace("#", str(len(values)))
    return ", ".join(_value_text(item, value, interview, lang) for value in values)


def _value_text(item: Item, value: Value, interview: Interview, lang: str) -> str:
    if isinstance(value, bool):
        return say(YES if value else NO, lang)
    if isinstance(value, str) and (option := item.option(value)) is not None:
        return word(option.text, interview.subject, lang)
    if isinstance(value, dict) and "other" in value:
        return str(value["other"])
    if item.type in _NUMBERS:
        return f"{figures(value, lang)} {item.unit or ''}".strip()
    return str(value)


def _said(item: Item, meaning: Meaning, values: Sequence[Value]) -> Iterator[Text]:
    """What the chosen answers say."""
    if item.type is ItemType.BOOLEAN and True in values and meaning.history is not None:
        yield meaning.history
    for option in item.answer_option:
        about = meaning.options[option.code]
        if option.code in values and about.history is not None:
            yield about.history


def _denied(item: Item, meaning: Meaning, values: Sequence[Value]) -> Iterator[Text]:
    """What the answer denies. A question without an answer denies nothing."""
    if not values or is_declined(values):
        return
    if item.type is ItemType.BOOLEAN and False in values and meaning.denied is not None:
        yield meaning.denied
    for option in item.answer_option:
        about = meaning.options[option.code]
        if option.code in values and about.denies is not None:
            yield about.denies
        if item.repeats and option.code not in values and about.denied is not None:
            yield about.denied


def _written(item: Item, values: Sequence[Value]) -> Iterator[str]:
    for value in values:
        if item.type in (ItemType.TEXT, ItemType.STRING) and isinstance(value, str):
            yield value
        if isinstance(value, dict) and isinstance(value.get("other"), str):
            yield value["other"]


def _number_said(item: Item, meaning: Meaning, value: Value, interview: Interview, lang: str) -> str:
    """A number in its own phrase or the question's, where `#` stands for it, or with its unit."""
    said = figures(value, lang)
    if said in meaning.history_of:
        return word(meaning.history_of[said], interview.subject, lang)
    if meaning.history is not None:
        return word(meaning.history, interview.subject, lang).replace("#", said)
    return f"{said} {item.unit or ''}".strip()


def figures(value: Value, lang: str) -> str:
    """A number as one writes it in the language: 38,5."""
    if isinstance(value, dict):
        value = value.get("value", "")
    return number_words(value, lang) if isinstance(value, int | float) else str(value)


def _sentence(said: Sequence[str]) -> str:
    joined = ", ".join(said)
    return joined[:1].upper() + joined[1:]

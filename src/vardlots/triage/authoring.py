"""Protocol files as clinicians write and review them, made into `Protocol`."""

from collections.abc import Sequence
from datetime import date
from typing import Literal

import msgspec

from vardlots.forms.authoring import (
    AuthoredOption,
    AuthoredQuestion,
    all_conditions,
    as_item,
    check_items,
    with_conditions,
)
from vardlots.forms.expressions import Condition, ConditionError, bind, parse
from vardlots.forms.faults import ContentError, ContentFault, Told, read_struct
from vardlots.forms.model import Form, Item, ItemType, Option
from vardlots.forms.text import Text
from vardlots.triage.danger import DangerWords
from vardlots.triage.model import URGENCY, Level, Meaning, OptionMeaning, Protocol, Rule, Source

STATUS = "not clinically approved, demonstration"
PHOTO = ".photo"


class TriageOption(AuthoredOption, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An option with what it means.

    `history` is what choosing it says and `denies` what choosing it rules out; `denied` is what leaving it
    unchosen rules out, where several may be chosen. `severity` ranks the options of one question.
    """

    history: Text | None = None
    denies: Text | None = None
    denied: Text | None = None
    severity: int | None = None


class TriageQuestion(AuthoredQuestion, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A question with its heading in the history.

    `history_of` has the phrase of single numbers for which `history` does not read well: *1 dag*, *började i dag*.
    `photo` lets a picture of one's own be added beneath it. `roles_of_unit`: the options are roles, by their codes, and
    only those that the unit has are offered; an option that is no role always is.
    """

    label: Text
    history: Text | None = None
    history_of: dict[str, Text] = msgspec.field(default_factory=dict)
    denied: Text | None = None
    worse: Literal["higher", "lower", "yes", "no"] | None = None
    unordered: bool = False
    photo: bool = False
    roles_of_unit: bool = False
    options: tuple[TriageOption, ...] = ()


class AuthoredRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A rule; a text left out is that of its priority in `outcomes`."""

    id: str
    priority: int
    level: Level
    role: str
    because: Text
    sources: tuple[str, ...]
    when: str | None = None
    booking: int | None = None
    finding: Text | None = None
    title: Text | None = None
    lead: Text | None = None
    advice: tuple[Text, ...] | None = None
    meanwhile: tuple[Text, ...] | None = None
    call_112_if: Text | None = None
    seek_care: bool = False


class OutcomeTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a priority says where its rule does not say otherwise."""

    title: Text | None = None
    lead: Text | None = None
    advice: tuple[Text, ...] | None = None
    meanwhile: tuple[Text, ...] | None = None
    call_112_if: Text | None = None


class Ages(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Whom the protocol is made for, and what others are told."""

    min_age: int
    max_age: int = 120
    otherwise: Text


class AuthoredCommon(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`common/v*.toml`: what stands before every protocol."""

    version: int
    status: str
    notice: Text
    sources: tuple[Source, ...]
    questions: tuple[TriageQuestion, ...]
    rules: tuple[AuthoredRule, ...]
    outcomes: dict[str, OutcomeTexts]


NO_COMMON = AuthoredCommon(
    version=0, status=STATUS, notice={}, sources=(), questions=(), rules=(), outcomes={}
)
"""What stands before a service: nothing."""


class AuthoredProtocol(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """`<code>/v*.toml`. A service has no common part before it, and so its own `notice`."""

    kind: Literal["complaint", "service"] = "complaint"
    code: str
    version: int
    common: int | None = None
    notice: Text | None = None
    status: str
    author: str
    reviewed: date
    review_by: date
    title: Text
    search_words: dict[str, tuple[str, ...]]
    applies: Ages
    sources: tuple[Source, ...]
    questions: tuple[TriageQuestion, ...]
    rules: tuple[AuthoredRule, ...]
    outcomes: dict[str, OutcomeTexts]


def read_common(source: bytes, file: str) -> AuthoredCommon:
    """The common part from its file's text. Raises ContentError."""
    return read_struct(source, AuthoredCommon, file)


def read_protocol(source: bytes, file: str) -> AuthoredProtocol:
    """A protocol from its file's text. Raises ContentError."""
    return read_struct(source, AuthoredProtocol, file)


def compile_protocol(
    written: AuthoredProtocol, common: AuthoredCommon, danger: DangerWords, file: str
) -> Protocol:
    """The protocol ready to run, with the common gate (`NO_COMMON` for a service) before its own questions and rules.

    Raises ContentError where a question is not whole, a condition does not fit, or a text is nowhere to be
    found; the rest of what can be wrong is `checks.check_protocol`'s.
    """
    questions = (*common.questions, *written.questions)
    form = Form(written.code, written.version, written.title, (*_facts(), *map(_item, questions)))
    faults = list(check_items(form, file))
    form, wrong = with_conditions(form, all_conditions(questions), file)
    faults += wrong
    if not any(rule.when is None for rule in written.rules):
        faults.append(
            ContentFault(
                file,
                "rules",
                Told(
                    {
                        "sv": "ingen regel är utan ”when”: en del svar leder inte till något resultat.",
                        "en": "no rule is without “when”: some answers lead to no outcome.",
                    }
                ),
            )
        )
    rules: list[Rule] = []
    for rule in (*common.rules, *written.rules):
        try:
            rules.append(_rule(rule, form, _texts_of(rule.priority, written, common)))
        except ConditionError as fault:
            faults.append(ContentFault(file, rule.id, fault.args[0]))
    if faults:
        raise ContentError(faults)
    return Protocol(
        code=written.code,
        version=written.version,
        status=written.status,
        author=written.author,
        reviewed=written.reviewed.isoformat(),
        review_by=written.review_by.isoformat(),
        sources=(*common.sources, *written.sources),
        title=written.title,
        search_words=written.search_words,
        notice=written.notice or common.notice,
        min_age=written.applies.min_age,
        max_age=written.applies.max_age,
        otherwise=written.applies.otherwise,
        form=form,
        meanings={question.id: _meaning(question, written.kind) for question in questions},
        rules=tuple(sorted(rules, key=lambda rule: rule.urgency)),
        danger=danger,
        file=file,
        kind=written.kind,
    )


def _facts() -> tuple[Item, ...]:
    nothing = {"sv": "–", "en": "–"}
    sexes = (Option("female", {"sv": "Kvinna", "en": "Female"}), Option("male", {"sv": "Man", "en": "Male"}))
    return (
        Item("age", ItemType.INTEGER, nothing, hidden=True),
        Item("age_months", ItemType.INTEGER, nothing, hidden=True),
        Item("sex", ItemType.CHOICE, nothing, hidden=True, answer_option=sexes),
        Item("child", ItemType.BOOLEAN, nothing, hidden=True),
    )


_OWN_PICTURE = {"sv": "Lägg till en egen bild", "en": "Add a picture of your own"}


def _item(question: TriageQuestion) -> Item:
    item = as_item(question)
    if not question.photo:
        return item
    photo = Item(question.id + PHOTO, ItemType.ATTACHMENT, _OWN_PICTURE, repeats=True, max_occurs=4)
    return msgspec.structs.replace(item, item=(*item.item, photo))


def _meaning(question: TriageQuestion, kind: str) -> Meaning:
    return Meaning(
        label=question.label,
        history=question.history,
        denied=question.denied,
        options={o.code: OptionMeaning(o.history, o.denies, o.denied, o.severity) for o in question.options},
        worse=question.worse,
        # No answer to a service is a finding: none is graver than another.
        unordered=question.unordered or kind == "service",
        free_text=question.type in (ItemType.TEXT, ItemType.STRING, ItemType.OPEN_CHOICE),
        roles_of_unit=question.roles_of_unit,
        history_of=question.history_of,
    )


def _texts_of(priority: int, written: AuthoredProtocol, common: AuthoredCommon) -> Sequence[OutcomeTexts]:
    """Where to look for a text that a rule leaves out, nearest first."""
    places = (
        written.outcomes.get(str(priority)),
        written.outcomes.get("all"),
        common.outcomes.get(str(priority)),
    )
    return [texts for texts in places if texts is not None]


def _rule(rule: AuthoredRule, form: Form, texts: Sequence[OutcomeTexts]) -> Rule:
    if rule.priority not in URGENCY:
        raise ConditionError(
            Told(
                {
                    "sv": "priority är 1–5 eller 12; ett besök att boka har booking = 6–11 bredvid.",
                    "en": "priority is 1–5 or 12; a visit to book has booking = 6–11 beside it.",
                }
            )
        )
    when: Condition | None = None
    if rule.when is not None:
        try:
            when = bind(parse(rule.when), form)
        except ConditionError as wrong:
            raise ConditionError(
                Told(
                    {"sv": "when ”{when}”: {wrong}", "en": "when “{when}”: {wrong}"},
                    when=rule.when,
                    wrong=wrong,
                )
            ) from None
    title = rule.title or next((t.title for t in texts if t.title), None)
    lead = rule.lead or next((t.lead for t in texts if t.lead), None)
    if title is None or lead is None:
        raise ConditionError(
            Told(
                {
                    "sv": "varken regeln eller outcomes.{priority} har title och lead.",
                    "en": "neither the rule nor outcomes.{priority} has a title and a lead.",
                },
                priority=rule.priority,
            )
        )
    return Rule(
        id=rule.id,
        source=rule.when or "",
        when=when,
        because=rule.because,
        priority=rule.priority,
        booking=rule.booking,
        level=rule.level,
        role=rule.role,
        finding=rule.finding,
        title=title,
        lead=lead,
        advice=_first(rule.advice, [t.advice for t in texts]),
        meanwhile=_first(rule.meanwhile, [t.meanwhile for t in texts]),
        call_112_if=rule.call_112_if or next((t.call_112_if for t in texts if t.call_112_if), None),
        sources=rule.sources,
        seek_care=rule.seek_care,
    )


def _first(own: tuple[Text, ...] | None, others: Sequence[tuple[Text, ...] | None]) -> tuple[Text, ...]:
    return next((texts for texts in (own, *others) if texts is not None), ())

"""What can be wrong with a protocol that can be read: every fault one sentence, with the file and the id.

Why no answer can make priority fall when a finding gets worse: rules more urgent than the baseline hold on if
anything gets worse, rules less urgent hold on only if it gets milder and rest on questions that are always
asked, and a worse answer never hides a question. Each is checked here, for every rule and question. Of rules
less urgent than the baseline the most reassuring decides (`rules.rules_that_hold`).
"""

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from vardlots.clinics.model import ROLES, Role
from vardlots.forms.authoring import check_texts
from vardlots.forms.expressions import Compare, comparisons
from vardlots.forms.faults import ContentFault, Told
from vardlots.forms.model import Item, ItemType
from vardlots.forms.text import LANGUAGES, Text
from vardlots.triage import reach
from vardlots.triage.authoring import PHOTO, STATUS
from vardlots.triage.model import FACTS, Level, Meaning, Protocol, Rule
from vardlots.triage.reach import can_hold, can_show, questions_in, shown_when
from vardlots.triage.service_checks import service_faults
from vardlots.triage.wording import unknown_words

PICTURES = Path(__file__).parent / "pictures"
NUMBERS = (ItemType.INTEGER, ItemType.DECIMAL, ItemType.QUANTITY)


def check_protocol(protocol: Protocol, roles: Collection[str] | None = None) -> list[ContentFault]:
    """Everything wrong with the protocol. `roles` are those that take cases: a provider's, or the product's."""
    known = caring(ROLES.values()) if roles is None else roles
    found = [
        *(
            (id, said)
            for check in (_head, _questions, _texts, _rules, _reach, _order)
            for id, said in check(protocol)
        ),
        *_references(protocol, known),
        *service_faults(protocol),
    ]
    return [ContentFault(protocol.file, id, sentence) for id, sentence in found]


def caring(roles: Iterable[Role]) -> frozenset[str]:
    """The codes of the roles that cases can go to, those too that are given to nobody anew."""
    return frozenset(role.code for role in roles if role.cares)


_Found = Iterator[tuple[str, str]]


def _asked(protocol: Protocol) -> Iterator[tuple[Item, Meaning]]:
    for item in protocol.form.item:
        if item.link_id in protocol.meanings:
            yield item, protocol.meanings[item.link_id]


def _head(protocol: Protocol) -> _Found:
    if protocol.status != STATUS:
        yield (
            "status",
            Told(
                {
                    "sv": "ska vara ”{status}” tills någon har godkänt det.",
                    "en": "must read “{status}” until somebody has approved it.",
                },
                status=STATUS,
            ),
        )
    if protocol.review_by <= protocol.reviewed:
        yield "review_by", Told({"sv": "ska vara senare än reviewed.", "en": "must be later than reviewed."})
    if not protocol.sources:
        yield "sources", Told({"sv": "ingen källa är angiven.", "en": "names no source."})
    if protocol.min_age > protocol.max_age:
        yield (
            "applies",
            Told({"sv": "min_age och max_age lämnar ingen kvar.", "en": "min_age and max_age leave nobody."}),
        )
    for lang in LANGUAGES:
        if not protocol.search_words.get(lang):
            yield (
                "search_words",
                Told({"sv": "det finns inga sökord på ”{lang}”.", "en": "no words in “{lang}”."}, lang=lang),
            )


def _questions(protocol: Protocol) -> _Found:
    for item, meaning in _asked(protocol):
        name = item.link_id
        if item.type in (ItemType.GROUP, ItemType.DISPLAY):
            yield (
                name,
                Told(
                    {
                        "sv": "ett protokoll frågar en sak i taget och har ingen {type}.",
                        "en": "a protocol asks one thing at a time and has no {type}.",
                    },
                    type=item.type,
                ),
            )
        if item.type is ItemType.BOOLEAN and meaning.history is None and meaning.denied is None:
            yield (
                name,
                Told(
                    {
                        "sv": "säger ingenting i anamnesen, vad man än svarar.",
                        "en": "says nothing in the history, whatever is answered.",
                    }
                ),
            )
        if meaning.history_of and not (item.type in NUMBERS and all(map(str.isdigit, meaning.history_of))):
            said = {
                "sv": "history_of gäller hela tal, skrivna med siffror.",
                "en": "history_of is of whole numbers, written in figures.",
            }
            yield name, Told(said)
        for option in item.answer_option:
            about = meaning.options[option.code]
            if (option.exclusive and item.repeats) or _opens_another(protocol, item.link_id, option.code):
                continue
            if about.history is None and (item.repeats or about.denies is None):
                yield (
                    f"{name}.{option.code}",
                    Told(
                        {
                            "sv": "säger ingenting i anamnesen när det väljs.",
                            "en": "says nothing in the history when chosen.",
                        }
                    ),
                )
        for option in item.answer_option:
            if option.picture and not (PICTURES / f"{option.picture}.svg").is_file():
                yield (
                    f"{name}.{option.code}",
                    Told(
                        {
                            "sv": "bilden ”{picture}” finns inte.",
                            "en": "the picture “{picture}” is not there.",
                        },
                        picture=option.picture,
                    ),
                )


def _opens_another(protocol: Protocol, question: str, code: str) -> bool:
    """Whether a question follows on this option, so that its answer speaks for both."""
    return any(
        when.question == question and when.answer == code
        for item, _ in _asked(protocol)
        for when in item.enable_when
    )


def _texts(protocol: Protocol) -> _Found:
    for id, text in all_texts(protocol):
        for fault in check_texts(protocol.file, id, text):
            yield id, fault.sentence
        for wrong in unknown_words(text):
            yield (
                id,
                Told(
                    {
                        "sv": "”{word}” betyder ingenting på det här språket.",
                        "en": "“{word}” stands for nothing in this language.",
                    },
                    word=wrong,
                ),
            )


def all_texts(protocol: Protocol) -> Iterator[tuple[str, Text]]:
    """Every text a person may read, with the id it belongs to."""
    yield "title", protocol.title
    yield "notice", protocol.notice
    yield "applies", protocol.otherwise
    for item, meaning in _asked(protocol):
        found = (
            *(item.text, item.help, item.why, meaning.label, meaning.history, meaning.denied),
            *meaning.history_of.values(),
        )
        yield from ((item.link_id, text) for text in found if text is not None)
        for option in item.answer_option:
            about = meaning.options[option.code]
            said = (option.text, option.help, about.history, about.denies, about.denied)
            yield from ((f"{item.link_id}.{option.code}", text) for text in said if text is not None)
    for rule in protocol.rules:
        parts = (
            rule.because,
            rule.title,
            rule.lead,
            rule.finding,
            rule.call_112_if,
            *rule.advice,
            *rule.meanwhile,
        )
        yield from ((rule.id, text) for text in parts if text is not None)


def _references(protocol: Protocol, roles: Collection[str]) -> _Found:
    known = {source.id for source in protocol.sources}
    for rule in protocol.rules:
        for source in rule.sources:
            if source not in known:
                yield (
                    rule.id,
                    Told(
                        {
                            "sv": "källan ”{source}” finns inte i listan över källor.",
                            "en": "the source “{source}” is not in the list of sources.",
                        },
                        source=source,
                    ),
                )
        if not rule.sources:
            yield rule.id, Told({"sv": "ingen källa är angiven.", "en": "names no source."})
        if rule.role not in roles:
            yield (
                rule.id,
                Told(
                    {"sv": "rollen ”{role}” är okänd.", "en": "the role “{role}” is unknown."}, role=rule.role
                ),
            )
    ids = [rule.id for rule in protocol.rules]
    for id in sorted({id for id in ids if ids.count(id) > 1}):
        yield id, Told({"sv": "två regler har detta id.", "en": "two rules have this id."})


def _rules(protocol: Protocol) -> _Found:
    if sum(rule.when is None for rule in protocol.rules) > 1:
        yield (
            "rules",
            Told({"sv": "mer än en regel är utan ”when”.", "en": "more than one rule is without “when”."}),
        )
    for rule in protocol.rules:
        if (rule.priority == 1) is not (rule.level is Level.EMERGENCY):
            yield (
                rule.id,
                Told(
                    {
                        "sv": "prioritet 1 och nivån emergency hör ihop.",
                        "en": "priority 1 and level emergency belong together.",
                    }
                ),
            )
        if rule.booking is not None and not (6 <= rule.booking <= 11 and rule.priority in (4, 12)):
            yield (
                rule.id,
                Told(
                    {
                        "sv": "booking är 6–11, och bara bredvid prioritet 4 eller 12.",
                        "en": "booking is 6–11, and only beside priority 4 or 12.",
                    }
                ),
            )
        if rule.priority == 1 and (rule.finding is None or not rule.meanwhile):
            yield (
                rule.id,
                Told(
                    {
                        "sv": "akut behöver finding och vad man gör under tiden (meanwhile).",
                        "en": "an emergency needs a finding and what to do meanwhile.",
                    }
                ),
            )
        if rule.priority != 1 and rule.call_112_if is None:
            yield (
                rule.id,
                Told({"sv": "säger inte när man ska ringa 112.", "en": "does not say when to call 112."}),
            )


def _reach(protocol: Protocol) -> _Found:
    ages = range(protocol.min_age, protocol.max_age + 1)
    too_large = {
        "sv": "villkoret är för sammansatt. Dela upp det i flera regler.",
        "en": "the condition is too large. Divide it into several rules.",
    }
    for item, _ in _asked(protocol):
        try:
            shows = can_show(protocol.form, item.link_id, ages)
        except reach.TooLarge:
            yield item.link_id, Told(too_large)
            continue
        if not shows:
            yield (
                item.link_id,
                Told(
                    {"sv": "inga svar leder till den här frågan.", "en": "no answers lead to this question."}
                ),
            )
    for rule in protocol.rules:
        try:
            holds = rule.when is None or can_hold(rule.when, protocol.form, ages)
        except reach.TooLarge:
            yield rule.id, Told(too_large)
            continue
        if not holds:
            yield (
                rule.id,
                Told(
                    {"sv": "kan aldrig gälla: {source}", "en": "can never hold: {source}"}, source=rule.source
                ),
            )


def _order(protocol: Protocol) -> _Found:
    form = protocol.form
    for link_id, place in form.places.items():
        condition = shown_when(form, link_id)
        if condition is None or link_id.endswith(PHOTO):
            continue
        for compare in comparisons(condition):
            if not _keeps(protocol, compare, rises=True):
                yield (
                    place.item.link_id,
                    Told(
                        {
                            "sv": "döljs när svaret på ”{question}” blir allvarligare.",
                            "en": "is hidden when the answer to “{question}” gets worse.",
                        },
                        question=compare.question,
                    ),
                )
    for rule in protocol.rules:
        yield from _order_of(protocol, rule)


def _order_of(protocol: Protocol, rule: Rule) -> _Found:
    if rule.when is None:
        return
    for question in questions_in(rule.when):
        if question not in FACTS and not _is_ranked(protocol, question):
            yield (
                rule.id,
                Told(
                    {
                        "sv": "vilar på ”{question}”, som varken säger vad som är värre eller att ordning saknas.",
                        "en": "rests on “{question}”, which says neither what is worse nor that it is unordered.",
                    },
                    question=question,
                ),
            )
    reassuring = rule.urgency > protocol.baseline.urgency
    for compare in comparisons(rule.when):
        if _keeps(protocol, compare, rises=not reassuring):
            continue
        if reassuring:
            yield (
                rule.id,
                Told(
                    {
                        "sv": "är mindre brådskande än grundregeln, men gäller kvar när ”{question}” blir värre.",
                        "en": "is less urgent than the baseline, but goes on holding when “{question}” is worse.",
                    },
                    question=compare.question,
                ),
            )
        else:
            yield (
                rule.id,
                Told(
                    {
                        "sv": "prioriteten sjunker när svaret på ”{question}” blir allvarligare.",
                        "en": "priority falls when the answer to “{question}” gets worse.",
                    },
                    question=compare.question,
                ),
            )
    for question in questions_in(rule.when) if reassuring else ():
        condition = shown_when(protocol.form, question)
        if condition is not None and set(questions_in(condition)) - set(FACTS):
            yield (
                rule.id,
                Told(
                    {
                        "sv": "är mindre brådskande än grundregeln och vilar på ”{question}”, som inte alltid ställs.",
                        "en": "is less urgent than the baseline and rests on “{question}”, which is not always asked.",
                    },
                    question=question,
                ),
            )


def _keeps(protocol: Protocol, compare: Compare, *, rises: bool) -> bool:
    item = protocol.form.places[compare.question].item
    meaning = protocol.meanings.get(compare.question)
    return reach.rises(compare, item, meaning) if rises else reach.falls(compare, item, meaning)


def _is_ranked(protocol: Protocol, question: str) -> bool:
    """Whether the file says how grave the answers are, or that none is graver than another."""
    item, meaning = protocol.form.places[question].item, protocol.meanings.get(question)
    if meaning is None or meaning.unordered or (item.repeats and item.answer_option):
        return True
    if item.answer_option:
        return len({option.severity for option in meaning.options.values()} - {None}) > 1
    return meaning.worse is not None or item.type not in (*NUMBERS, ItemType.BOOLEAN)

"""From answers to an outcome: the rule that decides, and all others that hold."""

from vardlots.forms.expressions import holds
from vardlots.forms.model import Answers
from vardlots.forms.text import Text, say
from vardlots.triage.model import Level, Outcome, Protocol, Rule, RuleHit, Subject
from vardlots.triage.wording import word

_NOTHING_MORE_URGENT: Text = {
    "sv": "Inget svar pekar mot 1 eller 2.",
    "en": "No answer points at 1 or 2.",
    "ar": "لا توجد إجابة تشير إلى الأولوية 1 أو 2.",
}


def rules_that_hold(protocol: Protocol, counted: Answers) -> tuple[Rule, ...]:
    """The rules that are true of the answers that count, the deciding one first; the baseline where none is.

    The most urgent decides, and no reassurance (a rule less urgent than the baseline) stands beside it: *utan
    varningstecken* must not be read next to a warning sign. Where all that hold are reassurances, the most
    reassuring decides: if the most urgent of them did, a worse finding that takes it away would leave a milder
    one, and priority would fall.
    """
    found = [rule for rule in protocol.rules if rule.when is not None and holds(rule.when, counted)]
    pressing = [rule for rule in found if rule.urgency <= protocol.baseline.urgency]
    return tuple(pressing or reversed(found)) or (protocol.baseline,)


def is_emergency(protocol: Protocol, counted: Answers) -> bool:
    """Whether an answer already given calls for 112, so that no more is asked."""
    return any(
        rule.level is Level.EMERGENCY and rule.when is not None and holds(rule.when, counted)
        for rule in protocol.rules
    )


def decide(protocol: Protocol, subject: Subject, counted: Answers, lang: str) -> Outcome:
    """The outcome of the answers that count, in one language."""
    hits = rules_that_hold(protocol, counted)
    rule = hits[0]

    def told(text: Text) -> str:
        return word(text, subject, lang)

    return Outcome(
        priority=rule.priority,
        booking=rule.booking,
        level=rule.level,
        role=rule.role,
        title=told(rule.title),
        lead=told(rule.lead).replace("#", told(rule.finding) if rule.finding else ""),
        finding=told(rule.finding) if rule.finding else None,
        advice=tuple(told(text) for text in rule.advice),
        meanwhile=tuple(told(text) for text in rule.meanwhile),
        call_112_if=told(rule.call_112_if) if rule.call_112_if else "",
        rules=tuple(RuleHit(hit.id, told(hit.because), hit.priority) for hit in hits),
        nothing_more_urgent=say(_NOTHING_MORE_URGENT, lang)
        if rule.priority > 2 and protocol.kind == "complaint"
        else None,
        sources=tuple(source for source in protocol.sources if source.id in rule.sources),
        protocol=protocol.code,
        protocol_title=say(protocol.title, lang),
        version=protocol.version,
        notice=say(protocol.notice, lang),
        seek_care=rule.seek_care,
    )

"""A form page by page as the patient's pages draw it, whether staff sent it into a conversation or with a ticket."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from vardlots.conversations.forms import told, walk
from vardlots.conversations.forms.actions import Change
from vardlots.conversations.forms.fields import page_fields, typed_of
from vardlots.conversations.forms.filled import filling, read_page
from vardlots.conversations.forms.model import Filled
from vardlots.conversations.forms.walk import Page
from vardlots.forms.answering import Fault
from vardlots.forms.filling import Filling, add, remove
from vardlots.forms.text import say
from vardlots.platform import i18n
from vardlots.platform.numbers import whole
from vardlots.platform.pages import when_words


class Stand(msgspec.Struct, frozen=True):
    """A form and where its pages are: `address` its own, `leave` where one comes from and goes back to."""

    form: Filled
    address: str
    leave: str
    lang: str

    def at(self, page: Page | None) -> str:
        """The address of a page of the form; the form's own for None."""
        return f"{self.address}?q={quote(page.key, safe='')}" if page else self.address


def page_context(
    stand: Stand,
    page: Page,
    *,
    sent: Any = None,
    faults: Sequence[Fault] = (),
    moved: bool = False,
    stands_there: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """What `conversations/form_page.html` draws beside the shell. `sent` is what was typed where it was not kept,
    `stands_there` what is written in a field, by linkId, before anybody has answered."""
    form = stand.form
    worked = filling(form)
    page = walk.page_with(worked, page.key) or page
    before = walk.page_before(worked, page.key)
    counted = [one for other in walk.pages_of(worked) for one in (other.asks or (other.key,))]
    first = (page.asks or (page.key,))[0]
    typed = typed_of(page.asks, sent) if sent is not None else _not_answered(form, stands_there or {})
    view = page_fields(worked, page, stand.lang, typed=typed, faults=faults)
    for field in [*view["fields"], *(field for one in view["instances"] for field in one["fields"])]:
        field["unit_options"] = [{"value": unit, "label": unit} for unit in field["units"]]
    return {
        "step": counted.index(first) + 1 if first in counted else 1,
        "steps": max(len(counted), 1),
        "saved": bool(form.rev),
        "view": view,
        "page": page.key,
        "rev": form.rev,
        "moved": moved,
        "action": stand.address,
        "back_url": stand.at(before) if before else stand.leave,
        "leave_url": stand.leave,
    }


def _not_answered(form: Filled, stands_there: Mapping[str, Any]) -> dict[str, Any]:
    empty = {"many": [], "other": "", "declined": False, "in": ""}
    return {
        link_id: empty | {"one": value}
        for link_id, value in stands_there.items()
        if link_id not in form.answers
    }


def answers_context(
    stand: Stand, face: str, *, fault: str = "", typed: Sequence[dict[str, str]] = (), is_new: bool = False
) -> dict[str, Any]:
    """What `conversations/form_answers.html` draws beside the shell; `face` is "review", "sent" or "late"."""
    form, lang = stand.form, stand.lang
    last = walk.page_before(filling(form), None) if face == "review" else None
    return {
        "face": face,
        "fault": fault,
        "rows": [row for row in told.rows(form, lang) if face != "late" or not row.left],
        "typed": list(typed),
        "rev": form.rev,
        "is_new": is_new and face == "sent",
        "sent_words": i18n.text(lang, "Skickat {time}.", time=when_words(form.answered_at, lang))
        if form.answered_at
        else "",
        "action": stand.address,
        "chat_url": stand.leave,
        "back_url": stand.at(last) if last else stand.leave,
    }


def page_asked(form: Filled, query: Mapping[str, Any]) -> Page | None:
    """The page that an address asks for (`?q=`), or where one was; None for all answers (`?review=1`, or all is
    answered)."""
    worked, asked = filling(form), str(query.get("q", ""))
    page = walk.page_with(worked, asked) if asked else None
    if page is None and query.get("review") != "1":
        page = walk.next_page(worked, form.answers)
    return page


def raw_of(worked: Filling, page: Page, sent: Any, deed: str) -> dict[str, object]:
    """What the page says. While an instance comes or goes, what is empty is left for later."""
    raw = read_page(worked, page.asks, sent)
    if deed == "next":
        # A group that somebody has been past is answered, also with no instance of it.
        item = worked.drawn.places[page.key].item
        return raw | ({page.key: None} if item.is_repeating_group and not page.asks else {})
    return {link_id: value for link_id, value in raw.items() if value and value != [""]}


def change_of(page: Page, deed: str) -> Change | None:
    """What adds or removes an instance; pressed twice, or on a group that is full, it leaves all as it is."""
    word, _, instance = deed.partition(":")

    def changed(worked: Filling) -> Filling:
        try:
            return add(worked, page.key) if word == "add" else remove(worked, page.key, instance)
        except (LookupError, ValueError):
            return worked

    return changed if word in ("add", "remove") else None


def typed_words(worked: Filling, page: Page, sent: Any, lang: str) -> list[dict[str, str]]:
    """What was written on a page that came too late, in words."""
    rows = []
    for link_id, value in typed_of(page.asks, sent).items():
        item = worked.drawn.places[link_id].item
        options = {one.code: say(one.text, lang) for one in item.answer_option}
        said = i18n.comma(lang).join(options.get(one, one) for one in value["many"] if one) or value["other"]
        if said:
            rows.append({"question": say(item.text, lang), "answer": said})
    return rows


def rev_of(sent: Any) -> int:
    """The state of the form that a page was drawn from; -1 for nonsense."""
    found = whole(str(sent.get("rev", "")), 8)
    return found if found is not None else -1

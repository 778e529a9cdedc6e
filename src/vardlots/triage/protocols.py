"""*Triageprotokoll* that a provider has changed or written: text like the files', checked like them before it is saved.

A saved version is a protocol of its own number, for ever: an interview that was begun with it ends and replays with it.
The mark of a demonstration is part of what is checked, so nobody can take it away here.
"""

import asyncio
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from typing import Annotated, Any

import msgspec
import structlog

from vardlots.clinics.queries import roles_of
from vardlots.clinics.roles import Roles
from vardlots.configuration import kinds, queries
from vardlots.configuration.book import Book
from vardlots.configuration.model import Kind, Problem, Standing
from vardlots.forms.faults import ContentError, ContentFault, Told
from vardlots.forms.lines import problems_of
from vardlots.platform.db import Connection
from vardlots.platform.i18n import N_
from vardlots.triage import content
from vardlots.triage.authoring import read_protocol
from vardlots.triage.catalogue import COMMON, SAVED_FROM, VIGNETTES, whole_protocol
from vardlots.triage.checks import caring, check_protocol
from vardlots.triage.model import Protocol, Subject
from vardlots.triage.vignettes import Vignette, load_vignettes, shortcoming
from vardlots.triage.wording import word

log = structlog.get_logger()

CODE = re.compile(r"[a-z][a-z0-9_]{1,39}")
GROWN_UP = 18


class ProtocolText(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A protocol as it is written, and what its author wants to tell about it."""

    source: Annotated[
        str,
        msgspec.Meta(
            title=N_("Protokollet"),
            description=N_(
                "Frågor, regler och texter. Numret som står vid version räknas inte: varje sparad version får ett eget."
            ),
            max_length=400_000,
            extra_json_schema={"widget": "toml"},
        ),
    ]
    note: Annotated[
        str,
        msgspec.Meta(
            title=N_("Anteckning"),
            description=N_("Källor och överväganden, för den som granskar."),
            max_length=2000,
            extra_json_schema={"widget": "textarea"},
        ),
    ] = ""


def compiled(code: str, version: int, source: str) -> Protocol:
    """The protocol of a saved text, ready to run. Raises ContentError."""
    return _compiled(code, version, source)


@lru_cache(maxsize=256)
def _compiled(code: str, version: int, source: str) -> Protocol:
    written = msgspec.structs.replace(read_protocol(source.encode(), code), code=code, version=version)
    known = content.protocols()
    return whole_protocol(written, known.commons, known.danger, code)


def in_force(saved: Book) -> dict[str, Protocol]:
    """The protocols that new interviews begin with, by code: the files' newest, and the provider's own instead."""
    found = {p.code: p for p in content.protocols().newest() if not saved.is_removed(PROTOCOL, p.code)}
    for code, written in saved.saved(PROTOCOL, ProtocolText).items():
        version = SAVED_FROM + saved.place(PROTOCOL, code).version
        try:
            found[code] = compiled(code, version, written.source)
        except ContentError:
            # Saved by an older version of the product, with other laws: the file's holds instead.
            log.exception("protocol_unreadable", protocol=code, version=version)
    return found


async def in_version(connection: Connection, provider_id: int, code: str, version: int) -> Protocol:
    """The protocol exactly as it was in that version. Raises LookupError."""
    if version < SAVED_FROM:
        return content.protocols().protocol(code, version)
    kept = await queries.version(connection, provider_id, PROTOCOL.code, code, version - SAVED_FROM)
    if kept is None:
        raise LookupError(f"no protocol {code} version {version}")
    try:
        return compiled(code, version, msgspec.convert(kept.body, ProtocolText).source)
    except (ContentError, msgspec.ValidationError) as fault:
        raise LookupError(f"protocol {code} version {version} cannot be read") from fault


def problems(code: str, written: ProtocolText, roles: Roles | None = None) -> list[Problem]:
    """Everything that keeps a text from being saved: what the files are checked for, and the written cases.

    `roles` are the provider's; without them the product's.
    """
    if not CODE.fullmatch(code) or code in (COMMON, VIGNETTES):
        return [Problem("key", N_("Skriv koden med små bokstäver a–z, siffror och understreck."))]
    try:
        named = read_protocol(written.source.encode(), code).code
        protocol = compiled(code, SAVED_FROM, written.source)
    except ContentError as wrong:
        return problems_of(written.source, wrong.faults)
    faults = check_protocol(protocol, None if roles is None else caring(roles.values()))
    if (kind := _kind_of_files(code)) not in (None, protocol.kind):
        said = {"sv": "ska vara ”{kind}”.", "en": "must be “{kind}”."}
        faults.append(ContentFault(code, "kind", Told(said, kind=kind)))
    if named != code:
        said = {"sv": "ska vara ”{code}”.", "en": "must be “{code}”."}
        faults.append(ContentFault(code, "code", Told(said, code=code)))
    return problems_of(written.source, faults) or _outcomes(protocol)


def _kind_of_files(code: str) -> str | None:
    """What the files have under the code, a complaint or a service; None where they have nothing."""
    return next((one.kind for one in content.protocols().newest() if one.code == code), None)


def _outcomes(protocol: Protocol) -> list[Problem]:
    """The written cases that come to something else than a clinician has said they should."""
    return [
        Problem("source", N_("Prövfallet ”{story}” {what}"), {"story": case.story, "what": what.swedish})
        for case in cases_of(protocol.code)
        if (what := shortcoming(protocol, case)) is not None
    ]


def cases_of(code: str) -> tuple[Vignette, ...]:
    """The written cases of a protocol of the files, for its newest version."""
    return tuple(
        case
        for case in _cases()
        if case.protocol == code and case.version == content.protocols().protocol(code).version
    )


@cache
def _cases() -> tuple[Vignette, ...]:
    return load_vignettes(content.FOLDER)


def preview(code: str, written: ProtocolText, lang: str) -> list[dict[str, Any]]:
    """The questions in their order, as data to draw: id, text, help, type, options, when shown; worded as to a grown-up
    who answers for themself, or about *barnet* where only children are asked about. Raises ContentError."""
    protocol = compiled(code, SAVED_FROM, written.source)
    asked = Subject(protocol.min_age, is_child_of_actor=protocol.max_age < GROWN_UP)
    return [
        {
            "id": item.link_id,
            "text": word(item.text, asked, lang),
            "help": word(item.help, asked, lang) if item.help else "",
            "type": item.type.value,
            "several": item.repeats,
            "required": item.required,
            "options": [
                {"text": word(o.text, asked, lang), "picture": o.picture or ""} for o in item.answer_option
            ],
            "shown_if": [f"{when.question} {when.operator.value} {when.answer}" for when in item.enable_when],
        }
        for item in protocol.form.item
        if item.link_id in protocol.meanings
    ]


async def _standing(_connection: Connection, _provider_id: int) -> Mapping[str, Standing]:
    return {
        protocol.code: Standing({"source": _text(protocol.code, protocol.version), "note": ""})
        for protocol in content.protocols().newest()
    }


@cache
def _text(code: str, version: int) -> str:
    return (content.FOLDER / code / f"v{version}.toml").read_text(encoding="utf-8")


async def _check(connection: Connection, provider_id: int, key: str, value: ProtocolText) -> list[Problem]:
    roles = await roles_of(connection, provider_id)
    # Tens of milliseconds of work: nobody else's page waits for it.
    return await asyncio.to_thread(problems, key, value, roles)


def _title(written: ProtocolText) -> str:
    found = re.search(r'^title(?:\.sv\s*=|\s*=\s*\{\s*sv\s*=)\s*"([^"]+)"', written.source, re.MULTILINE)
    return found[1] if found else ""


PROTOCOL = kinds.register(
    Kind(
        code="protocol",
        label=N_("Triageprotokoll"),
        group="flow",
        about=N_(
            "Frågorna före kön och reglerna som ger prioritet. En ny version gäller den som börjar svara efter att "
            "den har sparats. Den som redan har börjat fortsätter på sin version. Protokollen är märkta som "
            "demonstration tills de är kliniskt godkända."
        ),
        shape=ProtocolText,
        title=_title,
        key_label=N_("Kod"),
        standing=_standing,
        check=_check,
    )
)

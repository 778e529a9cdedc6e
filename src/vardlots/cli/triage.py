"""`vardlots triage`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec
import uvloop

from vardlots.access.actor import SystemActor
from vardlots.audit.log import access, write
from vardlots.cases.model import CaseRef
from vardlots.cases.queries import readable_case
from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.cli.faults import CommandFault
from vardlots.forms.faults import ContentError
from vardlots.platform import clock
from vardlots.platform.content import CONTENT
from vardlots.platform.db import Database
from vardlots.platform.errors import NotFound
from vardlots.platform.settings import Settings
from vardlots.triage.anew.queries import interviews_of_case
from vardlots.triage.catalogue import load_protocols
from vardlots.triage.explain import account, as_text, explain
from vardlots.triage.interview import from_dict

HELP = "check the triage protocols, or explain how an outcome came about"
DESCRIPTION = """`check` reads every protocol and says what is wrong, one sentence per fault.
`explain` reads an interview as it is stored (JSON with protocol, version, subject and answers) and tells which rules
hold, which do not and how near they came. The interview is read with its own version of the protocol.
`explain --case 1-42` reads the interviews of a case from the database, a provider's own versions of protocols too, and
says where an answer that is replayed gives something else than was kept; exit status 1 then. The reading is logged."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parts = command.add_subparsers(dest="part", required=True, metavar="check|explain")
    parts.add_parser("check", help="read every protocol and say what is wrong")
    told = parts.add_parser("explain", help="explain how an outcome came about")
    told.add_argument(
        "interview", nargs="?", help="a file with the stored interview, or - for standard input"
    )
    told.add_argument(
        "--case", metavar="N-N", help="read the interviews of this case from the database instead"
    )
    add_demo_option(told)
    told.add_argument(
        "--lang", choices=("sv", "en"), default="sv", help="language of the texts (default: sv)"
    )


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    if chosen.part == "explain" and chosen.case:
        return uvloop.run(_explain_case(chosen.case, chosen.lang, settings_for(chosen, environ)))
    if chosen.part == "explain" and not chosen.interview:
        raise CommandFault("Name a file with an interview, - for standard input, or a case with --case.")
    try:
        catalogue = load_protocols(CONTENT / "triage")
    except ContentError as fault:
        raise CommandFault("\n".join(str(one) for one in fault.faults)) from None
    if chosen.part == "check":
        for protocol in catalogue.every_version():
            print(f"{protocol.code} version {protocol.version}: {len(protocol.rules)} rules hold together")
        return 0
    try:
        raw = sys.stdin.buffer.read() if chosen.interview == "-" else Path(chosen.interview).read_bytes()
        interview = from_dict(catalogue, msgspec.json.decode(raw))
    except (OSError, msgspec.MsgspecError, LookupError, TypeError, ValueError) as fault:
        raise CommandFault(f"The interview cannot be read: {fault}.") from None
    print(explain(interview, chosen.lang), end="")
    return 0


async def _explain_case(name: str, lang: str, settings: Settings) -> int:
    """Every interview of a case, the newest first."""
    database = await Database.connect(settings.database_url, least=1, most=2)
    try:
        ref = CaseRef.parse(name)
        by = SystemActor(ref.provider_id, "cli.triage.explain")
        async with database.transaction(by.scope) as connection:
            case = await readable_case(connection, by=by, ref=ref)
            found = await interviews_of_case(connection, case)
            row = access(
                by, "read_answers", provider_id=ref.provider_id, person_id=case.person_id, case_id=ref.case_id
            )
            await write(connection, [row])
    except NotFound:
        raise CommandFault(f"There is no case {name}.") from None
    finally:
        await database.close()
    faults = 0
    for kept in found:
        print(f"interview {kept.ref}, {clock.local(kept.changed_at):%Y-%m-%d %H:%M}")
        try:
            told = account(kept.interview(), kept.outcome, lang)
        except LookupError as fault:
            print(f"  It cannot be replayed: {fault}.")
            faults += 1
            continue
        faults += bool(told.differences)
        print(as_text(told))
    return 1 if faults else 0

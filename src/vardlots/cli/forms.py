"""`vardlots forms`."""

from __future__ import annotations

import argparse
import logging
import random
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec
import structlog
import uvloop

from vardlots.access.actor import StaffActor
from vardlots.access.sessions import staff_actor
from vardlots.cli.environment import add_demo_option, settings_for, shown
from vardlots.cli.faults import CommandFault
from vardlots.clinics.queries import assignments_of
from vardlots.configuration import actions, queries
from vardlots.configuration.actions import Change
from vardlots.forms import configured
from vardlots.forms.authoring import read_form
from vardlots.forms.configured import FORM, FormText
from vardlots.forms.faults import ContentError
from vardlots.forms.fhir.questionnaire import read_questionnaire
from vardlots.forms.fhir.remarks import EFFECTS, Effect, Remark
from vardlots.forms.fhir.writing import write_questionnaire
from vardlots.forms.model import Form
from vardlots.forms.walking import walk
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database, provider_scope
from vardlots.platform.errors import Refusal
from vardlots.platform.live import Hub
from vardlots.platform.settings import Settings

HELP = "try forms, FHIR Questionnaires among them; read them in and give them out"
DESCRIPTION = """`check` reads each file (FHIR R4 Questionnaire as JSON, or a form of our own as TOML; folders are gone
through), tells what is not acted on, and then answers it at random as a patient may: every question that is asked can
be answered, it comes to an end and can be sent. Exit status 1 when a file cannot be used or a walk goes wrong.
`import` saves a Questionnaire as a new version of a provider's form, by an administrator of theirs.
`export` writes a form as a Questionnaire to standard output: the product's own, or with --provider what is in force."""

ENDINGS = (".json", ".toml")


class Checked(msgspec.Struct, frozen=True):
    """What came of trying a file."""

    file: str
    form: Form | None
    remarks: list[Remark] = []
    faults: list[str] = []
    walks: int = 0

    @property
    def is_well(self) -> bool:
        """Whether it can be used."""
        return self.form is not None and not self.faults


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parts = command.add_subparsers(dest="part", required=True, metavar="check|import|export")
    check = parts.add_parser("check", help="read forms and answer them at random")
    check.add_argument("files", nargs="+", metavar="FILE", help="a file, or a folder of files")
    check.add_argument(
        "--walks", type=int, default=10, metavar="N", help="how often each is answered (default: 10)"
    )
    check.add_argument("--seed", type=int, default=0, metavar="N", help="where chance begins (default: 0)")
    check.add_argument("--quiet", action="store_true", help="the table only, no remarks")
    brought = parts.add_parser("import", help="save a Questionnaire as a version of a provider's form")
    brought.add_argument("file", metavar="FILE", help="a FHIR R4 Questionnaire as JSON")
    brought.add_argument("--provider", type=int, required=True, metavar="N", help="the provider's number")
    brought.add_argument("--by", required=True, metavar="HSA-ID", help="the administrator who saves it")
    brought.add_argument("--reason", required=True, metavar="TEXT", help="why, for the history")
    brought.add_argument("--code", metavar="CODE", help="the form's code (default: made from the file)")
    add_demo_option(brought)
    out = parts.add_parser("export", help="write a form as a Questionnaire")
    out.add_argument("code", metavar="CODE", help="the form's code")
    out.add_argument("--provider", type=int, metavar="N", help="what is in force at this provider")
    add_demo_option(out)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    if chosen.part == "check":
        return check(chosen.files, walks=chosen.walks, seed=chosen.seed, quiet=chosen.quiet)
    if chosen.part == "export":
        if chosen.provider is None:
            form = _of_the_files(chosen.code)
        else:
            form = uvloop.run(_in_force(settings_for(chosen, environ), chosen.provider, chosen.code))
        print(msgspec.json.format(msgspec.json.encode(write_questionnaire(form)), indent=2).decode())
        return 0
    source, form, remarks = _questionnaire(chosen.file)
    numbers = uvloop.run(_save(settings_for(chosen, environ), chosen, source, chosen.code or form.code))
    for line in _told(Checked(chosen.file, form, remarks), quiet=False):
        print(line, file=sys.stderr)
    print(f"{chosen.code or form.code} version {numbers[0]} is saved; pages ask it within half a minute.")
    return 0


def check(files: Iterable[str], *, walks: int, seed: int, quiet: bool) -> int:
    """Try each file and tell of it; a table at the end. Returns the exit status."""
    done = []
    before = structlog.get_config()
    # What a form's own calculations come to while chance answers it is not for the table.
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    try:
        for path in _paths(files):
            found = _check(path, walks, seed)
            done.append(found)
            for line in _told(found, quiet):
                print(line, flush=True)
    finally:
        structlog.configure(**before)
    if not done:
        raise CommandFault("There is no file to check: they end in .json or .toml.")
    print("\n".join(_table(done)))
    return 0 if all(one.is_well for one in done) else 1


def _paths(files: Iterable[str]) -> Iterator[Path]:
    for name in files:
        path = Path(name)
        if path.is_dir():
            yield from sorted(one for one in path.rglob("*") if one.suffix in ENDINGS and one.is_file())
        else:
            yield path


def _check(path: Path, walks: int, seed: int) -> Checked:
    file = shown(path)
    try:
        content = path.read_bytes()
        if path.suffix == ".toml":
            form, remarks = read_form(content, file), list[Remark]()
        else:
            form, remarks = read_questionnaire(content, file)
    except OSError as fault:
        return Checked(file, None, faults=[f"cannot be read: {fault.strerror}"])
    except ContentError as wrong:
        return Checked(
            file, None, faults=[f"{one.id}: {one.sentence}".removeprefix(": ") for one in wrong.faults]
        )
    faults: Counter[str] = Counter()
    for n in range(walks):
        faults.update(walk(form, random.Random(seed + n)).faults)  # noqa: S311 - chance, not secrets
    return Checked(
        file, form, remarks, [f"{text} ({n} of {walks} walks)" for text, n in faults.items()], walks
    )


def _told(found: Checked, quiet: bool) -> Iterator[str]:
    if quiet and found.is_well:
        return
    yield found.file
    for fault in found.faults:
        yield f"  fault  {fault}"
    said: dict[tuple[Effect, str], list[str]] = {}
    for one in found.remarks if not quiet else ():
        said.setdefault((one.effect, str(one.what)), []).append(one.path)
    for (effect, what), places in sorted(said.items(), reverse=True):
        more = f" and {len(places) - 1} more" if len(places) > 1 else ""
        yield f"  {EFFECTS[effect]['en']}: {what} ({places[0] or 'the form'}{more})"


def _table(done: list[Checked]) -> Iterator[str]:
    yield f"\n{'questions':>9} {'left out':>8} {'remarks':>7}  {'':8} file"
    for one in done:
        items = one.form.places.values() if one.form is not None else ()
        left = sum(remark.effect is Effect.LEFT_OUT for remark in one.remarks)
        questions = sum(place.item.is_question for place in items)
        result = "well" if one.is_well else "faulty" if one.form is not None else "refused"
        yield f"{questions:>9} {left:>8} {len(one.remarks):>7}  {result:8} {one.file}"
    well, refused = sum(one.is_well for one in done), sum(one.form is None for one in done)
    walks = sum(one.walks for one in done)
    yield f"{len(done)} files: {well} well, {refused} refused, {len(done) - well - refused} faulty; {walks} walks."


def _of_the_files(code: str) -> Form:
    try:
        return configured.library().form(code)
    except LookupError:
        raise CommandFault(f"There is no form {code} among the product's own.") from None


async def _in_force(settings: Settings, provider_id: int, code: str) -> Form:
    database = await Database.connect(settings.database_url, least=1, most=2)
    try:
        async with database.transaction(provider_scope(provider_id)) as connection:
            found = await queries.item(connection, provider_id, FORM, code, clock.now())
    finally:
        await database.close()
    if found is None:
        raise CommandFault(f"Provider {provider_id} has no form {code}.")
    return configured.of_body(code, found.version, found.body)


def _questionnaire(file: str) -> tuple[str, Form, list[Remark]]:
    """The file's text, its form, and what is not acted on. Raises CommandFault."""
    try:
        source = Path(file).read_text(encoding="utf-8-sig")
        return source, *read_questionnaire(source.encode(), file)
    except (OSError, UnicodeDecodeError) as fault:
        raise CommandFault(f"{file} cannot be read: {fault}.") from None
    except ContentError as wrong:
        told = [f"{one.id or 'the file'}: {one.sentence}" for one in wrong.faults]
        raise CommandFault("\n".join(told)) from None


async def _save(settings: Settings, chosen: argparse.Namespace, source: str, code: str) -> list[int]:
    database = await Database.connect(settings.database_url, least=1, most=2)
    try:
        by = await _administrator(database, chosen.provider, chosen.by)
        async with database.transaction(by.scope) as connection:
            there = await queries.item(connection, by.provider_id, FORM, code, clock.now())
        body = msgspec.to_builtins(FormText(source, format="fhir"))
        change = Change(key=code, body=body, base_version=there.newest if there is not None else 0)
        return await actions.save(database, Hub(), by=by, kind=FORM, changes=[change], reason=chosen.reason)
    except Refusal as refused:
        raise CommandFault(refused.message.format(**refused.values)) from None
    finally:
        await database.close()


async def _administrator(database: Database, provider_id: int, hsa_id: str) -> StaffActor:
    """The person of this HSA-id in a role that changes forms. Raises CommandFault."""
    async with database.transaction(NOBODY) as connection:
        staff_id = await connection.fetchval("SELECT staff_id FROM staff WHERE hsa_id = $1", hsa_id)
        for one in await assignments_of(connection, staff_id) if staff_id is not None else ():
            actor = await staff_actor(connection, staff_id=staff_id, assignment_id=one.assignment_id)
            if actor is not None and actor.provider_id == provider_id and actor.administers == "provider":
                return actor
    raise CommandFault(f"{hsa_id} does not administer provider {provider_id}.")

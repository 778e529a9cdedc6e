"""`vardlots log`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import datetime

import uvloop

from vardlots.access.actor import SystemActor
from vardlots.audit import seals
from vardlots.audit.actions import Broken, prune, seal
from vardlots.audit.verify import Finding, Verdict, Wrong, verify
from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.cli.faults import CommandFault
from vardlots.platform import clock
from vardlots.platform.db import Database
from vardlots.platform.settings import Settings

HELP = "show that the access log has not been tampered with; seal it, prune it"
DESCRIPTION = """`verify` computes every seal of the access log anew and says which does not hold, one sentence each;
exit status 1 then. It ends with each provider's head: the digest of the newest seal. Keep it somewhere else, and
`verify --head DIGEST` later shows that nothing before it has been written anew.
`seal` seals at once what the worker would seal within ten minutes.
`prune` removes rows older than VARDLOTS_ACCESS_LOG_YEARS, as the worker does now and then; seals stay."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parts = command.add_subparsers(dest="part", required=True, metavar="verify|seal|prune")
    for name, told in (
        ("verify", "compute every seal anew and say which does not hold"),
        ("seal", "seal what is not sealed yet"),
        ("prune", "remove what is older than it must be kept"),
    ):
        part = parts.add_parser(name, help=told)
        part.add_argument("--provider", type=int, metavar="N", help="only the provider with this number")
        add_demo_option(part)
        if name == "verify":
            part.add_argument(
                "--head", action="append", default=[], metavar="DIGEST", help="a head that was kept elsewhere"
            )


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    return uvloop.run(_run(chosen, settings_for(chosen, environ)))


async def _run(chosen: argparse.Namespace, settings: Settings) -> int:
    database = await Database.connect(settings.database_url, least=1, most=2)
    try:
        wanted = [one for one in await seals.providers(database) if chosen.provider in (None, one[0])]
        if not wanted:
            raise CommandFault("There is no such provider.")
        if chosen.part == "verify":
            return await _verify(database, wanted, [_digest(head) for head in chosen.head])
        for provider_id, name in wanted:
            by = SystemActor(provider_id, f"audit.{chosen.part}")
            if chosen.part == "seal":
                made = await seal(database, by=by, at_once=True)
                print(f"{name}: {sum(one.row_count for one in made)} rows sealed")
            else:
                gone = await _prune(database, by, settings.access_log_years)
                print(f"{name}: {gone} rows removed that were older than {settings.access_log_years} years")
        return 0
    finally:
        await database.close()


async def _prune(database: Database, by: SystemActor, years: int) -> int:
    """Until nothing is left that is old enough."""
    total = 0
    try:
        while gone := await prune(database, by=by, years=years):
            total += gone
    except Broken as fault:
        raise CommandFault(
            f"Seal {fault.seal.seal_no} does not hold, so its rows stay: run vardlots log verify."
        ) from None
    return total


async def _verify(database: Database, wanted: list[tuple[int, str]], heads: list[bytes]) -> int:
    status = 0
    verdicts = []
    for provider_id, name in wanted:
        verdict = await verify(database, provider_id, kept_heads=heads)
        verdicts.append(verdict)
        status |= not verdict.holds
        print(f"{name} (provider {provider_id})")
        for finding in verdict.findings:
            print(f"  fault  {sentence(finding)}")
        print(f"  {_summary(verdict)}", flush=True)
    for head in heads:
        if not any(head in verdict.heads_found for verdict in verdicts):
            status = 1
            print(f"fault  {sentence(Finding(wrong=Wrong.HEAD_UNKNOWN))} The digest was {head.hex()}.")
    return status


def _summary(verdict: Verdict) -> str:
    told = "all hold" if verdict.holds else f"{len(verdict.findings)} faults"
    parts = [f"{verdict.seals} seals over {verdict.rows} rows: {told}"]
    if verdict.pruned:
        parts.append(f"{verdict.pruned} rows pruned by age")
    parts.append(f"{verdict.unsealed} rows not sealed yet")
    if verdict.head is not None and verdict.head_at is not None:
        parts.append(f"head {verdict.head.hex()} of {clock.local(verdict.head_at):%Y-%m-%d %H:%M}")
    return ". ".join(parts) + "."


def sentence(finding: Finding) -> str:
    """What is wrong, in plain words."""
    seal_said = f"Seal {finding.seal_no} ({_period(finding)})"
    missing, more = finding.expected - finding.found, finding.found - finding.expected
    match finding.wrong:
        case Wrong.CHANGED:
            return f"{seal_said}: rows have been changed."
        case Wrong.REMOVED:
            return f"{seal_said}: {missing} of {finding.expected} rows have been removed."
        case Wrong.ADDED:
            return f"{seal_said}: {more} rows have been added afterwards."
        case Wrong.EXCHANGED:
            return f"{seal_said}: rows have been removed and others put in their place."
        case Wrong.SEAL_CHANGED:
            return f"{seal_said}: the seal itself has been changed."
        case Wrong.SEAL_REMOVED:
            return f"{seal_said}: the seal has been removed."
        case Wrong.CHAIN_BROKEN:
            return f"{seal_said}: it does not follow the seal before it; what stands before has been written anew."
        case Wrong.PRUNED_TOO_EARLY:
            return f"{seal_said}: its rows are said to be pruned, and were too young for that."
        case Wrong.UNSEALED:
            return (
                f"{finding.found} rows since {_time(finding.first_at)} have no seal: "
                "the worker has not run, or seals have been removed."
            )
        case Wrong.HEAD_UNKNOWN:
            return (
                "The digest that was kept is in no chain: what was sealed up to then has been written anew."
            )


def _period(finding: Finding) -> str:
    return f"{_time(finding.first_at)} to {_time(finding.last_at)}"


def _time(moment: datetime | None) -> str:
    return f"{clock.local(moment):%Y-%m-%d %H:%M}" if moment else "the beginning"


def _digest(text: str) -> bytes:
    """A digest as it was written down. Raises CommandFault."""
    try:
        found = bytes.fromhex(text.strip())
    except ValueError:
        found = b""
    if len(found) != 32:
        raise CommandFault(f"“{text}” is not a digest: it has 64 signs, 0–9 and a–f.")
    return found

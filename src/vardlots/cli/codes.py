"""`vardlots codes`."""

from __future__ import annotations

import argparse
import getpass
from collections.abc import Mapping
from pathlib import Path

import uvloop

from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.cli.faults import CommandFault
from vardlots.notes import actions, queries
from vardlots.notes.codebook import ListKind
from vardlots.notes.codes_import import Imported, NotACodeFile, read_code_files
from vardlots.notes.queries import CodeList
from vardlots.platform import clock
from vardlots.platform.db import NOBODY, Database
from vardlots.platform.settings import Settings

HELP = "read in the authority's lists of diagnoses and actions, and show which are in use"
DESCRIPTION = """`import` reads the National Board of Health and Welfare's code text files (ICD-10-SE or KVÅ: UTF-8,
separated by tabs) into the installation's database. Give all files of one classification at once; a code that another
divides further is left out, for it may not be used. Every import is a version; the newest is in use.
`show` tells which lists are in use and what has been imported before."""
_OWN = {
    ListKind.DIAGNOSIS: "the product's own list (WHO's ICD-10 in English, the most usual in Swedish)",
    ListKind.ACTION: "the product's own list (care at a distance)",
}


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parts = command.add_subparsers(dest="part", required=True, metavar="import|show")
    brought = parts.add_parser("import", help="read in files of one classification")
    brought.add_argument("files", nargs="+", metavar="FILE", type=Path, help="the authority's text files")
    add_demo_option(brought)
    add_demo_option(parts.add_parser("show", help="which lists are in use"))


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    settings = settings_for(chosen, environ)
    if chosen.part == "show":
        for line in _shown(uvloop.run(_kept(settings))):
            print(line)
        return 0
    try:
        imported = read_code_files(chosen.files)
    except NotACodeFile as fault:
        raise CommandFault(str(fault)) from None
    except OSError as fault:
        raise CommandFault(f"{fault.filename}: {fault.strerror}.") from None
    version = uvloop.run(_save(settings, [path.name for path in chosen.files], imported))
    print(
        f"{imported.kind} version {version}: {len(imported.codes):,} codes, {imported.left_out:,} lines left out "
        "(headings, and codes that are divided further). Pages use it within half a minute."
    )
    return 0


def _shown(lists: list[CodeList]) -> list[str]:
    lines = []
    for kind in ListKind:
        versions = [one for one in lists if one.kind == kind]
        if not versions:
            lines.append(f"{kind:<10} {_OWN[kind]}")
        for place, one in enumerate(versions):
            state = "in use" if place == 0 else "before"
            at = f"{clock.local(one.at):%Y-%m-%d %H.%M}"
            lines.append(
                f"{kind:<10} version {one.version} ({state}), {one.codes:,} codes, imported {at} from {one.files}"
            )
    return lines


async def _save(settings: Settings, names: list[str], imported: Imported) -> int:
    database = await Database.connect(settings.database_url, least=1, most=1)
    try:
        return await actions.import_list(database, by=getpass.getuser(), files=names, imported=imported)
    finally:
        await database.close()


async def _kept(settings: Settings) -> list[CodeList]:
    database = await Database.connect(settings.database_url, least=1, most=1)
    try:
        async with database.transaction(NOBODY) as connection:
            return await queries.code_lists(connection)
    finally:
        await database.close()

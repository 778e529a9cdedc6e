"""`vardlots triage`."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import msgspec

from vardlots.cli.faults import CommandFault
from vardlots.forms.faults import ContentError
from vardlots.platform.content import CONTENT
from vardlots.triage.catalogue import load_protocols
from vardlots.triage.explain import explain
from vardlots.triage.interview import from_dict

HELP = "check the triage protocols, or explain how an outcome came about"
DESCRIPTION = """`check` reads every protocol and says what is wrong, one sentence per fault.
`explain` reads an interview as it is stored (JSON with protocol, version, subject and answers) and tells which rules
hold, which do not and how near they came. The interview is read with its own version of the protocol."""


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    parts = command.add_subparsers(dest="part", required=True, metavar="check|explain")
    parts.add_parser("check", help="read every protocol and say what is wrong")
    told = parts.add_parser("explain", help="explain how an outcome came about")
    told.add_argument("interview", help="a file with the stored interview, or - for standard input")
    told.add_argument(
        "--lang", choices=("sv", "en"), default="sv", help="language of the texts (default: sv)"
    )


def run(chosen: argparse.Namespace, _environ: Mapping[str, str]) -> int:
    """Carry out the command."""
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

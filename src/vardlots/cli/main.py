"""The command `vardlots`: one subcommand for each thing an installation does."""

import sys

if sys.version_info < (3, 11):  # noqa: UP036 - whoever has an older Python is told so
    sys.exit("Vårdlots needs Python 3.11 or later; this is Python " + sys.version.split()[0] + ".")

import argparse
import os
from collections.abc import Sequence

from vardlots.cli import codes, demo, doctor, forms, log, migrate, serve, triage, worker
from vardlots.cli.faults import sentences

COMMANDS = (serve, worker, migrate, demo, doctor, triage, forms, codes, log)


def parser() -> argparse.ArgumentParser:
    """The whole command line, with help for each command."""
    top = argparse.ArgumentParser(
        prog="vardlots",
        description="A region's digital first line of care: triage, queue, chat, note and follow-up.",
        epilog="Settings come from the environment; docs/settings.md lists them all.",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for module in COMMANDS:
        name = module.__name__.rsplit(".", 1)[-1]
        command = commands.add_parser(
            name,
            help=module.HELP,
            description=module.DESCRIPTION,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.arguments(command)
        command.set_defaults(run=module.run)
    return top


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command. Returns the exit status: 0, 1 after a fault that was told, 130 after Ctrl-C."""
    chosen = parser().parse_args(argv)
    try:
        return int(chosen.run(chosen, os.environ))
    except KeyboardInterrupt:
        return 130
    except Exception as fault:
        told = sentences(fault)
        if told is None:
            raise
        print("\n".join(told), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())

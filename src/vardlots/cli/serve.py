"""`vardlots serve`."""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
from collections.abc import Mapping
from importlib import import_module
from typing import Any

import uvicorn
from uvicorn.supervisors import Multiprocess

from vardlots.cli.environment import add_demo_option, settings_for
from vardlots.cli.ready import listening_socket, need_current_database
from vardlots.platform.processes import end_with_parent

HELP = "serve the web pages"
DESCRIPTION = """Serve the web pages until stopped (Ctrl-C or SIGTERM).
Open pages hold a stream for live changes; at a stop they get a few seconds, then are cut and find back by
themselves. Run `vardlots worker` beside this."""
GRACE_SECONDS = 3


def arguments(command: argparse.ArgumentParser) -> None:
    """Options of the command."""
    command.add_argument(
        "--workers", type=_positive, default=1, metavar="N", help="processes that serve (default 1)"
    )
    add_demo_option(command)


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Carry out the command."""
    settings = settings_for(chosen, environ)
    need_current_database(settings)
    if chosen.demo:
        # The application reads its settings itself, in each of its processes.
        os.environ.update(VARDLOTS_DEMO="true", DATABASE_URL=settings.database_url)
    listening = listening_socket(settings.host, settings.port)
    config = uvicorn.Config(
        "vardlots.cli.serve:application",
        factory=True,
        workers=chosen.workers,
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="on",
        timeout_graceful_shutdown=GRACE_SECONDS,
        timeout_keep_alive=30,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=list(settings.trusted_proxies),
        server_header=False,
        access_log=False,
        log_config=None,  # its own would print what a fault says; ours does not (platform/logs.py)
        log_level="warning",
    )
    if chosen.workers > 1:
        Multiprocess(config, sockets=[listening]).run()
        return 0
    server = uvicorn.Server(config)
    server.run(sockets=[listening])
    return 0 if server.started else 1


def application() -> Any:
    """The application, made in the process that serves it."""
    parent = multiprocessing.parent_process()
    if parent is not None and parent.pid is not None:
        end_with_parent(signal.SIGTERM, parent.pid)
    return import_module("vardlots.app").create_app()


def _positive(text: str) -> int:
    number = int(text)
    if not 1 <= number <= 64:
        raise argparse.ArgumentTypeError("must be between 1 and 64")
    return number

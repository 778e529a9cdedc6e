"""Makes a cluster: initdb, its access rules, and the roles. All or nothing: a half-made one is never used."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from vardlots.platform.postgres.binaries import Binaries
from vardlots.platform.postgres.faults import (
    NEW_CLUSTER_BYTES,
    OLD_CLUSTER_BYTES,
    PostgresFault,
    from_log,
    need_space,
)
from vardlots.platform.postgres.home import DATABASE, LOGIN, OWNER, SUPERUSER, Home

APP = "vardlots_app"
ACCESS_RULES = """# Written by Vårdlots. Everybody shows a password, on this machine too.
local all all              scram-sha-256
host  all all 127.0.0.1/32 scram-sha-256
host  all all ::1/128      scram-sha-256
"""
# The application's role has no rights of its own: the migrations give it some. It cannot sign in. The product signs
# in as a role that may become it and nothing else, and that can do nothing by itself: stepping back gains nothing.
ROLES = f"""CREATE ROLE {OWNER} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
CREATE ROLE {APP} NOLOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
GRANT {APP} TO {OWNER} WITH ADMIN OPTION
CREATE DATABASE {DATABASE} OWNER {OWNER}
REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC
"""
# Also for a cluster that was made before the product had a login of its own.
LOGIN_ROLE = f"""DO $$ BEGIN CREATE ROLE {LOGIN} NOINHERIT; EXCEPTION WHEN duplicate_object THEN NULL; END $$
ALTER ROLE {LOGIN} LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS
GRANT {APP} TO {LOGIN} WITH INHERIT FALSE, SET TRUE
GRANT CONNECT ON DATABASE {DATABASE} TO {LOGIN}
"""
# Nothing of the caller's own environment (PGDATA, PGOPTIONS, a foreign LANG) may reach the server.
ENVIRONMENT = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


def make_cluster(home: Home, binaries: Binaries, passwords: dict[str, str], *, fast: bool) -> None:
    """Make the cluster of `home`. Takes about a second; raises PostgresFault."""
    need_space(home.cluster.parent, NEW_CLUSTER_BYTES)
    making = home.cluster.with_name("cluster.new")
    shutil.rmtree(making, ignore_errors=True)
    making.mkdir(mode=0o700)
    os.chown(making, home.account.uid, home.account.gid)
    command: list[str | Path] = [binaries.bin_dir / "initdb", "--pgdata", making, "--username", SUPERUSER]
    command += ["--auth", "reject", "--encoding", "UTF8", "--locale", "C"]
    command += ["--locale-provider", "builtin", "--builtin-locale", "C.UTF-8"]
    if fast:
        command.append("--no-sync")
    run(home, command)
    rules = making / "pg_hba.conf"
    rules.write_text(ACCESS_RULES, encoding="utf-8")
    single_user(home, binaries, making, "postgres", ROLES + LOGIN_ROLE, fast=fast)
    set_passwords(home, binaries, making, passwords, fast=fast)
    making.rename(home.cluster)


def check_cluster(home: Home, binaries: Binaries) -> None:
    """Raise PostgresFault when these programs cannot serve the existing cluster."""
    need_space(home.cluster, OLD_CLUSTER_BYTES)
    made_by = (home.cluster / "PG_VERSION").read_text(encoding="ascii").strip()
    if made_by != binaries.major:
        raise PostgresFault(
            f"The database in {home.cluster} was made by PostgreSQL {made_by} and these programs are "
            f"{binaries.major}: move the data with pg_dump, or start over with make demo-reset."
        )


def give_login(home: Home, binaries: Binaries, *, fast: bool) -> None:
    """Give an existing cluster the role that the product signs in as. The server must not be running."""
    single_user(home, binaries, home.cluster, "postgres", LOGIN_ROLE, fast=fast)


def set_passwords(
    home: Home, binaries: Binaries, cluster: Path, passwords: dict[str, str], *, fast: bool
) -> None:
    """Give each role its password. The server must not be running."""
    sql = "".join(f"ALTER ROLE {role} PASSWORD '{password}'\n" for role, password in passwords.items())
    single_user(home, binaries, cluster, "postgres", sql, fast=fast)


def single_user(
    home: Home, binaries: Binaries, cluster: Path, database: str, sql: str, *, fast: bool
) -> None:
    """Run statements, one per line, in a server that nobody can connect to. Raises PostgresFault."""
    command: list[str | Path] = [binaries.bin_dir / "postgres", "--single", "-D", cluster, "-E"]
    command += ["-c", "log_min_error_statement=panic", "-c", "log_error_verbosity=terse"]
    if fast:
        command += ["-c", "fsync=off"]
    run(home, [*command, database], sql)


def run(home: Home, command: list[str | Path], given: str = "") -> None:
    """Run one of the programs as the home's account. Raises PostgresFault with its last words."""
    try:
        done = subprocess.run(  # noqa: S603
            command,
            input=given,
            capture_output=True,
            text=True,
            cwd="/",
            env=ENVIRONMENT,
            umask=0o077,
            **home.account.credentials(),
        )
    except OSError as error:
        raise PostgresFault(f"{command[0]} cannot be run: {error.strerror}.") from None
    if done.returncode or "ERROR:" in done.stderr or "FATAL:" in done.stderr:
        raise from_log(done.stderr, home.cluster.parent)

"""Where an embedded cluster lies, who may run it, and what is kept beside it: lock, port and passwords."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
import time
from pathlib import Path
from typing import IO

import msgspec

from vardlots.platform.postgres.account import Account, account_for, can_pass
from vardlots.platform.postgres.faults import PostgresFault
from vardlots.platform.settings import make_data_dir

SUPERUSER = "postgres"
OWNER = "vardlots_owner"  # owns the tables: migrations sign in so
LOGIN = "vardlots_login"  # owns nothing, passes by nothing: the product signs in so
DATABASE = "vardlots"
STILL_DYING = 0.5  # seconds in which one that was just killed lets go
SYSTEM_HOME = Path("/var/lib/vardlots")


class Kept(msgspec.Struct, frozen=True):
    """What is kept from one start to the next, in a file only its owner can read."""

    port: int
    passwords: dict[str, str]


class Home(msgspec.Struct, frozen=True):
    """The places of one embedded cluster. `folder` is ours; `cluster` belongs to `account`."""

    folder: Path
    cluster: Path
    account: Account

    @property
    def log(self) -> Path:
        """What the server says, one file."""
        return self.folder / "server.log"


def open_home(data_dir: Path) -> Home:
    """The home below `data_dir`, made when it is not there.

    Root cannot run the server, and the user who can may be shut out from root's own folders. Then the cluster
    lies in SYSTEM_HOME instead: nobody's folders are opened up for it. Raises PostgresFault.
    """
    folder = _folder(data_dir)
    try:
        make_data_dir(data_dir)
        folder.mkdir(exist_ok=True)
        folder.chmod(0o711 if os.geteuid() == 0 else 0o700)
        elsewhere = _elsewhere(folder)
        cluster = (elsewhere if (elsewhere / "cluster").is_dir() else folder) / "cluster"
        account = account_for(cluster)
        if not can_pass(folder, account) and not cluster.is_dir():
            elsewhere.mkdir(parents=True, exist_ok=True)
            elsewhere.parent.chmod(0o711)
            elsewhere.chmod(0o711)
            cluster = elsewhere / "cluster"
        if not can_pass(cluster.parent, account):
            raise PostgresFault(f"User {account.name}, who runs the database, cannot reach {cluster}.")
    except OSError as error:
        raise PostgresFault(f"The data folder {data_dir} cannot be used: {error.strerror}.") from None
    return Home(folder, cluster, account)


def lock(home: Home) -> IO[bytes]:
    """Hold the home until the file is closed or this process ends. Raises PostgresFault when it is held."""
    held = (home.folder / "lock").open("ab")
    until = time.monotonic() + STILL_DYING
    while True:
        try:
            fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return held
        except OSError:
            if time.monotonic() > until:
                break
        time.sleep(0.02)
    held.close()
    raise PostgresFault(
        f"Another Vårdlots is running with the data in {home.folder.parent}: stop it, or choose another "
        "VARDLOTS_DATA_DIR."
    )


def read_kept(home: Home) -> Kept | None:
    """Port and passwords; None when there are none, or they cannot be read as such."""
    try:
        return msgspec.json.decode((home.folder / "credentials.json").read_bytes(), type=Kept)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def keep(home: Home, kept: Kept) -> None:
    """Write port and passwords so that a crash leaves either the old or the new."""
    path = home.folder / "credentials.json"
    new = path.with_suffix(".new")
    new.unlink(missing_ok=True)
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with open(descriptor, "wb") as file:
        file.write(msgspec.json.encode(kept))
        os.fsync(file.fileno())
    new.rename(path)


def kept_url(data_dir: Path, role: str = LOGIN) -> str | None:
    """A role's address of the embedded database that was last started there; None when there is none."""
    try:
        kept = read_kept(Home(_folder(data_dir), _folder(data_dir), Account("", 0, 0, dropped=False)))
    except OSError:
        return None
    return address(kept, role, DATABASE) if kept and role in kept.passwords else None


def address(kept: Kept, role: str, database: str) -> str:
    """The address of a database for a role."""
    return f"postgresql://{role}:{kept.passwords[role]}@127.0.0.1:{kept.port}/{database}"


def new_passwords() -> dict[str, str]:
    """A password for each role that may sign in."""
    return {role: secrets.token_urlsafe(32) for role in (SUPERUSER, OWNER, LOGIN)}


def erase(data_dir: Path) -> None:
    """Remove the cluster of `data_dir` and all that is kept beside it. Raises PostgresFault while it runs."""
    folder = _folder(data_dir)
    if folder.is_dir():
        with lock(Home(folder, folder, Account("", 0, 0, dropped=False))):
            shutil.rmtree(_elsewhere(folder), ignore_errors=True)
            shutil.rmtree(folder)


def _folder(data_dir: Path) -> Path:
    return data_dir.absolute() / "postgres"


def _elsewhere(folder: Path) -> Path:
    return SYSTEM_HOME / hashlib.sha256(bytes(folder.resolve())).hexdigest()[:16]

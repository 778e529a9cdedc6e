"""Which operating-system user the server runs as, and whether that user can reach a path."""

from __future__ import annotations

import os
import pwd
import stat
from pathlib import Path
from typing import TypedDict

import msgspec

from vardlots.platform.postgres.faults import PostgresFault

LESSER_USERS = ("postgres", "nobody")


class Credentials(TypedDict, total=False):
    """The arguments of `subprocess.Popen` that make a child run as the account."""

    user: int
    group: int
    extra_groups: list[int]


class Account(msgspec.Struct, frozen=True):
    """A user the server can run as. `dropped` is set when we are root and it is not."""

    name: str
    uid: int
    gid: int
    dropped: bool

    def credentials(self) -> Credentials:
        """What to give `subprocess.Popen`; nothing when the server runs as ourselves."""
        if not self.dropped:
            return {}
        return {"user": self.uid, "group": self.gid, "extra_groups": []}


def account_for(cluster: Path) -> Account:
    """The user the server of `cluster` runs as: ourselves, or for root a user with fewer rights.

    An existing cluster keeps the user it belongs to. Raises PostgresFault when it belongs to somebody else,
    or when there is no lesser user.
    """
    owner = cluster.stat().st_uid if cluster.is_dir() else None
    me = os.geteuid()
    if me != 0:
        if owner not in (None, me):
            raise PostgresFault(
                f"The database in {cluster} belongs to user {_name(owner)} and you are {_name(me)}: "
                "start as that user, or choose another VARDLOTS_DATA_DIR."
            )
        return Account(_name(me), me, os.getegid(), dropped=False)
    if owner == 0:
        raise PostgresFault(
            f"The database in {cluster} belongs to root, and PostgreSQL refuses to run as root: "
            "give the folder to another user."
        )
    for name in (owner, *LESSER_USERS):
        try:
            entry = pwd.getpwuid(name) if isinstance(name, int) else pwd.getpwnam(name) if name else None
        except KeyError:
            entry = None
        if entry:
            return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, dropped=True)
    raise PostgresFault(
        "PostgreSQL refuses to run as root, and this machine has neither a user postgres nor a user nobody: "
        "start as an ordinary user."
    )


def _name(uid: int | None) -> str:
    try:
        return pwd.getpwuid(uid if uid is not None else os.geteuid()).pw_name
    except KeyError:
        return str(uid)


def can_pass(path: Path, account: Account) -> bool:
    """Whether the account can pass through every folder down to `path` and read `path` itself.

    Judged by the mode bits. A path that does not exist yet counts as its nearest existing parent.
    """
    if not account.dropped:
        return True
    path = path.absolute()
    while not path.exists():
        path = path.parent
    # A way through a symbolic link is barred when either way is.
    on_the_way = {*path.parents, *path.resolve().parents}
    return may(path, account, read=path.is_file()) and all(may(folder, account) for folder in on_the_way)


def may(path: Path, account: Account, *, read: bool = False) -> bool:
    """Whether the account may execute or pass through `path`, and with `read` also read it."""
    found = path.stat()
    wanted = 0o5 if read else 0o1
    if found.st_uid == account.uid:
        wanted <<= 6
    elif found.st_gid == account.gid:
        wanted <<= 3
    return stat.S_IMODE(found.st_mode) & wanted == wanted

"""Whether the access log is as it was sealed. Every seal is computed anew from the rows that stand there now."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from enum import StrEnum

import msgspec

from vardlots.audit import seals
from vardlots.audit.chain import NOTHING, Row, Seal, ids_digest, rows_digest
from vardlots.platform import clock
from vardlots.platform.db import Database, provider_scope

SEALS_AT_ONCE = 100
# The worker seals every ten minutes: a row that is older than this and has no seal lacks one.
LONGEST_UNSEALED = timedelta(hours=1)
SHORTEST_KEPT = timedelta(days=5 * 365)  # HSLF-FS 2016:40 ch. 4, whatever leap years lie between


class Wrong(StrEnum):
    """What can be wrong with a part of the log."""

    CHANGED = "changed"
    REMOVED = "removed"
    ADDED = "added"
    EXCHANGED = "exchanged"
    SEAL_CHANGED = "seal_changed"
    SEAL_REMOVED = "seal_removed"
    CHAIN_BROKEN = "chain_broken"
    PRUNED_TOO_EARLY = "pruned_too_early"
    UNSEALED = "unsealed"
    HEAD_UNKNOWN = "head_unknown"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One part of the log that does not hold. `found` and `expected` are counts of rows, where they tell something."""

    wrong: Wrong
    seal_no: int | None = None
    first_at: datetime | None = None
    last_at: datetime | None = None
    expected: int = 0
    found: int = 0


class Verdict(msgspec.Struct, frozen=True, kw_only=True):
    """What a look at one provider's log gave."""

    provider_id: int
    seals: int = 0
    rows: int = 0
    pruned: int = 0
    unsealed: int = 0
    head: bytes | None = None
    head_at: datetime | None = None
    findings: tuple[Finding, ...] = ()
    heads_found: frozenset[bytes] = frozenset()

    @property
    def holds(self) -> bool:
        return not self.findings


async def verify(database: Database, provider_id: int, *, kept_heads: Iterable[bytes] = ()) -> Verdict:
    """Read the provider's whole log against its chain.

    `kept_heads` are digests that were written down elsewhere. One that is not among `heads_found` afterwards, for any
    provider, tells that everything up to it has been written anew.
    """
    findings: list[Finding] = []
    last: Seal | None = None
    count = rows_seen = pruned = 0
    heads, heads_found = set(kept_heads), set[bytes]()
    while True:
        async with database.transaction(provider_scope(provider_id)) as connection:
            part = await seals.seals(
                connection, provider_id, above=last.seal_no if last else 0, limit=SEALS_AT_ONCE
            )
            for one in part:
                rows = await seals.rows_between(connection, provider_id, above=one.from_id, to=one.to_id)
                findings += _in_chain(last, one)
                findings += _in_rows(one, rows)
                heads_found |= heads & {one.digest}
                last, count, rows_seen = one, count + 1, rows_seen + len(rows)
                pruned += one.row_count if one.pruned_at else 0
            if len(part) < SEALS_AT_ONCE:
                unsealed, since = await seals.unsealed_since(connection, provider_id)
                break
    if since is not None and clock.now() - since > LONGEST_UNSEALED:
        findings.append(Finding(wrong=Wrong.UNSEALED, first_at=since, last_at=None, found=unsealed))
    return Verdict(
        provider_id=provider_id,
        seals=count,
        rows=rows_seen,
        pruned=pruned,
        unsealed=unsealed,
        head=last.digest if last else None,
        head_at=last.sealed_at if last else None,
        findings=tuple(findings),
        heads_found=frozenset(heads_found),
    )


def _in_chain(before: Seal | None, one: Seal) -> list[Finding]:
    """What is wrong with a seal itself and its place after the one before it."""
    found: list[Finding] = []
    expected_no = before.seal_no + 1 if before else 1
    missing = range(expected_no, one.seal_no)
    for number in missing:
        since = before.last_at if before else None
        found.append(Finding(wrong=Wrong.SEAL_REMOVED, seal_no=number, first_at=since, last_at=one.first_at))
    if not one.holds_itself:
        found.append(_about(one, Wrong.SEAL_CHANGED))
    follows = (before.digest, before.to_id) if before else (NOTHING, 0)
    if not missing and (one.previous, one.from_id) != follows:
        found.append(_about(one, Wrong.CHAIN_BROKEN))
    return found


def _in_rows(one: Seal, rows: list[Row]) -> list[Finding]:
    """What is wrong with the rows under a seal."""
    if one.pruned_at is not None:
        early = one.pruned_at - one.last_at < SHORTEST_KEPT
        found = [_about(one, Wrong.PRUNED_TOO_EARLY)] if early else []
        return [*found, *([_about(one, Wrong.ADDED, rows)] if rows else [])]
    if rows_digest(rows) == one.rows_digest and len(rows) == one.row_count:
        return []
    if ids_digest(rows) == one.ids_digest:
        return [_about(one, Wrong.CHANGED, rows)]
    if len(rows) == one.row_count:
        return [_about(one, Wrong.EXCHANGED, rows)]
    return [_about(one, Wrong.REMOVED if len(rows) < one.row_count else Wrong.ADDED, rows)]


def _about(one: Seal, wrong: Wrong, rows: Sequence[Row] = ()) -> Finding:
    return Finding(
        wrong=wrong,
        seal_no=one.seal_no,
        first_at=one.first_at,
        last_at=one.last_at,
        expected=0 if one.pruned_at else one.row_count,
        found=len(rows),
    )

"""The chain of seals over the access log: what is sealed as bytes, and the digests. Pure.

A seal covers the rows of one provider numbered above `from_id` up to `to_id`. Its digest is SHA-256 over what stands
in it: the range, the count, the times, a digest of the rows' numbers, a digest of the rows, and the digest of the seal
before. Whoever keeps the newest digest elsewhere can show that nothing before it has been rewritten.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

FORM = 1  # of the bytes below; another form of them gets another number
NOTHING = bytes(32)  # what the first seal has before it
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Row(msgspec.Struct, frozen=True, array_like=True):
    """A row of the log as it is sealed: every column but the provider, the time in microseconds since 1970 (UTC)."""

    log_id: int
    at: int
    actor_kind: str
    actor_id: int
    actor_name: str
    unit_id: int | None
    person_id: int | None
    case_id: int | None
    action: str
    reason: str | None


class Seal(msgspec.Struct, frozen=True, kw_only=True):
    """A seal as it is kept. Times are aware, digests 32 bytes."""

    provider_id: int
    seal_no: int
    from_id: int
    to_id: int
    row_count: int
    first_at: datetime
    last_at: datetime
    ids_digest: bytes
    rows_digest: bytes
    previous: bytes
    digest: bytes
    sealed_at: datetime
    pruned_at: datetime | None = None

    @property
    def holds_itself(self) -> bool:
        """Whether what stands in the seal is what was sealed."""
        return self.digest == _digest(self)


def microseconds(moment: datetime) -> int:
    """Since 1970, whole."""
    return (moment - _EPOCH) // timedelta(microseconds=1)


def row_from(record: Any) -> Row:
    """A row as the database gives it, with the columns of `Row`."""
    values = {name: record[name] for name in Row.__struct_fields__}
    return Row(**(values | {"at": microseconds(record["at"])}))


def ids_digest(rows: Iterable[Row]) -> bytes:
    """Over the rows' numbers alone: tells a changed row from one that was taken away or put in."""
    return hashlib.sha256(b"".join(b"%d\n" % row.log_id for row in rows)).digest()


def rows_digest(rows: Iterable[Row]) -> bytes:
    """Over everything that stands in the rows."""
    encode = msgspec.json.Encoder().encode
    return hashlib.sha256(b"".join(encode(row) + b"\n" for row in rows)).digest()


def seal_over(
    rows: Sequence[Row], *, provider_id: int, after: Seal | None, to_id: int, sealed_at: datetime
) -> Seal:
    """The next seal of the chain. `rows` are all that there are above the last seal up to `to_id`, by number; at least
    one."""
    times = [row.at for row in rows]
    seal = Seal(
        provider_id=provider_id,
        seal_no=after.seal_no + 1 if after else 1,
        from_id=after.to_id if after else 0,
        to_id=to_id,
        row_count=len(rows),
        first_at=_EPOCH + timedelta(microseconds=min(times)),
        last_at=_EPOCH + timedelta(microseconds=max(times)),
        ids_digest=ids_digest(rows),
        rows_digest=rows_digest(rows),
        previous=after.digest if after else NOTHING,
        digest=NOTHING,
        sealed_at=sealed_at,
    )
    return msgspec.structs.replace(seal, digest=_digest(seal))


def _digest(seal: Seal) -> bytes:
    return hashlib.sha256(
        msgspec.json.encode(
            [
                *(FORM, seal.provider_id, seal.seal_no, seal.from_id, seal.to_id, seal.row_count),
                *(microseconds(moment) for moment in (seal.first_at, seal.last_at, seal.sealed_at)),
                *(part.hex() for part in (seal.ids_digest, seal.rows_digest, seal.previous)),
            ]
        )
    ).digest()

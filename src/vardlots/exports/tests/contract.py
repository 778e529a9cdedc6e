"""What every adapter to a record system promises. A new adapter runs these against itself."""

import asyncio
from collections.abc import Callable

import pytest

from vardlots.exports.model import Why
from vardlots.exports.port import NotDelivered, Package, RecordSystem
from vardlots.exports.tests.papers import PICTURE

PACKAGE = Package(
    export_id="5c0f3b52-9f5e-5b2f-8f0e-0d6f6a1f0c11",
    bundle=b'{"resourceType": "Bundle"}',
    pdf=b"%PDF-1.7",
    text="Anteckning\n",
    attachments=(PICTURE,),
)


async def keeps_its_promises(records: RecordSystem, there: Callable[[], int]) -> None:
    """`there` tells how many notes the other side has."""
    first = await records.deliver(PACKAGE)
    assert first.reference
    assert there() == 1
    # Sent but never noted, so sent again; and by two workers at once.
    again = await asyncio.gather(*(records.deliver(PACKAGE) for _ in range(4)))
    assert {one.reference for one in again} == {first.reference}
    assert there() == 1


async def refuses(records: RecordSystem, why: Why, there: Callable[[], int]) -> None:
    """An adapter that cannot deliver says why, and leaves nothing behind."""
    before = there()
    with pytest.raises(NotDelivered) as refused:
        await records.deliver(PACKAGE)
    assert refused.value.why is why
    assert there() == before

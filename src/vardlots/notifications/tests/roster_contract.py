"""What any adapter of the on-call roster promises. An adapter's own test hands over an adapter and a place it knows."""

from datetime import datetime, timedelta

from vardlots.notifications.roster import OnCallRoster
from vardlots.platform.phones import read_phone


async def keeps_the_contract(
    roster: OnCallRoster,
    *,
    provider_id: int,
    unit_id: int,
    elsewhere: tuple[int, int],
    moments: list[datetime],
) -> None:
    """`elsewhere`: another provider and a unit of it, which this provider's roster must say nothing of."""
    for moment in moments:
        phone = await roster.phone_for(provider_id=provider_id, unit_id=unit_id, moment=moment)
        # A number that can be dialled as it stands, or nobody.
        assert phone is None or (phone.startswith("+") and read_phone(phone) == phone)
        # The same question has the same answer, however the moment is written.
        again = await roster.phone_for(
            provider_id=provider_id, unit_id=unit_id, moment=moment.astimezone(tz=None)
        )
        assert again == phone
        # A place that it does not know is no error: nobody is reached there.
        assert await roster.phone_for(provider_id=provider_id, unit_id=2**31 - 1, moment=moment) is None
        assert await roster.phone_for(provider_id=provider_id, unit_id=elsewhere[1], moment=moment) is None
        later = moment + timedelta(microseconds=1)
        assert isinstance(
            await roster.phone_for(provider_id=provider_id, unit_id=unit_id, moment=later), str | None
        )

"""The end that is promised when the patient reads where a visit goes on."""

from datetime import datetime

from vardlots.cases.model import Case
from vardlots.cases.referring.rules import referral_rules
from vardlots.platform import jobs
from vardlots.platform.db import Connection

END = "cases.end_referred"


async def promise_end(connection: Connection, case: Case, now: datetime) -> None:
    """The patient has read the message: in a moment, which is theirs to answer in, the visit ends."""
    rules = await referral_rules(connection, case.provider_id)
    payload = {"ref": str(case.ref), "n": case.referred_n}
    await jobs.enqueue(connection, END, payload, at=now + rules.answer_for)

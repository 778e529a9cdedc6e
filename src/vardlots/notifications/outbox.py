"""The local adapter for text messages, and the choice between the two."""

from vardlots.notifications.actions import keep_sms
from vardlots.notifications.model import Receipt, Sms
from vardlots.notifications.receipts import read_receipts
from vardlots.notifications.sms import HttpSender, ReceiptReader, SmsSender
from vardlots.platform.db import Database
from vardlots.platform.settings import Settings


class OutboxSender:
    """Keeps each message in a table, where the demonstration shows it. Nothing leaves the house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, sms: Sms) -> None:
        """Keep the message, whose receipt follows by itself; the same reference twice is one row."""
        await keep_sms(self._database, by="outbox", sms=sms)


class OutboxReceipts:
    """Nobody posts receipts for the outbox, but whoever tries the way in may: in the same words."""

    def receipts(self, body: bytes) -> list[Receipt]:
        """As `receipts.py` says."""
        return read_receipts(body)


def sender_for(settings: Settings, database: Database) -> SmsSender:
    """The adapter that the settings choose."""
    if settings.sms_adapter == "http":
        assert settings.sms_http_url
        assert settings.sms_http_token
        return HttpSender(settings.sms_http_url, settings.sms_http_token)
    return OutboxSender(database)


def receipts_for(settings: Settings) -> ReceiptReader:
    """The adapter that reads the receipts of the provider that the settings choose."""
    if settings.sms_adapter == "http":
        return HttpSender(settings.sms_http_url or "", settings.sms_http_token or "")
    return OutboxReceipts()

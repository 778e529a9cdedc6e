"""The local adapter for text messages, and the choice between the two."""

from vardlots.notifications.actions import keep_sms
from vardlots.notifications.model import Sms
from vardlots.notifications.sms import HttpSender, SmsSender
from vardlots.platform.db import Database
from vardlots.platform.settings import Settings


class OutboxSender:
    """Keeps each message in a table, where the demonstration shows it. Nothing leaves the house."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def send(self, sms: Sms) -> None:
        """Keep the message; the same reference twice is one row."""
        await keep_sms(self._database, by="outbox", sms=sms)


def sender_for(settings: Settings, database: Database) -> SmsSender:
    """The adapter that the settings choose."""
    if settings.sms_adapter == "http":
        assert settings.sms_http_url
        assert settings.sms_http_token
        return HttpSender(settings.sms_http_url, settings.sms_http_token)
    return OutboxSender(database)

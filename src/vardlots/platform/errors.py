"""Refusals: typed, human, and with a way out. A page turns them into an answer with the same status."""

from datetime import datetime

from vardlots.platform.i18n import N_


class Refusal(Exception):
    """The product says no, in plain words.

    `code` names the reason for tests and API clients, `message` is a gettext source text (Swedish),
    `values` are filled into it when it is shown.
    """

    status = 400
    code = "refused"

    def __init__(self, message: str, *, code: str | None = None, **values: object) -> None:
        super().__init__(message)
        self.message = message
        self.values = values
        if code:
            self.code = code


class SignInNeeded(Refusal):
    """Nobody is signed in, or the session has ended."""

    status = 401
    code = "sign_in_needed"


class Forbidden(Refusal):
    """An insider without the right."""

    status = 403
    code = "forbidden"


class NotFound(Refusal):
    """It is not there, or the one who asks is an outsider: the answer is the same."""

    status = 404
    code = "not_found"

    def __init__(
        self, message: str = N_("Sidan finns inte, eller så hör den inte till dig."), **values: object
    ) -> None:
        super().__init__(message, code=None, **values)


class SomebodyWasFirst(Refusal):
    """Two did the same thing at once and the other one has it."""

    status = 409
    code = "somebody_was_first"

    def __init__(self, who: str, when: datetime | None) -> None:
        super().__init__(N_("{who} hann före."), who=who)
        self.who = who
        self.when = when


class WrongState(Refusal):
    """The thing has moved on and the verb no longer fits its state."""

    status = 409
    code = "wrong_state"


class Invalid(Refusal):
    """Wrong input: names the field and the way out."""

    status = 422
    code = "invalid"

    def __init__(self, field: str, message: str, **values: object) -> None:
        super().__init__(message, code=None, **values)
        self.field = field


class TooMany(Refusal):
    """Too many tries in too short a time."""

    status = 429
    code = "too_many"


class Unavailable(Refusal):
    """Something outside is down; nothing was lost."""

    status = 503
    code = "unavailable"

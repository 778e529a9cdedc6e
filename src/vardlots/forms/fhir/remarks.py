"""What is said of a FHIR file that is read: everything that the engine does not act on, by its place in the file."""

from collections.abc import Iterable
from enum import StrEnum

import msgspec

from vardlots.forms.faults import ContentError, ContentFault, Told
from vardlots.forms.text import Text


class Effect(StrEnum):
    """What a remark means for whoever wants to use the form."""

    KEPT = "kept"
    LEFT_OUT = "left_out"
    REFUSES = "refuses"


EFFECTS: dict[Effect, Text] = {
    Effect.KEPT: {"sv": "behålls men används inte", "en": "kept, not acted on"},
    Effect.LEFT_OUT: {"sv": "frågan ställs inte", "en": "item left out"},
    Effect.REFUSES: {"sv": "går inte att läsa in", "en": "refuses"},
}


class Remark(msgspec.Struct, frozen=True):
    """One thing in a file that does not become what its author meant. `path` is as `item[3].item[0].extension[1]`."""

    path: str
    what: Told
    effect: Effect

    def sentence(self, lang: str) -> str:
        """What it is and what that means."""
        what = self.what.swedish if lang == "sv" else str(self.what)
        return f"{what} ({EFFECTS[self.effect]['sv' if lang == 'sv' else 'en']})"


class Remarks:
    """The remarks on a file while it is read."""

    def __init__(self) -> None:
        self.found: list[Remark] = []

    def keep(self, path: str, what: Told) -> None:
        """Something is kept and not acted on."""
        self.found.append(Remark(path, what, Effect.KEPT))

    def leave_out(self, path: str, what: Told) -> None:
        """An item is kept and never asked."""
        self.found.append(Remark(path, what, Effect.LEFT_OUT))

    def refuse(self, path: str, what: Told) -> None:
        """The file cannot be used; reading goes on, to find whatever else is wrong."""
        self.found.append(Remark(path, what, Effect.REFUSES))

    @property
    def refused(self) -> bool:
        """Whether anything refuses the file."""
        return any(one.effect is Effect.REFUSES for one in self.found)

    def check(self, file: str) -> None:
        """Raises ContentError with everything that refuses the file, if anything does."""
        if self.refused:
            raise refusal(file, (one for one in self.found if one.effect is Effect.REFUSES))


def refusal(file: str, remarks: Iterable[Remark]) -> ContentError:
    """Remarks that refuse a file, as an error like any other content's."""
    return ContentError([ContentFault(file, one.path, one.what) for one in remarks])

"""A text that administrators write in Swedish and English: each kind says its own fields, all are read alike."""

from typing import Annotated

import msgspec

from vardlots.platform.i18n import N_

# Only says in the list what a text is for.
Use = Annotated[str, msgspec.Meta(title=N_("Används"), max_length=80, extra_json_schema={"readonly": True})]


class BothLanguages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One text in both languages. A kind names `sv` and `en` anew, with what may stand in them and how much."""

    sv: str
    en: str

    def written(self, lang: str) -> str:
        """The text in a language: English for English, Swedish for every other."""
        return self.en if lang == "en" else self.sv

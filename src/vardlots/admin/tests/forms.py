"""What a browser without script sends of a form that it was shown."""

from html.parser import HTMLParser


class _Form(HTMLParser):
    """Collects the fields of one form, and of those that name it from outside."""

    def __init__(self, form_id: str) -> None:
        super().__init__(convert_charrefs=True)
        self.form_id = form_id
        self.fields: dict[str, list[str]] = {}
        self._inside = False
        self._area: str | None = None
        self._text = ""
        self._select: tuple[str, list[str], list[str]] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._inside = at.get("id") == self.form_id
        if not self._inside and at.get("form") != self.form_id and tag != "option":
            return
        name = at.get("name", "")
        if "disabled" in at:
            return
        if tag == "input" and name:
            if at.get("type") in ("checkbox", "radio") and "checked" not in at:
                return
            self.fields.setdefault(name, []).append(at.get("value", "on"))
        elif tag == "textarea" and name:
            self._area, self._text = name, ""
        elif tag == "select" and name:
            self._select = (name, [], [])
        elif tag == "option" and self._select is not None:
            self._select[1].append(at.get("value", ""))
            if "selected" in at:
                self._select[2].append(at.get("value", ""))

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._area is not None:
            # The line break right after the tag is not a part of the text.
            self.fields.setdefault(self._area, []).append(self._text.removeprefix("\n"))
            self._area = None
        elif tag == "select" and self._select is not None:
            name, every, chosen = self._select
            self.fields.setdefault(name, []).extend(chosen or every[:1])
            self._select = None

    def handle_data(self, data: str) -> None:
        if self._area is not None:
            self._text += data


def shown_in(page: bytes, form_id: str = "edit-form") -> dict[str, list[str]]:
    """The fields of a form on a page, as they would be sent."""
    form = _Form(form_id)
    form.feed(page.decode("utf-8"))
    return form.fields

"""Writes `docs/settings.md` from the fields of `Settings`, so that the page is never behind the code."""

from __future__ import annotations

from pathlib import Path
from typing import Literal, get_args, get_origin

import msgspec

from vardlots.platform.settings import SettingField, setting_fields

HEAD = """# Settings

All settings are environment variables, read once at start. Whatever is wrong is told at once, one sentence
per fault. This page is written by `python -m vardlots.platform.settings_page` from `platform/settings.py`:
change that, not this.

| variable | kind | default | what |
|---|---|---|---|
"""


def settings_page() -> str:
    """The whole page as Markdown."""
    return HEAD + "".join(_row(field) for field in setting_fields())


def _row(field: SettingField) -> str:
    return f"| `{field.variable}` | {_kind(field)} | {_default(field)} | {field.description} |\n"


def _kind(field: SettingField) -> str:
    if get_origin(field.kind) is Literal:
        kind = " or ".join(f"`{choice}`" for choice in get_args(field.kind))
    elif get_origin(field.kind) is tuple:
        kind = "list"
    else:
        kind = {"str": "text", "int": "number", "bool": "true or false", "Path": "folder"}[
            field.kind.__name__
        ]
    if field.least is not None:
        kind += f" {field.least}–{field.most}"
    return f"{kind}, secret" if field.secret else kind


def _default(field: SettingField) -> str:
    if field.default is msgspec.NODEFAULT:
        return "see there"
    if field.default is None or field.default == ():
        return "none"
    if isinstance(field.default, bool):
        return "true" if field.default else "false"
    if isinstance(field.default, tuple):
        return f"`{','.join(field.default)}`"
    return f"`{field.default}`"


if __name__ == "__main__":
    Path("docs/settings.md").write_text(settings_page(), encoding="utf-8")

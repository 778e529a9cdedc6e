"""The content that the patient's pages speak in: protocols, schemes, and the form before the queue."""

from functools import cache
from pathlib import Path

from vardlots.access.web import Web
from vardlots.forms.authoring import load_forms
from vardlots.forms.model import Form
from vardlots.forms.text import say
from vardlots.triage.catalogue import Catalogue
from vardlots.triage.schemes import Scheme, load_schemes

CONTENT = Path(__file__).parents[3] / "content"


def catalogue(request: Web) -> Catalogue:
    """The protocols that the application has loaded."""
    found: Catalogue = request.app.state.catalogue
    return found


@cache
def scheme(code: str) -> Scheme:
    """A scheme of priorities by its code. Raises KeyError."""
    return load_schemes(CONTENT / "schemes")[code]


@cache
def post_form() -> Form:
    """The questions between triage and the queue, in their newest version."""
    return load_forms(CONTENT / "forms").form("post_triage")


def complaint(known: Catalogue, code: str, lang: str) -> str:
    """The name of a complaint; one that no protocol has is shown as it stands."""
    try:
        return say(known.protocol(code).title, lang)
    except LookupError:
        return code

"""The files whose texts a patient may meet: what a language that is for patients alone must say.

A template is found by itself: the one that extends `patient.html`, and whatever it draws in. Of the code, everything in
the subjects that patients' pages use, apart from the modules that only staff's pages or an administrator's forms use:
a new module counts until it is named here.
"""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "vardlots"

# Patients' pages that staff's share: what only staff see of them, and pages that look like a patient's but are not.
STAFF_TEMPLATES = {"staff.html", "access/assignment.html"}
# Drawn alone, not by a page.
FRAGMENTS = {"errors/fragment.html"}
SUBJECTS = (
    "platform",
    "people",
    "clinics",
    "access",
    "audit",
    "booking",
    "consents",
    "forms",
    "cases",
    "conversations",
    "tickets",
)
SUBJECTS += ("triage", "demo")
# `review/` is staff's, apart from the patient's own log.
ALSO = ("review/own_log.py", "review/extract.py")
STAFF_CODE = (
    *("access/actions.py", "access/shift_pages.py", "access/shifts/", "booking/schedules/"),
    *(
        "cases/openings/",
        "cases/assisted/",
        "cases/begun/",
        "cases/chasing/",
        "cases/feedback/",
        "cases/guests/",
    ),
    *(
        "cases/handovers/",
        "cases/pauses/",
        "cases/referring/",
        "cases/ending/actions.py",
        "cases/ending/configured.py",
    ),
    *("clinics/actions.py", "clinics/changes/"),
    *("conversations/phrases.py", "conversations/own_phrases/", "conversations/talk/"),
    *("conversations/forms/measures.py", "forms/configured.py"),
    *("people/soap.py", "platform/helps.py"),
    *("tickets/acknowledging/", "tickets/staff/"),
    *(
        "triage/assisted/",
        "triage/escalation.py",
        "triage/priorities.py",
        "triage/protocols.py",
        "triage/reasons.py",
    ),
    "triage/routing.py",
)
_DRAWN = re.compile(r"\{%-?\s*(extends|include|from|import)\s+([^%]*)")
_NAME = re.compile(r'"([^"]+\.html)"')


def templates() -> list[Path]:
    """Every template that a patient's page is drawn from."""
    every = {
        path.relative_to(folder).as_posix(): path
        for folder in SOURCE.glob("*/templates")
        for path in folder.rglob("*.html")
    }
    drawn = {name: _DRAWN.findall(path.read_text(encoding="utf-8")) for name, path in every.items()}

    def is_patients(name: str) -> bool:
        above = [one for how, names in drawn[name] if how == "extends" for one in _NAME.findall(names)]
        return name == "patient.html" or any(is_patients(one) for one in above)

    waiting = [name for name in every if is_patients(name) or name in FRAGMENTS]
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name not in found | STAFF_TEMPLATES:
            found.add(name)
            waiting += [one for _, names in drawn[name] for one in _NAME.findall(names)]
    return sorted(every[name] for name in found)


def code() -> list[Path]:
    """Every module whose texts a patient may meet."""
    found = [SOURCE / name for name in ALSO]
    for subject in SUBJECTS:
        for path in (SOURCE / subject).rglob("*.py"):
            name = path.relative_to(SOURCE).as_posix()
            if "tests" not in path.parts and not name.startswith(STAFF_CODE):
                found.append(path)
    return sorted(found)


if __name__ == "__main__":
    for path in (*code(), *templates()):
        print(path.relative_to(ROOT))

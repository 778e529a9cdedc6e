"""How the parts of a document are coded. Free of licences: our own names, and whatever an installation adds in
`content/codes/document.toml` (LOINC, SNOMED CT or a region's own, for those who may use them).
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Any

CONTENT = Path(__file__).parents[3] / "content" / "codes" / "document.toml"
OWN = "urn:vardlots:fhir:document"
NOTE = "urn:vardlots:fhir:note"
CASE = "urn:vardlots:fhir:case"
PERSON = "urn:vardlots:fhir:person"
DIGEST = "urn:vardlots:fhir:sha256"
ICD_10_SE = "urn:oid:1.2.752.116.1.1.1.1.3"
KVA = "urn:oid:1.2.752.116.1.3.2.1.4"
HSA = "urn:oid:1.2.752.129.2.1.4.1"


def concept(name: str, said: str) -> dict[str, Any]:
    """A CodeableConcept for a part of the document: our own code first, then the installation's."""
    return {"coding": [{"system": OWN, "code": name}, *_further().get(name, ())], "text": said}


@cache
def _further() -> dict[str, list[dict[str, str]]]:
    return read_codings(CONTENT)


def read_codings(path: Path) -> dict[str, list[dict[str, str]]]:
    """Further codings by the part's name. Raises ValueError where one lacks its system or its code."""
    found: dict[str, list[dict[str, str]]] = {}
    for name, listed in tomllib.loads(path.read_text(encoding="utf-8")).get("codings", {}).items():
        for one in listed:
            if not {"system", "code"} <= set(one) <= {"system", "code", "display"}:
                raise ValueError(
                    f"{path.name}: a coding of {name} needs system and code, and may have display"
                )
        found[name] = listed
    return found

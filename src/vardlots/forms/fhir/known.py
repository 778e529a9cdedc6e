"""What is said of extensions that a file has and the engine does not act on: in words, by their addresses."""

from vardlots.forms.faults import Told
from vardlots.forms.text import Text

_CORE = "http://hl7.org/fhir/StructureDefinition/"
_SDC = "http://hl7.org/fhir/uv/sdc/StructureDefinition/sdc-questionnaire-"

# The last part of an address tells which it is; other projects write these addresses with bases of their own.
NAMED: dict[str, Text] = {
    "questionnaire-instruction": {
        "sv": "en anvisning som egen text visas inte",
        "en": "an instruction of its own is not shown",
    },
    "questionnaire-constraint": {
        "sv": "ett villkor som svaren ska uppfylla prövas inte",
        "en": "a condition that answers must meet is not tried",
    },
    "targetConstraint": {
        "sv": "ett villkor som svaren ska uppfylla prövas inte",
        "en": "a condition that answers must meet is not tried",
    },
    "questionnaire-supportLink": {
        "sv": "en länk till mer läsning visas inte",
        "en": "a link to more to read is not shown",
    },
    "questionnaire-signatureRequired": {
        "sv": "någon underskrift krävs inte, fast formuläret säger det",
        "en": "no signature is asked for though the form wants one",
    },
    "mimeType": {
        "sv": "vilka slags filer som får bifogas styrs av plattformen",
        "en": "the platform decides which kinds of files may be attached",
    },
    "maxSize": {
        "sv": "hur stor en fil får vara styrs av plattformen",
        "en": "the platform decides how large a file may be",
    },
    "rendering-xhtml": {
        "sv": "texten som HTML visas inte, den vanliga texten visas",
        "en": "the text as HTML is not shown, the plain text is",
    },
    "rendering-markdown": {
        "sv": "texten som Markdown visas inte, den vanliga texten visas",
        "en": "the text as Markdown is not shown, the plain text is",
    },
    "rendering-style": {"sv": "ett eget utseende visas inte", "en": "a look of its own is not shown"},
    "rendering-styleSensitive": {
        "sv": "ett eget utseende visas inte",
        "en": "a look of its own is not shown",
    },
    "questionnaire-displayCategory": {
        "sv": "vilken sorts text det är visas inte",
        "en": "what kind of text it is does not show",
    },
    "questionnaire-itemControl": {
        "sv": "ett eget utseende visas inte",
        "en": "a look of its own is not shown",
    },
    "translation": {
        "sv": "en översättning går inte att använda",
        "en": "a translation cannot be used",
    },
    "sdc-questionnaire-launchContext": {
        "sv": "uppgifter om patienten som formuläret vill ha när det öppnas ges inte",
        "en": "what the form wants to be told of the patient as it is opened is not given",
    },
    "sdc-questionnaire-shortText": {"sv": "en kortare text visas inte", "en": "a shorter text is not shown"},
    "sdc-questionnaire-openLabel": {
        "sv": "en egen rubrik för egna ord visas inte",
        "en": "a label of its own for own words is not shown",
    },
    "sdc-questionnaire-answerExpression": {
        "sv": "svarsalternativ som ska räknas fram räknas inte fram",
        "en": "options that are to be computed are not",
    },
    "sdc-questionnaire-answerOptionsToggleExpression": {
        "sv": "svarsalternativ som ska visas ibland visas alltid",
        "en": "options that are to be shown at times are always shown",
    },
    "sdc-questionnaire-candidateExpression": {
        "sv": "förslag till svar räknas inte fram",
        "en": "suggestions for an answer are not computed",
    },
    "sdc-questionnaire-contextExpression": {
        "sv": "bakgrund som ska visas vid frågan hämtas inte",
        "en": "background that is to be shown with it is not fetched",
    },
    "sdc-questionnaire-itemPopulationContext": {
        "sv": "svar fylls inte i från journalen",
        "en": "answers are not filled in from a record",
    },
    "sdc-questionnaire-sourceQueries": {
        "sv": "svar fylls inte i från journalen",
        "en": "answers are not filled in from a record",
    },
    "sdc-questionnaire-sourceStructureMap": {
        "sv": "svar fylls inte i från journalen",
        "en": "answers are not filled in from a record",
    },
    "sdc-questionnaire-observationLinkPeriod": {
        "sv": "svar fylls inte i från journalen",
        "en": "answers are not filled in from a record",
    },
    "sdc-questionnaire-subQuestionnaire": {
        "sv": "frågor ur ett annat formulär hämtas inte",
        "en": "questions of another form are not fetched",
    },
    "sdc-questionnaire-assembledFrom": {
        "sv": "vilka formulär det är satt ihop av",
        "en": "which forms it is put together from",
    },
    "sdc-questionnaire-unitOpen": {
        "sv": "andra enheter än de givna tas inte emot",
        "en": "no other units are taken",
    },
    "sdc-questionnaire-unitSupplementalSystem": {
        "sv": "andra enheter än de givna tas inte emot",
        "en": "no other units are taken",
    },
    "sdc-questionnaire-optionalDisplay": {"sv": "visas alltid", "en": "is always shown"},
    "sdc-questionnaire-collapsible": {"sv": "visas alltid utfällt", "en": "is always shown open"},
    "sdc-questionnaire-width": {"sv": "en egen bredd visas inte", "en": "a width of its own is not shown"},
    "sdc-questionnaire-choiceColumn": {
        "sv": "svarsalternativ visas inte i spalter",
        "en": "options are not shown in columns",
    },
    "sdc-questionnaire-itemMedia": {
        "sv": "en bild vid frågan visas inte",
        "en": "a picture beside it is not shown",
    },
    "sdc-questionnaire-itemAnswerMedia": {
        "sv": "en bild vid svaret visas inte",
        "en": "a picture beside the option is not shown",
    },
    "cpg-itemImage": {"sv": "en bild vid frågan visas inte", "en": "a picture beside it is not shown"},
    "sdc-questionnaire-entryMode": {
        "sv": "i vilken ordning frågorna får besvaras styrs av plattformen",
        "en": "the platform decides in which order questions are answered",
    },
    "sdc-questionnaire-preferredTerminologyServer": {
        "sv": "inga koder hämtas från någon server",
        "en": "no codes are fetched from a server",
    },
    "terminology-server": {
        "sv": "inga koder hämtas från någon server",
        "en": "no codes are fetched from a server",
    },
    "preferredTerminologyServer": {
        "sv": "inga koder hämtas från någon server",
        "en": "no codes are fetched from a server",
    },
    "cqf-expression": {
        "sv": "en text som ska räknas fram visas som den står",
        "en": "a computed text is shown as it stands",
    },
    "cqf-library": {
        "sv": "ett bibliotek av uträkningar hämtas inte",
        "en": "a library of computations is not fetched",
    },
    "questionnaire-referenceResource": {
        "sv": "vad en hänvisning får gälla",
        "en": "what a reference may be to",
    },
    "minValue": {"sv": "en undre gräns prövas inte", "en": "a lower limit is not tried"},
    "maxValue": {"sv": "en övre gräns prövas inte", "en": "an upper limit is not tried"},
    "minLength": {"sv": "en minsta längd prövas inte", "en": "a least length is not tried"},
    "regex": {"sv": "ett mönster för svaret prövas inte", "en": "a pattern for the answer is not tried"},
    "maxDecimalPlaces": {"sv": "antalet decimaler prövas inte", "en": "the number of decimals is not tried"},
    "questionnaire-minOccurs": {"sv": "ett minsta antal prövas inte", "en": "a least number is not tried"},
    "questionnaire-maxOccurs": {"sv": "ett högsta antal prövas inte", "en": "a greatest number is not tried"},
    "questionnaire-unit": {"sv": "en enhet visas inte", "en": "a unit is not shown"},
    "questionnaire-unitOption": {"sv": "en enhet går inte att välja", "en": "a unit cannot be chosen"},
    "ordinalValue": {"sv": "en poäng räknas inte", "en": "a score does not count"},
    "itemWeight": {"sv": "en poäng räknas inte", "en": "a score does not count"},
    "sdc-questionnaire-initialExpression": {
        "sv": "ett förval som ska räknas fram räknas inte fram",
        "en": "an initial value that is to be computed is not",
    },
    "sdc-questionnaire-calculatedExpression": {
        "sv": "ett svar som ska räknas fram räknas inte fram",
        "en": "an answer that is to be computed is not",
    },
    "variable": {
        "sv": "ett värde som ska räknas fram räknas inte fram",
        "en": "a value that is to be computed is not",
    },
}

# Extensions that say how answers become something else, elsewhere.
_EXTRACTION = (
    "targetStructureMap",
    "observationExtract",
    "observationExtractEntry",
    "observation-extract-category",
    "itemExtractionContext",
    "definitionExtract",
    "definitionExtractValue",
    "templateExtract",
    "templateExtractBundle",
    "templateExtractContext",
    "templateExtractValue",
    "extractAllocateId",
    "itemContext",
)
NAMED |= {
    f"sdc-questionnaire-{name}": {
        "sv": "svar görs inte om till uppgifter i journalen",
        "en": "answers are not made into records",
    }
    for name in _EXTRACTION
}

_UNKNOWN: Text = {"sv": "ett tillägg som inte är känt här: {url}", "en": "an extension not known here: {url}"}
_KNOWN: Text = {"sv": "{words} [{name}]", "en": "{words} [{name}]"}


def extension_words(url: object) -> Told:
    """What an extension that is not acted on is."""
    name = str(url).rstrip("/").rsplit("/", 1)[-1]
    words = NAMED.get(name)
    if words is None or not str(url).startswith("http"):
        return Told(_UNKNOWN, url=str(url)[:200])
    return Told(_KNOWN, words=Told(words), name=name)


ELEMENTS: dict[str, Text] = {
    "definition": {"sv": "vad frågan är i en profil", "en": "what it is in a profile"},
    "modifierExtension": {
        "sv": "ett tillägg som ändrar vad det betyder",
        "en": "an extension that changes what it means",
    },
    "contained": {"sv": "ett inlagt dokument", "en": "a contained resource"},
    "text": {"sv": "formuläret som HTML visas inte", "en": "the form as HTML is not shown"},
    "derivedFrom": {"sv": "vilket formulär det kommer ur", "en": "which form it derives from"},
    "answerValueSet": {
        "sv": "svarsalternativ som ligger utanför filen hämtas inte",
        "en": "options that lie outside the file are not fetched",
    },
    "answerOption": {
        "sv": "svarsalternativ till en fråga som inte är ett val visas inte",
        "en": "options of a question that is no choice are not shown",
    },
    "maxLength": {"sv": "en största längd prövas inte", "en": "a greatest length is not tried"},
    "initial": {"sv": "ett förval används inte", "en": "an initial value is not used"},
    "required": {"sv": "krävs inte", "en": "is not required"},
    "repeats": {"sv": "upprepas inte", "en": "does not repeat"},
    "readOnly": {"sv": "går att ändra", "en": "can be changed"},
    "linkId": {"sv": "hjälptextens id", "en": "the help text's id"},
}
# About the form as a document: kept for whoever takes it out again, of no use while it is answered.
ABOUT = frozenset(
    {
        "id", "meta", "implicitRules", "language", "identifier", "name", "derivedFrom", "status",
        "experimental", "subjectType", "date", "publisher", "contact", "useContext", "jurisdiction",
        "purpose", "copyright", "approvalDate", "lastReviewDate", "effectivePeriod", "version",
    }
)  # fmt: skip


def element_words(name: str) -> Told:
    """What an element that is not acted on is."""
    words = ELEMENTS.get(name)
    if words is None:
        return Told({"sv": "”{name}” är inte känt här", "en": "“{name}” is not known here"}, name=name[:80])
    return Told(_KNOWN, words=Told(words), name=name)

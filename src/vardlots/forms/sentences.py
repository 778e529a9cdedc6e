"""What a person reads when an answer cannot be kept: what to do, never what they did wrong."""

from collections.abc import Mapping

from vardlots.forms.text import Text

SENTENCES: Mapping[str, Text] = {
    "required": {"sv": "Svara på frågan för att gå vidare.", "en": "Answer the question to go on."},
    "choose_one": {"sv": "Välj ett svar.", "en": "Choose one answer."},
    "choose_some": {"sv": "Välj minst ett svar.", "en": "Choose at least one answer."},
    "one_only": {"sv": "Välj bara ett svar.", "en": "Choose only one answer."},
    "unknown_option": {"sv": "Välj bland svaren som visas.", "en": "Choose among the answers shown."},
    "exclusive": {
        "sv": "”{option}” går inte att välja tillsammans med andra svar. Ta bort det eller de andra.",
        "en": "“{option}” cannot go with other answers. Remove it or the others.",
    },
    "write_other": {"sv": "Skriv vad du menar.", "en": "Write what you mean."},
    "not_yes_or_no": {"sv": "Välj ja eller nej.", "en": "Choose yes or no."},
    "not_number": {"sv": "Skriv ett tal med siffror.", "en": "Write a number in figures."},
    "not_whole": {
        "sv": "Skriv ett helt tal, utan decimaler.",
        "en": "Write a whole number, without decimals.",
    },
    "too_small": {"sv": "Skriv ett tal som är minst {min}.", "en": "Write a number that is at least {min}."},
    "too_large": {"sv": "Skriv ett tal som är högst {max}.", "en": "Write a number that is at most {max}."},
    "too_many_decimals": {
        "sv": "Skriv talet med högst {max} decimaler.",
        "en": "Write the number with {max} decimals at most.",
    },
    "wrong_unit": {"sv": "Ange värdet i {unit}.", "en": "Give the value in {unit}."},
    "choose_unit": {"sv": "Välj enhet: {unit}.", "en": "Choose the unit: {unit}."},
    "not_date": {
        "sv": "Skriv datumet som år-månad-dag, till exempel 2026-03-14.",
        "en": "Write the date as year-month-day, such as 2026-03-14.",
    },
    "not_time": {
        "sv": "Skriv klockslaget som timme.minut, till exempel 08.30.",
        "en": "Write the time as hours and minutes, such as 08:30.",
    },
    "not_moment": {"sv": "Skriv både dag och klockslag.", "en": "Write both the day and the time."},
    "too_soon": {"sv": "Välj {min} eller senare.", "en": "Choose {min} or later."},
    "too_far": {"sv": "Välj {max} eller tidigare.", "en": "Choose {max} or earlier."},
    "not_address": {
        "sv": "Skriv hela webbadressen, till exempel https://www.1177.se.",
        "en": "Write the whole web address, such as https://www.1177.se.",
    },
    "too_early": {"sv": "Välj {min} eller en senare dag.", "en": "Choose {min} or a later day."},
    "too_late": {"sv": "Välj {max} eller en tidigare dag.", "en": "Choose {max} or an earlier day."},
    "too_long": {
        "sv": "Texten är {length} tecken. Korta den till högst {max}.",
        "en": "The text is {length} characters. Shorten it to {max} at most.",
    },
    "too_short": {
        "sv": "Texten är {length} tecken. Skriv minst {min}.",
        "en": "The text is {length} characters. Write {min} at least.",
    },
    "pattern": {"sv": "Skriv på det sätt som står vid frågan.", "en": "Write it the way the question says."},
    "not_file": {
        "sv": "Bilden kom inte fram. Välj den igen.",
        "en": "The picture did not arrive. Choose it again.",
    },
    "too_many": {"sv": "Lägg till högst {max}.", "en": "Add {max} at most."},
    "too_few": {"sv": "Lägg till minst {min}.", "en": "Add {min} at least."},
    "read_only": {
        "sv": "Det här fylls i av sig självt och går inte att ändra.",
        "en": "This fills in by itself and cannot be changed.",
    },
    "cannot_decline": {"sv": "Den här frågan behöver ett svar.", "en": "This question needs an answer."},
    "not_asked": {
        "sv": "Frågan hör inte till de svar du har gett. Gå vidare härifrån.",
        "en": "The question does not belong to the answers you have given. Go on from here.",
    },
}

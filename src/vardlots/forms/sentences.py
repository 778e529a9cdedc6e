"""What a person reads when an answer cannot be kept: what to do, never what they did wrong.

In Arabic a date or an address stands between marks that keep it from left to right.
"""

from collections.abc import Mapping

from vardlots.forms.text import Text

SENTENCES: Mapping[str, Text] = {
    "required": {
        "sv": "Svara på frågan för att gå vidare.",
        "en": "Answer the question to go on.",
        "ar": "أجب عن السؤال للمتابعة.",
    },
    "choose_one": {"sv": "Välj ett svar.", "en": "Choose one answer.", "ar": "اختر إجابة واحدة."},
    "choose_some": {
        "sv": "Välj minst ett svar.",
        "en": "Choose at least one answer.",
        "ar": "اختر إجابة واحدة على الأقل.",
    },
    "one_only": {"sv": "Välj bara ett svar.", "en": "Choose only one answer.", "ar": "اختر إجابة واحدة فقط."},
    "unknown_option": {
        "sv": "Välj bland svaren som visas.",
        "en": "Choose among the answers shown.",
        "ar": "اختر من الإجابات المعروضة.",
    },
    "exclusive": {
        "sv": "”{option}” går inte att välja tillsammans med andra svar. Ta bort det eller de andra.",
        "en": "“{option}” cannot go with other answers. Remove it or the others.",
        "ar": "لا يمكن اختيار «{option}» مع إجابات أخرى. أزل هذه الإجابة أو الأخرى.",
    },
    "write_other": {"sv": "Skriv vad du menar.", "en": "Write what you mean.", "ar": "اكتب ما تقصده."},
    "not_yes_or_no": {"sv": "Välj ja eller nej.", "en": "Choose yes or no.", "ar": "اختر نعم أو لا."},
    "not_number": {
        "sv": "Skriv ett tal med siffror.",
        "en": "Write a number in figures.",
        "ar": "اكتب عددًا بالأرقام.",
    },
    "not_whole": {
        "sv": "Skriv ett helt tal, utan decimaler.",
        "en": "Write a whole number, without decimals.",
        "ar": "اكتب عددًا صحيحًا بلا كسور عشرية.",
    },
    "too_small": {
        "sv": "Skriv ett tal som är minst {min}.",
        "en": "Write a number that is at least {min}.",
        "ar": "اكتب عددًا لا يقل عن {min}.",
    },
    "too_large": {
        "sv": "Skriv ett tal som är högst {max}.",
        "en": "Write a number that is at most {max}.",
        "ar": "اكتب عددًا لا يزيد على {max}.",
    },
    "too_many_decimals": {
        "sv": "Skriv talet med högst {max} decimaler.",
        "en": "Write the number with {max} decimals at most.",
        "ar": "عدد المنازل العشرية المسموح بها: {max} على الأكثر.",
    },
    "wrong_unit": {
        "sv": "Ange värdet i {unit}.",
        "en": "Give the value in {unit}.",
        "ar": "اكتب القيمة بهذه الوحدة: \u2066{unit}\u2069.",
    },
    "choose_unit": {
        "sv": "Välj enhet: {unit}.",
        "en": "Choose the unit: {unit}.",
        "ar": "اختر الوحدة: \u2066{unit}\u2069.",
    },
    "not_date": {
        "sv": "Skriv datumet som år-månad-dag, till exempel 2026-03-14.",
        "en": "Write the date as year-month-day, such as 2026-03-14.",
        "ar": "اكتب التاريخ هكذا: السنة ثم الشهر ثم اليوم، مثلًا \u20662026-03-14\u2069.",
    },
    "not_time": {
        "sv": "Skriv klockslaget som timme.minut, till exempel 08.30.",
        "en": "Write the time as hours and minutes, such as 08:30.",
        "ar": "اكتب الوقت هكذا: الساعة ثم الدقيقة، مثلًا 08.30.",
    },
    "not_moment": {
        "sv": "Skriv både dag och klockslag.",
        "en": "Write both the day and the time.",
        "ar": "اكتب اليوم والساعة معًا.",
    },
    "too_soon": {
        "sv": "Välj {min} eller senare.",
        "en": "Choose {min} or later.",
        "ar": "اختر \u2066{min}\u2069 أو ما بعده.",
    },
    "too_far": {
        "sv": "Välj {max} eller tidigare.",
        "en": "Choose {max} or earlier.",
        "ar": "اختر \u2066{max}\u2069 أو ما قبله.",
    },
    "not_address": {
        "sv": "Skriv hela webbadressen, till exempel https://www.1177.se.",
        "en": "Write the whole web address, such as https://www.1177.se.",
        "ar": "اكتب عنوان الموقع كاملًا، مثلًا \u2066https://www.1177.se\u2069.",
    },
    "too_early": {
        "sv": "Välj {min} eller en senare dag.",
        "en": "Choose {min} or a later day.",
        "ar": "اختر \u2066{min}\u2069 أو يومًا بعده.",
    },
    "too_late": {
        "sv": "Välj {max} eller en tidigare dag.",
        "en": "Choose {max} or an earlier day.",
        "ar": "اختر \u2066{max}\u2069 أو يومًا قبله.",
    },
    "too_long": {
        "sv": "Texten är {length} tecken. Korta den till högst {max}.",
        "en": "The text is {length} characters. Shorten it to {max} at most.",
        "ar": "عدد الأحرف في النص {length}. اختصره إلى {max} على الأكثر.",
    },
    "too_short": {
        "sv": "Texten är {length} tecken. Skriv minst {min}.",
        "en": "The text is {length} characters. Write {min} at least.",
        "ar": "عدد الأحرف في النص {length}. اكتب {min} على الأقل.",
    },
    "pattern": {
        "sv": "Skriv på det sätt som står vid frågan.",
        "en": "Write it the way the question says.",
        "ar": "اكتب بالطريقة المذكورة عند السؤال.",
    },
    "not_file": {
        "sv": "Bilden kom inte fram. Välj den igen.",
        "en": "The picture did not arrive. Choose it again.",
        "ar": "لم تصل الصورة. اخترها مرة أخرى.",
    },
    "too_many": {"sv": "Lägg till högst {max}.", "en": "Add {max} at most.", "ar": "أضف {max} على الأكثر."},
    "too_few": {"sv": "Lägg till minst {min}.", "en": "Add {min} at least.", "ar": "أضف {min} على الأقل."},
    "read_only": {
        "sv": "Det här fylls i av sig självt och går inte att ändra.",
        "en": "This fills in by itself and cannot be changed.",
        "ar": "تُملأ هذه الخانة تلقائيًا ولا يمكن تعديلها.",
    },
    "cannot_decline": {
        "sv": "Den här frågan behöver ett svar.",
        "en": "This question needs an answer.",
        "ar": "هذا السؤال يحتاج إلى إجابة.",
    },
    "not_asked": {
        "sv": "Frågan hör inte till de svar du har gett. Gå vidare härifrån.",
        "en": "The question does not belong to the answers you have given. Go on from here.",
        "ar": "لا يتعلق هذا السؤال بالإجابات التي قدّمتها. تابع من هنا.",
    },
}

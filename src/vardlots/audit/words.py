"""What stands in the access log, in plain words. One table: an action that is not in it fails a test."""

from enum import StrEnum

import msgspec

from vardlots.platform.i18n import N_, text


class Kind(StrEnum):
    """What sort of thing was done: what a reviewer chooses among."""

    READ = "read"
    WRITE = "write"
    OPEN = "open"
    LIST = "list"
    LOG = "log"
    SETTINGS = "settings"


KINDS = {
    Kind.READ: N_("Läste"),
    Kind.WRITE: N_("Skrev eller ändrade"),
    Kind.OPEN: N_("Öppnade utanför sin resurs"),
    Kind.LIST: N_("Sökte eller läste listor"),
    Kind.LOG: N_("Granskade åtkomst"),
    Kind.SETTINGS: N_("Ändrade inställningar"),
}


class Action(msgspec.Struct, frozen=True):
    """One action: its sort, and what somebody did, in the past tense.

    `reason_shown`: the reason is why somebody opened what is not theirs, in their own words; the patient reads it.
    `hidden_from_guardians`: tells of a guardian being kept out; a guardian never reads it (A10).
    """

    kind: Kind
    label: str
    reason_shown: bool = False
    hidden_from_guardians: bool = False


ACTIONS: dict[str, Action] = {
    # Reading
    "read": Action(Kind.READ, N_("Läste ärendet")),
    "read_case": Action(Kind.READ, N_("Läste ärendet")),
    "read_messages": Action(Kind.READ, N_("Läste meddelanden")),
    "download_note": Action(Kind.READ, N_("Hämtade journalanteckningen som fil")),
    "export_answers": Action(Kind.READ, N_("Hämtade svaren som fil")),
    "read_answers": Action(Kind.READ, N_("Läste svaren")),
    "read_form": Action(Kind.READ, N_("Läste ett formulär med svar")),
    "read_measures": Action(Kind.READ, N_("Läste mätvärden")),
    "read_result": Action(Kind.READ, N_("Läste resultatet")),
    "read_assisted": Action(Kind.READ, N_("Läste assisterad triage")),
    "read_file": Action(Kind.READ, N_("Öppnade en bild eller fil")),
    "read_patient": Action(Kind.READ, N_("Läste patientens sida")),
    "read_profile": Action(Kind.READ, N_("Läste uppgifterna")),
    "read_consents": Action(Kind.READ, N_("Läste samtyckena")),
    "read_guardians": Action(Kind.READ, N_("Läste om spärrar av vårdnadshavare"), hidden_from_guardians=True),
    "read_blocks": Action(Kind.READ, N_("Läste om spärrar")),
    "read_list": Action(Kind.READ, N_("Läste listan över ärenden")),
    "read_contacts": Action(Kind.READ, N_("Läste om vårdkontakter")),
    "set_contact": Action(Kind.WRITE, N_("Angav en vårdkontakt")),
    "end_contact": Action(Kind.WRITE, N_("Avslutade en vårdkontakt")),
    "read_ticket": Action(Kind.READ, N_("Läste en biljett")),
    "read_tickets": Action(Kind.READ, N_("Läste listan över biljetter")),
    "export_tickets": Action(Kind.LIST, N_("Hämtade listan över biljetter som fil")),
    "write_letter": Action(Kind.WRITE, N_("Skrev ett brev till patienten")),
    "issue_ticket": Action(Kind.WRITE, N_("Fick en biljett")),
    "open_ticket": Action(Kind.WRITE, N_("Öppnade en biljett första gången")),
    "use_ticket": Action(Kind.WRITE, N_("Använde en biljett")),
    "decline_ticket": Action(Kind.WRITE, N_("Avböjde en biljett")),
    "withdraw_ticket": Action(Kind.WRITE, N_("Tog tillbaka en biljett")),
    "expire_ticket": Action(Kind.WRITE, N_("En biljetts tid gick ut")),
    "answer_ticket": Action(Kind.WRITE, N_("Skickade in ett formulär som kom med en biljett")),
    "bring_forms": Action(Kind.WRITE, N_("Tog med svaren på en biljetts formulär till ärendet")),
    "acknowledge_ticket": Action(Kind.WRITE, N_("Vidimerade en biljett")),
    "read_acknowledgements": Action(Kind.READ, N_("Läste listan över vidimeringar")),
    "read_consultation": Action(Kind.READ, N_("Läste en konsultation")),
    "send_consultation": Action(Kind.WRITE, N_("Skickade en konsultation")),
    "accept_consultation": Action(Kind.WRITE, N_("Tog emot en konsultation")),
    "answer_consultation": Action(Kind.WRITE, N_("Svarade i en konsultation")),
    "decline_consultation": Action(Kind.WRITE, N_("Avböjde en konsultation")),
    "withdraw_consultation": Action(Kind.WRITE, N_("Tog tillbaka en konsultation")),
    "end_consultation": Action(Kind.WRITE, N_("Avslutade en konsultation")),
    "go_to_case": Action(Kind.OPEN, N_("Gick till ett besök från en konsultation")),
    "take_consulted_case": Action(Kind.WRITE, N_("Tog över ett besök efter en konsultation")),
    "begin_consulted_case": Action(Kind.WRITE, N_("Startade ett nytt ärende efter en konsultation")),
    "end_opening": Action(Kind.WRITE, N_("Stängde besöket för den som fått det öppnat för en konsultation")),
    "remind_consultation": Action(Kind.WRITE, N_("Påminde om en konsultation")),
    # Lists and searches
    "list": Action(Kind.LIST, N_("Läste en lista")),
    "search": Action(Kind.LIST, N_("Sökte bland patienter och ärenden")),
    "look_up": Action(Kind.LIST, N_("Slog upp ett personnummer i folkbokföringen")),
    # What staff do outside their resource
    "open_patient": Action(
        Kind.OPEN, N_("Öppnade patientens sida utan att ha ett ärende"), reason_shown=True
    ),
    "open_anyway": Action(Kind.OPEN, N_("Öppnade ett ärende utanför sin resurs"), reason_shown=True),
    "take_over": Action(Kind.OPEN, N_("Tog över besöket"), reason_shown=True),
    "lift": Action(Kind.OPEN, N_("Hävde en spärr för egen del"), reason_shown=True),
    # Cases and conversations
    "open": Action(Kind.WRITE, N_("Ställde ärendet i kön")),
    "accept": Action(Kind.WRITE, N_("Tog emot ärendet")),
    "assign": Action(Kind.WRITE, N_("Fördelade ärendet")),
    "release": Action(Kind.WRITE, N_("La tillbaka ärendet i kön")),
    "start": Action(Kind.WRITE, N_("Startade besöket")),
    "write": Action(Kind.WRITE, N_("Skrev ett meddelande")),
    "end": Action(Kind.WRITE, N_("Avslutade besöket")),
    "mark_done": Action(Kind.WRITE, N_("Markerade som klart")),
    "send_form": Action(Kind.WRITE, N_("Skickade ett formulär")),
    "open_form": Action(Kind.WRITE, N_("Öppnade ett formulär första gången")),
    "answer_form": Action(Kind.WRITE, N_("Skickade in svaren på ett formulär")),
    "hand_over": Action(Kind.WRITE, N_("Bad en kollega ta över besöket")),
    "accept_handover": Action(Kind.WRITE, N_("Tog över besöket efter överlämning")),
    "decline_handover": Action(Kind.WRITE, N_("Avböjde en överlämning")),
    "withdraw_handover": Action(Kind.WRITE, N_("Tog tillbaka en överlämning")),
    "remind_handover": Action(Kind.WRITE, N_("Påminde om en överlämning")),
    "pause": Action(Kind.WRITE, N_("Pausade besöket")),
    "resume": Action(Kind.WRITE, N_("Fortsatte ett pausat besök")),
    "book": Action(Kind.WRITE, N_("Bokade en tid")),
    "rebook": Action(Kind.WRITE, N_("Bokade om till en annan tid")),
    "cancel_booking": Action(Kind.WRITE, N_("Avbokade en tid")),
    "withdraw_time": Action(Kind.WRITE, N_("Ställde in en bokad tid")),
    "read_calendar": Action(Kind.READ, N_("Läste en bokad tid i tidboken")),
    "add_schedule": Action(Kind.SETTINGS, N_("Lade upp ett schema")),
    "switch_off_schedule": Action(Kind.SETTINGS, N_("Avslutade ett schema")),
    "open_times": Action(Kind.SETTINGS, N_("Öppnade tider")),
    "add_time_rule": Action(Kind.SETTINGS, N_("Lade till en regel som öppnar tider")),
    "end_time_rule": Action(Kind.SETTINGS, N_("Avslutade en regel som öppnar tider")),
    "close_days": Action(Kind.SETTINGS, N_("Stängde dagar i ett schema")),
    "lift_closed_days": Action(Kind.SETTINGS, N_("Öppnade stängda dagar igen")),
    "block_time": Action(Kind.SETTINGS, N_("Spärrade en tid")),
    "unblock_time": Action(Kind.SETTINGS, N_("Tog bort spärren av en tid")),
    "remove_time": Action(Kind.SETTINGS, N_("Tog bort en ledig tid")),
    "move_time": Action(Kind.SETTINGS, N_("Flyttade en ledig tid")),
    "attend": Action(Kind.WRITE, N_("Noterade att patienten kom")),
    "miss": Action(Kind.WRITE, N_("Noterade att patienten inte kom")),
    "hold_time": Action(Kind.WRITE, N_("Valde en tid, som hölls en stund")),
    "let_go_time": Action(Kind.WRITE, N_("Släppte en vald tid")),
    "settle_booking": Action(Kind.WRITE, N_("Noterade att ett bokat besök hade påbörjats")),
    "wish_earlier": Action(Kind.WRITE, N_("Bad att få en tidigare tid")),
    "unwish_earlier": Action(Kind.WRITE, N_("Bad att inte längre få en tidigare tid")),
    "offer_earlier": Action(Kind.WRITE, N_("Erbjöd en tidigare tid")),
    "decline_earlier": Action(Kind.WRITE, N_("Tackade nej till en tidigare tid")),
    "earlier_lapsed": Action(Kind.WRITE, N_("Ett erbjudande om en tidigare tid gick ut")),
    "send_ticket": Action(Kind.WRITE, N_("Skickade en biljett")),
    "consult": Action(Kind.WRITE, N_("Skickade en konsultation")),
    "consult_news": Action(Kind.WRITE, N_("Konsultationen gick vidare")),
    "refer": Action(Kind.WRITE, N_("Lämnade över till en annan vårdgivare")),
    "end_referred": Action(Kind.WRITE, N_("Avslutade ett besök som lämnats över")),
    "give_back": Action(Kind.WRITE, N_("Lade tillbaka ett pausat ärende i kön")),
    "chase": Action(Kind.WRITE, N_("Påminde patienten om att svara")),
    "stop_chase": Action(Kind.WRITE, N_("Avbröt påminnelsen om att svara")),
    "must_call": Action(Kind.WRITE, N_("Bad vården ringa patienten")),
    "called": Action(Kind.WRITE, N_("Ringde patienten")),
    "give_up": Action(Kind.WRITE, N_("Avslutade besöket utan svar")),
    "check_in": Action(Kind.WRITE, N_("Frågade hur det går")),
    "close": Action(Kind.WRITE, N_("Stängde ärendet")),
    "leave_queue": Action(Kind.WRITE, N_("Lämnade kön")),
    "retriage": Action(Kind.WRITE, N_("Svarade på nytt när det blev värre")),
    "change_priority": Action(Kind.WRITE, N_("Ändrade prioriteten")),
    "notify": Action(Kind.WRITE, N_("Skickade ett sms")),
    "invite": Action(Kind.WRITE, N_("Bjöd in en kollega till besöket")),
    "join": Action(Kind.WRITE, N_("Kom med i besöket som gäst")),
    "leave": Action(Kind.WRITE, N_("Avslutade en gästs medverkan")),
    "talk": Action(Kind.WRITE, N_("Skrev till kollegor om ärendet")),
    "give_feedback": Action(Kind.WRITE, N_("Lämnade återkoppling till enheten om arbetet")),
    "read_feedback": Action(Kind.LIST, N_("Läste intern återkoppling")),
    "answer_feedback": Action(Kind.SETTINGS, N_("Svarade på intern återkoppling")),
    "attach": Action(Kind.WRITE, N_("Lade till en bild eller fil")),
    "add_information": Action(Kind.WRITE, N_("Berättade mer")),
    "start_interview": Action(Kind.WRITE, N_("Började svara på frågor")),
    "answer": Action(Kind.WRITE, N_("Svarade på en fråga")),
    "start_assisted": Action(Kind.WRITE, N_("Började assisterad triage")),
    "answer_assisted": Action(Kind.WRITE, N_("Skrev svar i assisterad triage")),
    "finish_assisted": Action(Kind.WRITE, N_("Avslutade assisterad triage")),
    "leave_assisted": Action(Kind.WRITE, N_("Avbröt assisterad triage")),
    "write_note": Action(Kind.WRITE, N_("Skrev i journalanteckningen")),
    "sign_note": Action(Kind.WRITE, N_("Signerade journalanteckningen")),
    "export_note": Action(Kind.WRITE, N_("Exporterade journalanteckningen")),
    "export": Action(Kind.WRITE, N_("Förde över journalanteckningen till journalsystemet")),
    # The person
    "register": Action(Kind.WRITE, N_("Registrerade patienten")),
    "set_mobile": Action(Kind.WRITE, N_("Ändrade mobilnumret")),
    "set_language": Action(Kind.WRITE, N_("Valde språk")),
    "consent": Action(Kind.WRITE, N_("Svarade om samtycke")),
    "withdraw_consent": Action(Kind.WRITE, N_("Tog tillbaka ett samtycke")),
    "block": Action(Kind.WRITE, N_("Lade in en spärr")),
    "unblock": Action(Kind.WRITE, N_("Tog bort en spärr")),
    "block_guardian": Action(Kind.WRITE, N_("Spärrade en vårdnadshavare"), hidden_from_guardians=True),
    "unblock_guardian": Action(
        Kind.WRITE, N_("Hävde spärren av en vårdnadshavare"), hidden_from_guardians=True
    ),
    # The log itself
    "read_log": Action(Kind.LOG, N_("Läste loggen över vem som har läst")),
    "search_log": Action(Kind.LOG, N_("Sökte i åtkomstloggen")),
    "export_log": Action(Kind.LOG, N_("Tog ut rader ur åtkomstloggen")),
    "extract_log": Action(Kind.LOG, N_("Tog ut ett loggutdrag")),
    "draw_review": Action(Kind.LOG, N_("Drog ett stickprov ur åtkomstloggen")),
    "read_review": Action(Kind.LOG, N_("Läste en granskning")),
    "judge_access": Action(Kind.LOG, N_("Bedömde en åtkomst i en granskning")),
    "sign_review": Action(Kind.LOG, N_("Signerade en granskning")),
    "prune_log": Action(Kind.LOG, N_("Gallrade gamla rader ur åtkomstloggen")),
    "prune_reviews": Action(Kind.LOG, N_("Gallrade gamla granskningar av åtkomstloggen")),
    # What administrators do
    "configure": Action(Kind.SETTINGS, N_("Ändrade en inställning")),
}


def said(action: str, lang: str) -> str:
    """What somebody did; an action of an earlier version that has no words any more is named by its code."""
    known = ACTIONS.get(action)
    if known is None:
        return text(lang, "Annan åtgärd ({code})", code=action)
    return text(lang, known.label)


def of_kinds(kinds: set[Kind]) -> list[str]:
    """The codes of all actions of these sorts."""
    return [code for code, action in ACTIONS.items() if action.kind in kinds]


HIDDEN_FROM_GUARDIANS = tuple(code for code, action in ACTIONS.items() if action.hidden_from_guardians)

"""Why a sign-in did not succeed: one class per reason, each with its own words and its own way out."""

from vardlots.platform.errors import Refusal
from vardlots.platform.i18n import N_


class SignInRefused(Refusal):
    """A sign-in that did not succeed. `title` and `message` are source texts; `phones` are (who, number)."""

    status = 403
    title = N_("Inloggningen gick inte")
    may_try_again = True
    default = N_("Vi kunde inte bekräfta vem du är. Försök igen.")

    def __init__(
        self, *, phones: tuple[tuple[str, str], ...] = (), detail: str = "", **values: object
    ) -> None:
        super().__init__(self.default, code=None, **values)
        self.phones = phones
        # For the logs: what was wrong in the protocol, never who it was about.
        self.detail = detail


class ProviderDown(SignInRefused):
    """The identity provider does not answer, or answers with a fault of its own."""

    status = 503
    code = "provider_down"
    title = N_("Inloggningstjänsten svarar inte")
    default = N_("Felet ligger utanför oss och brukar gå över på några minuter. Försök igen om en stund.")


class Cancelled(SignInRefused):
    """The person broke off at the identity provider."""

    status = 400
    code = "cancelled"
    title = N_("Inloggningen avbröts")
    default = N_("Du är inte inloggad. Börja om när du vill.")


class ReplayedState(SignInRefused):
    """The answer does not belong to a sign-in that this browser has begun and not yet ended."""

    status = 400
    code = "state_replayed"
    title = N_("Den här inloggningen är redan använd")
    default = N_("Den kan vara avslutad i en annan flik, eller så tog den för lång tid. Börja om härifrån.")


class WrongLevel(SignInRefused):
    """The level of assurance (`acr`) is another than the one demanded."""

    code = "wrong_level"
    title = N_("Sättet att logga in är inte tillräckligt säkert")
    default = N_(
        "Här behövs en e-legitimation på en högre nivå. Börja om och välj ett annat sätt att logga in."
    )


class ClockSkew(SignInRefused):
    """The token was issued in the future or has expired: the clocks differ by more than a minute."""

    code = "clock_skew"
    title = N_("Inloggningen hann bli för gammal")
    default = N_(
        "Tiden i svaret stämmer inte med vår klocka. Försök igen. Händer det igen ligger felet i inloggningstjänsten."
    )


class WrongAudience(SignInRefused):
    """The token was made for another service."""

    code = "wrong_audience"
    title = N_("Svaret var inte till oss")
    default = N_("Inloggningen gällde en annan tjänst, så vi kunde inte ta emot den. Börja om härifrån.")


class BadToken(SignInRefused):
    """The token is not whole: signature, issuer, nonce, or something that must be there."""

    code = "bad_token"


class MissingClaims(SignInRefused):
    """The identity provider did not say who it is in a way we can read."""

    code = "missing_claims"
    title = N_("Uppgifter saknas i svaret")
    default = N_(
        "Vi fick inte de uppgifter som behövs för att veta vem du är. Börja om. Händer det igen ligger felet i "
        "inloggningstjänsten."
    )


class UncertainIdentity(SignInRefused):
    """A coordination number whose level is *uncertain*: the tax agency does not know who holds it."""

    code = "uncertain_identity"
    title = N_("Vi hjälper dig på telefon")
    default = N_(
        "Skatteverket har inte kunnat fastställa vem som har ditt samordningsnummer, och då går det inte att logga in "
        "här. Ring, så får du samma hjälp."
    )
    may_try_again = False


class ProtectedPerson(SignInRefused):
    """Requirement A9: no digital sign-in for a person with protected identity, unless the provider allows it."""

    code = "protected_identity"
    title = N_("Vi hjälper dig på telefon")
    default = N_(
        "Du har skyddade personuppgifter. För att inget om dig ska kunna synas för någon annan går det inte att "
        "logga in här. Ring, så får du samma hjälp."
    )
    may_try_again = False


class TooYoung(SignInRefused):
    """Requirement A10: a child signs in for itself from its 13th birthday."""

    code = "too_young"
    title = N_("Be en vuxen om hjälp")
    default = N_(
        "Du kan logga in själv när du har fyllt {years} år. Tills dess kan din vårdnadshavare söka vård åt dig."
    )
    may_try_again = False


class RegisterSilent(SignInRefused):
    """The population register does not answer, and nobody here knows yet whether the person is protected."""

    status = 503
    code = "register_silent"
    title = N_("Vi kan inte logga in dig just nu")
    default = N_(
        "Folkbokföringen svarar inte, och första gången måste vi fråga den. Försök igen om en stund, eller ring."
    )


class UnknownStaff(SignInRefused):
    """The identity is real, but nobody here has that HSA-id."""

    code = "unknown_staff"
    title = N_("Du är inte upplagd här")
    default = N_("Ditt HSA-id finns inte hos oss. Hör av dig till den som är ansvarig på din enhet.")


class NoAssignment(SignInRefused):
    """A member of staff without any assignment that is valid today."""

    code = "no_assignment"
    title = N_("Du har inget uppdrag idag")
    default = N_(
        "Inget av dina medarbetaruppdrag gäller här idag. Hör av dig till den som är ansvarig på din enhet."
    )


class UnknownCommission(NoAssignment):
    """The commission chosen at the identity provider is none of theirs here; they have others."""

    code = "unknown_commission"
    title = N_("Uppdraget finns inte här")
    default = N_(
        "Du valde ett medarbetaruppdrag som inte finns hos oss. Börja om och välj ett annat, eller hör av dig till "
        "den som är ansvarig på din enhet."
    )

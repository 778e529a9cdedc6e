"""Which population register an installation has."""

from vardlots.people.register import LocalRegister, PopulationRegister
from vardlots.people.rivta import RivtaRegister
from vardlots.people.soap import SoapClient, client_context
from vardlots.platform.settings import Settings


def register_for(settings: Settings) -> PopulationRegister:
    """The register that the settings name; without one, a register in which nobody stands.

    Raises OSError or ssl.SSLError when the certificate cannot be used.
    """
    if settings.register_url is None:
        return LocalRegister()
    assert settings.register_logical_address
    assert settings.register_certificate
    assert settings.register_key
    context = client_context(
        certificate=settings.register_certificate,
        key=settings.register_key,
        authority=settings.register_authority,
    )
    client = SoapClient(
        settings.register_url, logical_address=settings.register_logical_address, context=context
    )
    return RivtaRegister(
        client, local_oid=settings.register_local_oid, test_persons=settings.register_test_persons
    )

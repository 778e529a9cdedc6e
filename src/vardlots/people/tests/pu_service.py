"""A population register over HTTPS on this machine: asks for the client's certificate, keeps to the contract, and
breaks when told to. Its people are invented; it answers from plain descriptions of records."""

import datetime
import http.server
import ipaddress
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import fromstring

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from vardlots.people.tests import pu_contract as contract

PNR, SNR, NRID = "1.2.752.129.2.1.3.1", "1.2.752.129.2.1.3.3", "1.2.752.74.9.1"


@dataclass
class Record:
    """A person as the service has them. Dates are ISO; relations are (type, number, from, to, status)."""

    number: str
    given: str = ""
    surname: str = ""
    root: str = PNR
    indicator: str = ""
    gender: str = "2"
    born: str = ""
    sekretess: str = "false"
    skyddad: str | None = None
    test: str = "false"
    dead: bool = False
    reason: str = ""
    referred: tuple[tuple[str, str], ...] = ()
    linked: tuple[tuple[str, str], ...] = ()
    relations: tuple[tuple[str, str, str, str, str], ...] = ()
    contacts: tuple[tuple[str, str, str], ...] = ()

    def xml(self) -> str:
        """The personRecord. Of a protected person profile P1 alone: no contacts, no relations."""
        hidden = self.sekretess == "true" or self.skyddad == "true"
        reason = "AV" if self.dead else self.reason
        return "".join(
            (
                _ii("personalIdentity", self.root, self.number),
                f"<c:gender>{self.gender}</c:gender>" if self.gender else "",
                f"<c:protectedPersonIndicator>{self.sekretess}</c:protectedPersonIndicator>"
                if self.sekretess
                else "",
                f"<c:testIndicator>{self.test}</c:testIndicator><c:primaryIdentity>true</c:primaryIdentity>",
                "<c:name>",
                f"<c:givenNameIndicator>{self.indicator}</c:givenNameIndicator>" if self.indicator else "",
                f"<c:givenName>{self.given}</c:givenName><c:surname>{self.surname}</c:surname></c:name>",
                *(
                    f"<c:linkedIdentity>{_ii('referredPersonalIdentity', root, number)}<c:assuranceLevel>3"
                    "</c:assuranceLevel><c:primaryIdentity>false</c:primaryIdentity></c:linkedIdentity>"
                    for root, number in self.linked
                ),
                *(
                    f"<c:referredPersonalIdentities>{_ii('referredPersonalIdentity', root, number)}"
                    "</c:referredPersonalIdentities>"
                    for root, number in self.referred
                ),
                f"<c:birth>{_day('dateOfBirth', self.born)}</c:birth>" if self.born else "",
                *(_contact(*one) for one in self.contacts if not hidden),
                f"<c:deregistration><c:deregistrationReasonCode>{reason}</c:deregistrationReasonCode>"
                "</c:deregistration>"
                if reason
                else "",
                *(_relation(*one) for one in self.relations if not hidden),
                f"<c:protectedPopulationRecord>{self.skyddad}</c:protectedPopulationRecord>"
                if self.skyddad
                else "",
            )
        )


def _ii(name: str, root: str, number: str) -> str:
    return f"<c:{name}><c:root>{root}</c:root><c:extension>{number}</c:extension></c:{name}>"


def _day(name: str, day: str) -> str:
    return f"<c:{name}><c:format>YYYY-MM-DD</c:format><c:value>{day}</c:value></c:{name}>" if day else ""


def _contact(value: str, rank: str, notify: str) -> str:
    return (
        f"<c:contactInformation><c:contactType>TEL</c:contactType><c:value>{value}</c:value><c:rank>{rank}</c:rank>"
        f"<c:digitalNotification>{notify}</c:digitalNotification></c:contactInformation>"
    )


def _relation(kind: str, number: str, begins: str, ends: str, status: str) -> str:
    return (
        f"<c:relationship><c:relationshipId>{_ii('personalIdentity', PNR, number)}</c:relationshipId>"
        f"<c:relationshipType>{kind}</c:relationshipType>{_day('relationshipFromDate', begins)}"
        f"{_day('relationshipToDate', ends)}{f'<c:status>{status}</c:status>' if status else ''}</c:relationship>"
    )


@dataclass
class Service:
    """What the service has, what it was asked, and how it is to break: `breaks` answers (status, body) instead."""

    records: dict[str, Record] = field(default_factory=dict)
    asked: list[list[str]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    breaks: Callable[[int], tuple[int, bytes] | None] = lambda _: None
    pause: float = 0.0
    address: str = ""

    def answer(self, raw: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """A question as the contract has it gives an answer as the contract has it; any other a client fault."""
        envelope = fromstring(raw)  # our own client's words
        question = envelope.find(f"{{{contract.SOAP}}}Body")
        assert question is not None
        self.headers.append(headers)
        found = contract.faults(question[0], contract.REQUEST)
        if (
            envelope.findtext(f"{{{contract.SOAP}}}Header/{{{contract.REGISTRY}}}LogicalAddress")
            != "SE2321000016"
        ):
            found.append("LogicalAddress")
        if headers.get("soapaction") != f'"{contract.ACTION}"' or "text/xml" not in headers.get(
            "content-type", ""
        ):
            found.append("SOAPAction")
        self.wrong += found
        numbers = [one.text or "" for one in question[0].iter(f"{{{contract.CORE}}}extension")]
        self.asked.append(numbers)
        if self.pause:
            time.sleep(self.pause)
        broken = self.breaks(len(self.asked))
        if broken is not None:
            return broken
        if found:
            return 500, fault("Client")
        body = envelope_of(*(self.requested(number) for number in numbers))
        self.wrong += contract.faults(fromstring(body)[0][0], contract.ANSWER)
        return 200, body

    def requested(self, number: str) -> str:
        """A requestedPersonRecord; an empty record for nobody (rule 1)."""
        record = self.records.get(number)
        inner = f"<c:personRecord>{record.xml()}</c:personRecord>" if record else ""
        identity = _ii("requestedPersonalIdentity", PNR, number)
        return f"<q:requestedPersonRecord>{identity}{inner}</q:requestedPersonRecord>"

    def keep(self, *records: Record) -> None:
        """Have these people."""
        self.records |= {one.number: one for one in records}


def envelope_of(*requested: str) -> bytes:
    """An answer."""
    return (
        f'<s:Envelope xmlns:s="{contract.SOAP}" xmlns:q="{contract.CONTRACT}" xmlns:c="{contract.CORE}"><s:Body>'
        f"<q:GetPersonsForProfileResponse>{''.join(requested)}</q:GetPersonsForProfileResponse></s:Body></s:Envelope>"
    ).encode()


def fault(code: str) -> bytes:
    """A SOAP fault whose text names somebody: it must reach no log."""
    return (
        f'<s:Envelope xmlns:s="{contract.SOAP}"><s:Body><s:Fault><faultcode>s:{code}</faultcode>'
        "<faultstring>Kunde inte läsa 19121212-1212 Tolvan Tolvansson</faultstring></s:Fault></s:Body></s:Envelope>"
    ).encode()


@dataclass(frozen=True)
class Papers:
    """Files of certificates: an authority, the service's own, a client's, and one of a stranger."""

    authority: Path
    service: tuple[Path, Path]
    client: tuple[Path, Path]
    stranger: tuple[Path, Path]


def papers(folder: Path) -> Papers:
    """Make them all anew."""
    key, authority = _signed(None, "Prov-CA")
    ours = folder / "authority.pem"
    ours.write_bytes(authority.public_bytes(serialization.Encoding.PEM))
    other_key, other = _signed(None, "Annan CA")
    return Papers(
        ours,
        _pair(folder, "service", (key, authority)),
        _pair(folder, "client", (key, authority)),
        _pair(folder, "stranger", (other_key, other)),
    )


def _pair(folder: Path, name: str, by: tuple[Any, x509.Certificate]) -> tuple[Path, Path]:
    key, certificate = _signed(by, name)
    paths = folder / f"{name}.pem", folder / f"{name}.key"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    form = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8)
    paths[1].write_bytes(key.private_bytes(*form, plain))
    return paths


def _signed(by: tuple[Any, x509.Certificate] | None, name: str) -> tuple[Any, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    places = [x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(by[1].subject if by else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=2))
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName(places), critical=False)
    )
    return key, builder.sign(by[0] if by else key, hashes.SHA256())


@contextmanager
def running(files: Papers) -> Iterator[Service]:
    """The service, on a free port of this machine, asking for a client certificate of our authority."""
    service = Service()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            raw = self.rfile.read(int(self.headers["content-length"]))
            status, body = service.answer(raw, {name.lower(): value for name, value in self.headers.items()})
            try:
                self.send_response(status)
                self.send_header("content-type", "text/xml; charset=utf-8")
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # the client has given up

        def log_message(self, *_: object) -> None:
            pass

    class Server(http.server.ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: object) -> None:
            pass  # a handshake that was refused, as it should be

    server = Server(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*files.service)
    context.load_verify_locations(files.authority)
    context.verify_mode = ssl.CERT_REQUIRED
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    service.address = f"https://127.0.0.1:{server.server_address[1]}/person"
    try:
        yield service
    finally:
        server.shutdown()
        server.server_close()

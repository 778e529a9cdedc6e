"""The one place for settings: every value the installation can choose, its type, its default and its rule.

Values come from the environment only. They are read once, at start, and every fault is told at the same
time, each in one sentence, so that a person who installs does not have to find them one by one.
"""

from __future__ import annotations

import contextlib
import difflib
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

import msgspec
from msgspec import Meta

from vardlots.platform.settings_rules import PREFIX, SHORTEST_SECRET, UNPREFIXED, rules

SECRET = {"secret": True}


class SettingsError(Exception):
    """Something is wrong with the settings; `faults` holds one sentence per fault."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """Everything an installation chooses. Made by `load_settings`; tests may build one by hand."""

    database_url: Annotated[
        str, Meta(description="PostgreSQL 16 or later, as the application reaches it.", extra=SECRET)
    ]
    migrate_url: Annotated[
        str,
        Meta(
            description="The same database as the role that owns the tables. Default: `DATABASE_URL`.",
            extra=SECRET,
        ),
    ]
    data_dir: Annotated[
        Path,
        Meta(
            description="Folder for what is kept on this machine (files, the demo's database and key). "
            "Default: `.demo` in demo mode, otherwise `data`."
        ),
    ]
    base_url: Annotated[
        str,
        Meta(
            description="The address people type, without a slash at the end. https outside demo mode. "
            "Default in demo mode: `http://localhost:PORT`."
        ),
    ]
    secret_key: Annotated[
        str,
        Meta(
            description="At least 32 bytes, the same for every process; signs sessions and forms. "
            "Demo mode makes one and keeps it in the data folder.",
            extra=SECRET,
        ),
    ]
    file_store_url: Annotated[
        str,
        Meta(
            description="Where pictures and documents are kept: `file:///folder` or `s3://bucket`. "
            "Default: `files` in the data folder."
        ),
    ]
    demo: Annotated[
        bool,
        Meta(description="Demonstration mode: invented people, sign-in without proof. Never with real data."),
    ] = False
    host: Annotated[str, Meta(description="The network address the web server listens on.")] = "127.0.0.1"
    port: Annotated[int, Meta(description="The port the web server listens on.", ge=1, le=65535)] = 8000
    trusted_proxies: Annotated[
        tuple[str, ...],
        Meta(description="Proxies (addresses or networks, with commas) whose `X-Forwarded-*` is believed."),
    ] = ()
    log_level: Annotated[
        Literal["DEBUG", "INFO", "WARNING", "ERROR"],
        Meta(description="The least serious event that is logged."),
    ] = "INFO"
    metrics_token: Annotated[
        str | None,
        Meta(description="When set, `/metrics` asks for it as a bearer token.", extra=SECRET),
    ] = None
    db_pool_min: Annotated[
        int, Meta(description="Database connections each process keeps open.", ge=1, le=500)
    ] = 2
    db_pool_max: Annotated[
        int, Meta(description="Database connections each process may open.", ge=1, le=500)
    ] = 10
    session_idle_minutes: Annotated[
        int, Meta(description="A session ends after so many minutes without use.", ge=1, le=720)
    ] = 60
    session_absolute_hours: Annotated[
        int, Meta(description="A session ends after so many hours whatever happens.", ge=1, le=24)
    ] = 12
    oidc_patient_issuer: Annotated[
        str | None, Meta(description="OpenID Provider for patients and guardians: its issuer address.")
    ] = None
    oidc_patient_client_id: Annotated[str | None, Meta(description="Our client id there.")] = None
    oidc_patient_client_secret: Annotated[
        str | None, Meta(description="Our client secret there.", extra=SECRET)
    ] = None
    oidc_patient_acr: Annotated[
        str, Meta(description="The level of assurance that is asked for and then demanded (`acr`).")
    ] = "http://id.elegnamnden.se/loa/1.0/loa3"
    oidc_patient_scopes: Annotated[
        tuple[str, ...], Meta(description="The scopes that are asked for, separated by commas.")
    ] = ("openid", "https://id.oidc.se/scope/naturalPersonNumber")
    oidc_staff_issuer: Annotated[
        str | None, Meta(description="OpenID Provider for staff: its issuer address.")
    ] = None
    oidc_staff_client_id: Annotated[str | None, Meta(description="Our client id there.")] = None
    oidc_staff_client_secret: Annotated[
        str | None, Meta(description="Our client secret there.", extra=SECRET)
    ] = None
    oidc_staff_acr: Annotated[
        str, Meta(description="The level of assurance that is asked for and then demanded (`acr`).")
    ] = "http://id.sambi.se/loa/loa3"
    oidc_staff_scopes: Annotated[
        tuple[str, ...], Meta(description="The scopes that are asked for, separated by commas.")
    ] = ("openid", "commission", "authorization_scope", "personal_identity_number")
    register_url: Annotated[
        str | None,
        Meta(
            description="The population register (RIV-TA GetPersonsForProfile 5): its address. Without it nobody has "
            "a family and nobody's protected identity is known."
        ),
    ] = None
    register_logical_address: Annotated[
        str | None, Meta(description="Its logical address: the HSA-id or organisation that questions go to.")
    ] = None
    register_certificate: Annotated[
        Path | None,
        Meta(description="File with our client certificate (PEM), which the register knows us by."),
    ] = None
    register_key: Annotated[Path | None, Meta(description="File with the certificate's key (PEM).")] = None
    register_authority: Annotated[
        Path | None,
        Meta(
            description="File with the authority (PEM) that vouches for the register; else the system's own."
        ),
    ] = None
    register_local_oid: Annotated[
        str | None, Meta(description="The OID of the region's own series of reserve numbers.")
    ] = None
    register_test_persons: Annotated[
        bool,
        Meta(
            description="Whether persons whom the register marks as test persons count. Never in production."
        ),
    ] = False
    access_log_years: Annotated[
        int,
        Meta(
            description="How many years the access log is kept; the law says five at least (HSLF-FS 2016:40 ch. 4). "
            "Ten by default, as long as the record itself must be kept (Patient Data Act ch. 3): who has read a note "
            "can be told for as long as there is a note.",
            ge=5,
            le=100,
        ),
    ] = 10
    file_store_endpoint: Annotated[
        str | None, Meta(description="Address of the S3-compatible service; needed for `s3://`.")
    ] = None
    file_store_key: Annotated[str | None, Meta(description="Access key there; needed for `s3://`.")] = None
    file_store_secret: Annotated[
        str | None, Meta(description="Secret key there; needed for `s3://`.", extra=SECRET)
    ] = None
    file_store_region: Annotated[str, Meta(description="Region there.")] = "us-east-1"
    record_system_dir: Annotated[
        Path | None,
        Meta(
            description="Folder where signed notes are put for the record system to fetch, each in a folder of its "
            "own. Without it notes are signed here and given out by hand. Default in demo mode: `records` in the data "
            "folder."
        ),
    ] = None
    max_upload_mb: Annotated[
        int,
        Meta(description="The largest file a person may send, in megabytes (1,000,000 bytes).", ge=1, le=500),
    ] = 20
    sms_adapter: Annotated[
        Literal["outbox", "http"],
        Meta(description="`outbox` keeps each SMS on a page and sends none; `http` posts it to a provider."),
    ] = "outbox"
    sms_http_url: Annotated[str | None, Meta(description="The provider's address; needed for `http`.")] = None
    sms_http_token: Annotated[
        str | None, Meta(description="The provider's token; needed for `http`.", extra=SECRET)
    ] = None
    sms_receipt_secret: Annotated[
        str | None,
        Meta(
            description="What the provider of SMS signs in with when it tells what has become of one, at "
            "`POST /sms/receipts` (bearer token, at least 32 bytes). Without it there are no receipts from outside.",
            extra=SECRET,
        ),
    ] = None
    allow_links_in_sms: Annotated[
        bool,
        Meta(description="Whether an SMS may hold a link. Off: links in SMS teach people to be fooled."),
    ] = False

    def file_store_options(self) -> dict[str, str]:
        """What `FileStore.open` needs beside the address; nothing for a folder."""
        if not self.file_store_url.startswith("s3://"):
            return {}
        assert self.file_store_endpoint
        assert self.file_store_key
        assert self.file_store_secret
        return {
            "endpoint": self.file_store_endpoint,
            "access_key_id": self.file_store_key,
            "secret_access_key": self.file_store_secret,
            "region": self.file_store_region,
            "allow_http": str(self.file_store_endpoint.startswith("http://")).lower(),
        }

    def __repr__(self) -> str:
        """Like a struct's own, with every secret replaced: settings end up in logs and traces."""
        shown = []
        for field in setting_fields():
            value = getattr(self, field.name)
            shown.append(f"{field.name}={'…' if field.secret and value else repr(value)}")
        return f"Settings({', '.join(shown)})"


class SettingField(msgspec.Struct, frozen=True):
    """One setting as the reader and the documentation see it."""

    name: str
    variable: str
    kind: Any  # the bare type: str, int, bool, Path, tuple[str, ...] or a Literal
    optional: bool
    default: Any  # msgspec.NODEFAULT when there is none
    description: str
    secret: bool
    least: int | None
    most: int | None


def setting_fields() -> list[SettingField]:
    """Every setting in the order of the class."""
    hints = get_type_hints(Settings, include_extras=True)
    fields = []
    for field in msgspec.structs.fields(Settings):
        kind, meta = get_args(hints[field.name])
        optional = get_origin(kind) in (Union, UnionType)
        fields.append(
            SettingField(
                name=field.name,
                variable=UNPREFIXED.get(field.name, PREFIX + field.name.upper()),
                kind=next(part for part in get_args(kind) if part is not type(None)) if optional else kind,
                optional=optional,
                default=field.default,
                description=meta.description,
                secret=bool(meta.extra),
                least=meta.ge,
                most=meta.le,
            )
        )
    return fields


def load_settings(environ: Mapping[str, str] = os.environ) -> Settings:
    """Read and check the settings of this process, or of another environment.

    In demo mode the secret key is made at the first start and kept in the data folder (mode 0600).
    Raises SettingsError with one sentence per fault, all faults at once.
    """
    fields = setting_fields()
    faults = _unknown_names(environ, fields)
    values: dict[str, Any] = {}
    for field in fields:
        text = environ.get(field.variable, "").strip()
        if text:
            try:
                values[field.name] = _parse(field, text)
            except ValueError as error:
                faults.append(f"{field.variable} {error}.")
    _fill_in(values, faults)
    faults += rules(values)
    if not faults and "secret_key" not in values:
        values["secret_key"] = _kept_key(values["data_dir"], faults)
    if faults:
        raise SettingsError(faults)
    return Settings(**values)


def _unknown_names(environ: Mapping[str, str], fields: list[SettingField]) -> list[str]:
    known = [field.variable for field in fields]
    faults = []
    for name in sorted(environ):
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1)
            faults.append(f"{name} is not a setting{f'; did you mean {close[0]}?' if close else '.'}")
    return faults


def _parse(field: SettingField, text: str) -> Any:
    """The value of one variable. Raises ValueError with the rest of a sentence that starts with its name."""
    if field.kind is bool:
        if text.lower() in ("1", "true", "yes", "on"):
            return True
        if text.lower() in ("0", "false", "no", "off"):
            return False
        raise ValueError("must be true or false")
    if field.kind is int:
        try:
            number = int(text)
        except ValueError:
            raise ValueError(f"must be a whole number, not “{text}”") from None
        if (field.least is not None and number < field.least) or (
            field.most is not None and number > field.most
        ):
            raise ValueError(f"must be between {field.least} and {field.most}, not {number}")
        return number
    if field.kind is Path:
        return Path(text).expanduser().absolute()
    if get_origin(field.kind) is tuple:
        return tuple(part for part in text.replace(",", " ").split() if part)
    if get_origin(field.kind) is Literal and text not in get_args(field.kind):
        raise ValueError(f"must be one of {', '.join(get_args(field.kind))}, not “{text}”")
    return text


def _fill_in(values: dict[str, Any], faults: list[str]) -> None:
    """The defaults that depend on other values."""
    demo = values.get("demo", False)
    values.setdefault("data_dir", Path(".demo" if demo else "data").absolute())
    values.setdefault("file_store_url", (values["data_dir"] / "files").as_uri())
    if "database_url" in values:
        values.setdefault("migrate_url", values["database_url"])
    elif not any(fault.startswith("DATABASE_URL") for fault in faults):
        faults.append("DATABASE_URL is missing: give the PostgreSQL database to use.")
    if demo:
        values.setdefault("record_system_dir", values["data_dir"] / "records")
        values.setdefault("base_url", f"http://localhost:{values.get('port', 8000)}")
    if "base_url" in values:
        values["base_url"] = values["base_url"].rstrip("/")


def _kept_key(data_dir: Path, faults: list[str]) -> str:
    """The demo's key: read, or made once. A fault is added when the folder cannot be used."""
    path = data_dir / "secret_key"
    try:
        make_data_dir(data_dir)
        if not path.exists():
            _make_key(path)
        key = path.read_text(encoding="ascii")
    except OSError as error:
        faults.append(f"The data folder {data_dir} cannot be used: {error.strerror}.")
        return ""
    if len(key.encode()) < SHORTEST_SECRET:
        faults.append(f"The kept key in {path} is damaged; remove the file to have a new one made.")
    return key


def _make_key(path: Path) -> None:
    """Of processes that start at once one makes the key; none reads it before it is whole."""
    new = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with open(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(new, path)
    finally:
        new.unlink()


def make_data_dir(data_dir: Path) -> None:
    """Make the data folder. Root's may be passed through by others, since PostgreSQL refuses to be root;
    what lies in it is closed on its own."""
    if not data_dir.is_dir():
        data_dir.mkdir(parents=True, exist_ok=True)
        data_dir.chmod(0o711 if os.geteuid() == 0 else 0o700)

"""What must hold between settings, or of one of them: a sentence for each rule that is broken."""

import ipaddress
from typing import Any
from urllib.parse import urlsplit

PREFIX = "VARDLOTS_"
UNPREFIXED = {"database_url": "DATABASE_URL", "port": "PORT"}
SHORTEST_SECRET = 32  # bytes


def rules(values: dict[str, Any]) -> list[str]:
    """What must hold between settings, or of a text, one sentence for each that does not."""
    demo = values.get("demo", False)
    faults: list[str] = []
    for name in ("database_url", "migrate_url"):
        if name in values and urlsplit(values[name]).scheme not in ("postgres", "postgresql"):
            variable = UNPREFIXED.get(name, PREFIX + name.upper())
            faults.append(f"{variable} must begin with postgresql://.")
    if values.get("db_pool_min", 2) > values.get("db_pool_max", 10):
        faults.append("VARDLOTS_DB_POOL_MIN must not be larger than VARDLOTS_DB_POOL_MAX.")
    if "secret_key" in values and len(values["secret_key"].encode()) < SHORTEST_SECRET:
        faults.append(f"VARDLOTS_SECRET_KEY must be at least {SHORTEST_SECRET} bytes long.")
    if len(values.get("sms_receipt_secret", "x" * SHORTEST_SECRET).encode()) < SHORTEST_SECRET:
        faults.append(f"VARDLOTS_SMS_RECEIPT_SECRET must be at least {SHORTEST_SECRET} bytes long.")
    for network in values.get("trusted_proxies", ()):
        if not _is_network(network):
            faults.append(
                f"VARDLOTS_TRUSTED_PROXIES holds “{network}”, which is not an address or a network."
            )
    faults += _file_store_rules(values)
    if values.get("sms_adapter") == "http":
        faults += _missing(values, ("sms_http_url", "sms_http_token"), "when VARDLOTS_SMS_ADAPTER is http")
    if "register_url" in values:
        of_register = ("register_logical_address", "register_certificate", "register_key")
        faults += _missing(values, of_register, "when VARDLOTS_REGISTER_URL is set")
    if not demo:
        needed = ["secret_key", "base_url"]
        needed += [
            f"oidc_{who}_{what}"
            for who in ("patient", "staff")
            for what in ("issuer", "client_id", "client_secret")
        ]
        faults += _missing(values, needed, "outside demo mode")
    for name in (
        "base_url",
        "oidc_patient_issuer",
        "oidc_staff_issuer",
        "sms_http_url",
        "file_store_endpoint",
        "register_url",
    ):
        if name in values:
            faults += _address_rules(name, values[name], demo)
    return faults


def _address_rules(name: str, address: str, demo: bool) -> list[str]:
    parts = urlsplit(address)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return [f"{PREFIX}{name.upper()} must be a whole web address, not “{address}”."]
    if not demo and parts.scheme != "https":
        return [f"{PREFIX}{name.upper()} must begin with https:// outside demo mode."]
    return []


def _file_store_rules(values: dict[str, Any]) -> list[str]:
    parts = urlsplit(values["file_store_url"])
    if parts.scheme == "file" and not parts.netloc and parts.path.startswith("/"):
        return []
    if parts.scheme == "s3" and parts.netloc:
        needed = ("file_store_endpoint", "file_store_key", "file_store_secret")
        return _missing(values, needed, "when VARDLOTS_FILE_STORE_URL begins with s3://")
    return ["VARDLOTS_FILE_STORE_URL must be file:///folder or s3://bucket."]


def _missing(values: dict[str, Any], names: tuple[str, ...] | list[str], when: str) -> list[str]:
    return [f"{PREFIX}{name.upper()} is needed {when}." for name in names if name not in values]


def _is_network(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return True

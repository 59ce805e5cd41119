"""Webhooks: which addresses are accepted, what is sent, and how the receiver knows that Vigil sent it.

An address is judged twice: when somebody enters it, and by the address it resolves to at the moment of sending, because
a name may point elsewhere by then. Addresses inside a network are refused (server-side request forgery, CWE-918).
"""

from __future__ import annotations

import hmac
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from ipaddress import IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from apps.core.exceptions import Reason

LONGEST = 500
SIGNATURE_HEADER, TIME_HEADER, DELIVERY_HEADER = "Vigil-Signature", "Vigil-Timestamp", "Vigil-Delivery"
_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})
#: An IPv4 address in disguise (RFC 6052): behind a translator it would reach the network itself.
_TRANSLATED = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Target:
    """Where to send: scheme, host, port and the path with its query."""

    is_secure: bool
    host: str
    port: int
    path: str


def url_reasons(url: str, *, local_allowed: bool) -> list[Reason]:
    """Return everything that speaks against an address. `local_allowed`: an evaluation on one machine."""
    if not url.strip():
        return [Reason("required", "Give the address to send to.", "url")]
    if len(url) > LONGEST:
        return [Reason("too_long", f"At most {LONGEST} characters.", "url")]
    if not url.isascii() or any(not character.isprintable() or character == " " for character in url):
        return [
            Reason("not_plain", "Use plain ASCII characters; write a name of other letters as xn--.", "url")
        ]
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        return [Reason("no_address", "This is no address.", "url")]
    reasons = []
    host = parts.hostname or ""
    if not host or parts.scheme not in ("https", "http"):
        return [Reason("no_address", "An address begins with https:// and names a host.", "url")]
    if parts.username is not None or parts.password is not None:
        reasons.append(Reason("has_credentials", "No name and password in the address.", "url"))
    if parts.fragment:
        reasons.append(Reason("has_fragment", "No part after # in the address.", "url"))
    if port == 0:
        reasons.append(Reason("no_port", "There is no port 0.", "url"))
    local = host in _LOOPBACK_NAMES
    if parts.scheme == "http" and not local:
        reasons.append(Reason("not_secure", "Use https; plain http is for this machine alone.", "url"))
    if local and not local_allowed:
        reasons.append(Reason("local", "This machine itself is no receiver here.", "url"))
    return reasons


def target_of(url: str) -> Target:
    """Return the parts of an address that was accepted."""
    parts = urlsplit(url)
    is_secure = parts.scheme == "https"
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return Target(is_secure, parts.hostname or "", parts.port or (443 if is_secure else 80), path)


def address_refused(address: str, *, local_allowed: bool) -> bool:
    """Say whether nothing is sent to an IP address: private, loopback, link-local, reserved, in disguise or not."""
    try:
        found = ip_address(address.split("%")[0])
    except ValueError:
        return True
    if isinstance(found, IPv6Address):
        inner = found.ipv4_mapped or found.sixtofour
        if inner is None and (found in _TRANSLATED or found.teredo):
            return True
        if inner is not None:
            found = inner
    if found.is_loopback:
        return not local_allowed
    return not found.is_global or found.is_multicast or found.is_reserved or found.is_unspecified


def address_choose(
    addresses: Iterable[str], *, host: str, local_allowed: bool, private_hosts: Collection[str]
) -> str | None:
    """
    Return the address to connect to: the first, if every one a name resolves to is allowed; else None.

    `private_hosts` are names the operator lets lead into the own network, such as the hospital's alarm server.
    """
    found = list(addresses)
    if not found:
        return None
    if host not in private_hosts and any(
        address_refused(address, local_allowed=local_allowed) for address in found
    ):
        return None
    return found[0]


def body_of(
    *,
    delivery: str,
    kind: str,
    study: str,
    site: str,
    chair: int | None,
    session: str | None,
    severity: str,
    round_: int,
    raised_at: datetime | None,
) -> bytes:
    """Return the body: that there is something to see, and where. No participant, no value, no word of the finding."""
    told = {
        "delivery": delivery,
        "kind": kind,
        "study": study,
        "site": site,
        "chair": chair,
        "session": session,
        "severity": severity,
        "round": round_,
        "raised_at": raised_at.isoformat() if raised_at else None,
        "path": f"/sessions/{session}/watch/" if session else None,
    }
    return json.dumps(told, sort_keys=True, separators=(",", ":")).encode()


def secret_of(*, key: str, webhook_id: str, salt: str) -> str:
    """Return a webhook's secret. It is computed from the installation's key and kept nowhere: no backup holds it."""
    made = hmac.new(key.encode(), f"vigil.webhook:{webhook_id}:{salt}".encode(), sha256).hexdigest()
    return f"vwh_{made}"


def signature_of(secret: str, *, timestamp: int, body: bytes) -> str:
    """Return the value of the signature header: HMAC-SHA256 over the time, a dot and the body, in hexadecimal."""
    signed = f"{timestamp}.".encode() + body
    return "v1=" + hmac.new(secret.encode(), signed, sha256).hexdigest()

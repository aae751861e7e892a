"""The published keys of those who may call: read from a file, or fetched and kept in the database's cache.

Source: RFC 7517 (JSON Web Key).
"""

from __future__ import annotations

import hashlib
import json
import logging
import time
from collections.abc import Mapping
from functools import lru_cache
from ipaddress import ip_network
from pathlib import Path
from typing import Any, Final

import httpx
from django.core.cache import cache
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey

from injections.doors.cds_hooks.issuers import Issuer
from pht_clinic.web.outward import open_client

log = logging.getLogger(__name__)

Key = ECKey | RSAKey

_FRESH_SECONDS: Final = 600
_AGAIN_SECONDS: Final = 60
"""So long after one look nobody looks again, whatever key is asked for or did not come."""
_KEPT_SECONDS: Final = 86_400
_DEADLINE_SECONDS: Final = 3.0
_ANYWHERE: Final = (ip_network("0.0.0.0/0"), ip_network("::/0"))
"""Their address is the clinic's own setting, and may well lie in its network."""
_LONGEST: Final = 100_000
_LEAST_BITS: Final = 2048
_KINDS: Final[Mapping[object, type[ECKey] | type[RSAKey]]] = {"EC": ECKey, "RSA": RSAKey}


def key_of(issuer: Issuer, kid: str) -> Key | None:
    """The key of this issuer that has this id; None where it publishes none, or cannot be asked.

    Keys are fetched again after ten minutes, or for an id that is not among them once a minute at most. While they
    cannot be fetched those of the last day count.
    """
    if issuer.keys_file:
        return _keys_in(_text_of(issuer.keys_file)).get(kid)
    kept = cache.get(_name_of(issuer)) or {"text": "", "read_at": 0.0, "tried_at": 0.0}
    found = _keys_in(kept["text"]).get(kid)
    age, idle = time.time() - kept["read_at"], time.time() - kept["tried_at"]
    if idle < _AGAIN_SECONDS or (found is not None and age < _FRESH_SECONDS):
        return found
    return _keys_in(_fetched(issuer, kept)).get(kid)


def _fetched(issuer: Issuer, kept: dict[str, Any]) -> str:
    text = asked(issuer.keys_url)
    now = time.time()
    if text:
        kept = {"text": text, "read_at": now}
    cache.set(_name_of(issuer), kept | {"tried_at": now}, _KEPT_SECONDS)
    return str(kept["text"])


def asked(address: str) -> str:
    """The JWK Set at an address; "" where there is none to be had."""
    try:
        with (
            open_client(seconds=_DEADLINE_SECONDS, allowed=_ANYWHERE) as client,
            client.stream("GET", address) as answer,
        ):
            answer.raise_for_status()
            read = b""
            for part in answer.iter_bytes():
                read += part
                if len(read) > _LONGEST:
                    raise ValueError("too long")
        text = read.decode("utf-8")
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        log.warning("keys of a CDS Hooks client could not be fetched: %s", type(error).__name__)
        return ""
    return text if _keys_in(text) else ""


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        log.warning("keys of a CDS Hooks client could not be read: %s", type(error).__name__)
        return ""


@lru_cache(maxsize=64)
def _keys_in(text: str) -> Mapping[str, Key]:
    """The public keys of a JWK Set that can prove something here, by their id."""
    try:
        listed = json.loads(text)["keys"]
        return {one["kid"]: key for one in listed if (key := _key(one)) is not None}
    except (ValueError, LookupError, TypeError, RecursionError):
        return {}


def _key(said: object) -> Key | None:
    """A key as published; None for one of another kind or use, or that is too short."""
    if not isinstance(said, dict):
        return None
    kind = _KINDS.get(said.get("kty"))
    if kind is None or said.get("use", "sig") != "sig" or not isinstance(said.get("kid"), str):
        return None
    if kind is RSAKey and _bits(said.get("n")) < _LEAST_BITS:
        return None
    try:
        return kind.import_key({name: value for name, value in said.items() if name != "key_ops"})
    except (JoseError, ValueError, TypeError):
        return None


def _bits(modulus: object) -> int:
    """How long an RSA modulus in base64url is, a few bits more or less."""
    return len(modulus) * 6 if isinstance(modulus, str) else 0


def _name_of(issuer: Issuer) -> str:
    return f"cds-keys:{hashlib.sha256(issuer.keys_url.encode()).hexdigest()}"

"""Who calls, proved by a signed token: listed issuer, published key, this very endpoint, in time, and never twice.

Source: CDS Hooks 2.0, Trusting CDS Clients; RFC 7519.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from typing import Any, Final

from django.conf import settings
from django.db import DatabaseError
from joserfc import jws, jwt
from joserfc.errors import JoseError

from injections.doors.cds_hooks.issuers import Issuer, issuers
from injections.doors.cds_hooks.keys import key_of
from pht_clinic.audit.door import way
from pht_clinic.errors import Refusal
from pht_clinic.web.counting import ANYBODY, ANYWHERE, Counter, Limit, count, digest
from pht_clinic.web.problem import takes_no_changes

ALGORITHMS: Final = ("ES384", "RS384")
"""The two that the specification recommends: neither unsigned ones nor shared secrets prove anything."""
LONGEST_SECONDS: Final = 3600
"""A token that is good for longer is refused: so long it has to be remembered that it was used."""
LEEWAY_SECONDS: Final = 30
_MINUTE: Final = 60
_LONGEST_NAME: Final = 500
_LATEST: Final = 1e11


class Untrusted(Refusal):
    """The caller did not prove to be one of those listed."""

    code = "untrusted"


class TooManyCalls(Refusal):
    """More calls in a minute than are answered."""

    code = "throttled"

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        super().__init__(f"Too many requests in a minute. Try again in {seconds} seconds.")


@dataclass(frozen=True, slots=True)
class Caller:
    """The system that calls."""

    issuer: str
    sees_records: bool


def caller_of(header: str, *, endpoints: Collection[str], now: datetime) -> Caller:
    """Whose token this Authorization header holds, made for one of these addresses. `now` is real time.

    1. What it says of itself is read: algorithm, key, issuer.
    2. The issuer is listed, and published the key.
    3. The signature fits, by one of ALGORITHMS.
    4. It was made for this endpoint, is in time and not good for longer than LONGEST_SECONDS.
    5. It was never used before: its id is counted, with the caller's calls of this minute, in one statement.

    Raises: Untrusted, TooManyCalls.
    """
    check_place()
    token = _token_in(header)
    said, unproved = _unproved(token)
    issuer = issuers().get(unproved.get("iss", "")) if isinstance(unproved.get("iss"), str) else None
    if issuer is None:
        raise Untrusted("The issuer of the token is not one that this clinic lists.")
    claims = _proved(token, said, issuer)
    left = _check_claims(claims, endpoints=endpoints, now=now)
    _check_first_use(issuer, str(claims["jti"]), left)
    return Caller(issuer.name, issuer.sees_records)


def check_place() -> None:
    """Count a call from where it comes, before anything of it is looked at; where nothing can be counted, as the
    database takes no changes, it is let in. Raises: TooManyCalls.
    """
    most = Limit(settings.API_REQUESTS_A_MINUTE_FROM_ONE_PLACE, _MINUTE)
    try:
        [reached] = count([Counter(ANYBODY, digest("cds", way.get().network), most)], may_be_lost=True)
    except DatabaseError as error:
        if not takes_no_changes(error):
            raise
        return
    if reached.is_over:
        raise TooManyCalls(reached.seconds)


def _token_in(header: str) -> str:
    scheme, _, token = header.partition(" ")
    if scheme.lower() != "bearer" or not token.strip():
        raise Untrusted("Say who calls: a signed token is needed, as Authorization: Bearer.")
    return token.strip()


def _unproved(token: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """Header and claims as they stand there, proved by nothing yet."""
    try:
        found = jws.extract_compact(token.encode("ascii"))
        said, claims = found.headers(), json.loads(found.payload)
    except (JoseError, ValueError, RecursionError, TypeError, LookupError) as error:
        raise Untrusted("The token cannot be read.") from error
    if not isinstance(claims, dict) or not isinstance(said, dict):
        raise Untrusted("The token cannot be read.")
    return said, claims


def _proved(token: str, said: dict[str, Any], issuer: Issuer) -> dict[str, Any]:
    if said.get("alg") not in ALGORITHMS:
        raise Untrusted(f"The token is not signed by one of {', '.join(ALGORITHMS)}.")
    if said.get("typ") != "JWT" or not isinstance(said.get("kid"), str):
        raise Untrusted("The header of the token needs typ, JWT, and kid, the id of the key.")
    if said.get("jku", issuer.keys_url) != issuer.keys_url and issuer.keys_url:
        raise Untrusted("The token names other keys than those that this clinic lists.")
    key = key_of(issuer, said["kid"])
    if key is None:
        raise Untrusted("The key of the token is not among those that its issuer publishes.")
    try:
        return dict(jwt.decode(token, key, algorithms=list(ALGORITHMS)).claims)
    except (JoseError, ValueError, TypeError) as error:
        raise Untrusted("The signature of the token does not fit.") from error


def _check_claims(claims: dict[str, Any], *, endpoints: Collection[str], now: datetime) -> int:
    """For how many seconds from now on the token is good. Raises: Untrusted."""
    audience = claims.get("aud")
    named = [audience] if isinstance(audience, str) else audience
    if not isinstance(named, list) or not any(isinstance(one, str) and one in endpoints for one in named):
        raise Untrusted("The token was not made for this address: aud.")
    expires, issued = _seconds(claims.get("exp")), _seconds(claims.get("iat"))
    if expires is None or issued is None:
        raise Untrusted("The token needs exp and iat, in seconds.")
    jti = claims.get("jti")
    if not isinstance(jti, str) or not 0 < len(jti) <= _LONGEST_NAME:
        raise Untrusted("The token needs an id of its own: jti.")
    at = now.timestamp()
    if issued > at + LEEWAY_SECONDS:
        raise Untrusted("The token was issued in the future: iat.")
    if expires <= at - LEEWAY_SECONDS:
        raise Untrusted("The token has expired: exp.")
    if expires > at + LONGEST_SECONDS:
        raise Untrusted("The token is good for too long: exp lies more than an hour ahead.")
    return ceil(expires - at)


def _check_first_use(issuer: Issuer, jti: str, left: int) -> None:
    """Count the use of this token and the calls of its issuer. Raises: Untrusted (it was used), TooManyCalls."""
    own = hashlib.sha256(json.dumps([issuer.name, jti]).encode()).hexdigest()
    remembered = Limit(1, max(1, left + LEEWAY_SECONDS + _MINUTE))
    used, calls = count(
        [
            Counter(digest("cds-token", own), ANYWHERE, remembered),
            Counter(digest("cds-issuer", issuer.name), ANYWHERE, Limit(settings.API_REQUESTS_A_MINUTE, _MINUTE)),
        ]
    )
    if used.is_over:
        raise Untrusted("The token was used before: each is good for one call.")
    if calls.is_over:
        raise TooManyCalls(calls.seconds)


def _seconds(value: object) -> float | None:
    """A number of seconds; None for what is none, or larger than any date."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if is_number and abs(value) < _LATEST else None  # type: ignore[arg-type]  # a number by now

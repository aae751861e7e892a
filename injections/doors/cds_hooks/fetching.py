"""What the caller did not send is read from its FHIR server, with the token that it gave for this.

All of it within one short deadline; what does not come in time, or cannot be read, stays unknown. The token is in the
request's header alone, and goes to that server alone.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor, wait
from functools import partial
from typing import Any, Final

import httpx
from rest_framework.exceptions import ParseError

from injections.doors.cds_hooks.reading import FhirAccess
from pht_clinic.errors import Invalid
from pht_clinic.web.api.json_parser import parse
from pht_clinic.web.outward import Network, PrivateAddress, open_client

DEADLINE_SECONDS: Final = 2.0
_MOST_PAGES: Final = 5
_LONGEST: Final = 1_000_000
_AT_ONCE: Final = 9


class NotFetched(Exception):
    """It could not be had; the sentence says why, and nothing that the server said."""


def fetch(
    access: FhirAccess,
    queries: Mapping[str, str],
    *,
    allowed: Iterable[Network] = (),
    seconds: float = DEADLINE_SECONDS,
) -> dict[str, list[object] | NotFetched]:
    """What each query finds, by its key: all its pages as they came, or why there is nothing. `allowed` are networks
    besides the internet in which the server may stand: nobody's but a test's own.
    """
    until = time.monotonic() + seconds
    with open_client(seconds=seconds, allowed=allowed) as client:
        client.headers.update({"Authorization": f"Bearer {access.token}", "Accept": "application/fhir+json"})
        pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="cds-fetch")
        try:
            work = {
                key: pool.submit(partial(_pages, client, access.server, query, until)) for key, query in queries.items()
            }
            wait(work.values(), timeout=seconds)
            return {key: _result(one) for key, one in work.items()}
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def next_page(bundle: object) -> str:
    """Where a searchset goes on; "" on its last page."""
    links = bundle.get("link") if isinstance(bundle, dict) else None
    found = [one.get("url") for one in links if _is_next(one)] if isinstance(links, list) else []
    return found[0] if found and isinstance(found[0], str) else ""


def _is_next(link: object) -> bool:
    return isinstance(link, dict) and link.get("relation") == "next"


def _result(work: Any) -> list[object] | NotFetched:
    if not work.done():
        return NotFetched("the FHIR server did not answer in time")
    error = work.exception()
    if error is None:
        found: list[object] = work.result()
        return found
    if isinstance(error, NotFetched):
        return error
    if isinstance(error, httpx.HTTPError | httpx.InvalidURL | UnicodeError | PrivateAddress):
        return NotFetched("the FHIR server could not be reached")
    raise error


def _pages(client: httpx.Client, server: str, query: str, until: float) -> list[object]:
    """Every page of a search, or the one resource of a read. Raises: NotFetched, httpx.HTTPError."""
    found: list[object] = []
    address = query if query.startswith("https://") else f"{server}/{query}"
    while address:
        if len(found) == _MOST_PAGES:
            raise NotFetched(f"there are more than {_MOST_PAGES} pages of it")
        if not address.startswith(f"{server}/") and not address.startswith(f"{server}?"):
            raise NotFetched("its next page lies elsewhere than on the FHIR server")
        found.append(_one(client, address, until))
        address = next_page(found[-1])
    return found


def _one(client: httpx.Client, address: str, until: float) -> object:
    with client.stream("GET", address) as answer:
        if answer.status_code != httpx.codes.OK:
            raise NotFetched(f"the FHIR server answered {answer.status_code}")
        text = b"".join(_within(answer.iter_bytes(), until))
    try:
        return parse(text)
    except (ParseError, Invalid) as error:
        raise NotFetched("the FHIR server did not answer in JSON that can be read") from error


def _within(parts: Iterable[bytes], until: float) -> Iterable[bytes]:
    size = 0
    for part in parts:
        size += len(part)
        if size > _LONGEST:
            raise NotFetched("the answer of the FHIR server is too large")
        if time.monotonic() > until:
            raise NotFetched("the FHIR server did not answer in time")
        yield part

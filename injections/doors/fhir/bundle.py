"""Resources together: pages of a search, each resource with the version that it stands at."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import datetime
from urllib.parse import urlencode

from fhir.resources.R4B.bundle import Bundle, BundleEntry, BundleEntrySearch, BundleLink
from fhir.resources.R4B.meta import Meta
from fhir.resources.R4B.operationoutcome import OperationOutcome
from fhir.resources.R4B.resource import Resource

_VERSION_LETTERS = 16


def last_updated(at: datetime | None) -> Meta | None:
    """What a resource says of when it last changed."""
    return Meta(lastUpdated=at) if at is not None else None


def with_version(resource: Resource) -> Resource:
    """The same resource with its version: another one as soon as anything that it says is another."""
    said = resource.model_dump_json(exclude={"meta"})
    version = hashlib.sha256(said.encode()).hexdigest()[:_VERSION_LETTERS]
    resource.meta = Meta(versionId=version, lastUpdated=resource.meta.lastUpdated if resource.meta else None)
    return resource


def etag_of(resource: Resource) -> str:
    """The version of a resource, as HTTP has it."""
    return f'W/"{resource.meta.versionId if resource.meta else ""}"'


def searchset(
    resources: Iterable[Resource],
    *,
    base: str,
    links: Mapping[str, str],
    total: int | None,
    notes: OperationOutcome | None = None,
) -> Bundle:
    """One page of a search; `notes` is what is to be said of the search itself."""
    entries = [
        BundleEntry(
            fullUrl=f"{base}{one.get_resource_type()}/{one.id}",
            resource=with_version(one),
            search=BundleEntrySearch(mode="match"),
        )
        for one in resources
    ]
    if notes is not None:
        entries.append(BundleEntry(resource=notes, search=BundleEntrySearch(mode="outcome")))
    return Bundle(
        type="searchset",
        total=total,
        link=[BundleLink(relation=relation, url=url) for relation, url in links.items()],
        entry=entries or None,
    )


def link_of(address: str, used: Iterable[tuple[str, str]]) -> str:
    """The address of a search with what was used of its parameters."""
    query = urlencode(list(used))
    return f"{address}?{query}" if query else address

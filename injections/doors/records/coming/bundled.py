"""A file that is one JSON document, a FHIR Bundle or a single resource, as lines: one resource each.

Whoever reads a line sees plain resources that name each other by type and id, as in a file of a resource a line: what
a Bundle names by `fullUrl` is named so here, and patients come first.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import IO, Any, Final

from rest_framework.exceptions import ParseError

from pht_clinic.errors import Refusal
from pht_clinic.web.api.json_parser import parse
from pht_clinic.web.csv_reading import LONGEST_LINE, Unreadable

LARGEST: Final = 50_000_000
"""Bytes of a document, which is read as a whole; what is larger comes as a resource a line."""
_HEAD: Final = 4_000
"""Bytes after the first line in which a resource says what it is."""
_MARK: Final = b"\xef\xbb\xbf"
_RESOURCE: Final = re.compile(rb'"resourceType"\s*:')
BUNDLE: Final = "Bundle"
_URN: Final = re.compile(r"urn:(?:uuid|oid):")


def is_document(file: IO[bytes]) -> bool:
    """Whether the file is one resource, rather than one on each line. It stands at its beginning afterwards.

    Its first line is a whole Bundle, or begins what goes on in the next one, or is longer than any line that is read.
    """
    first = file.readline(LONGEST_LINE + 1)
    more = file.read(_HEAD)
    file.seek(0)
    text = first.removeprefix(_MARK).strip()
    if not text.startswith(b"{") or not _RESOURCE.search(first + more):
        return False
    if len(first) > LONGEST_LINE:
        return True
    try:
        return parse(text).get("resourceType") == BUNDLE
    except (ParseError, Refusal):
        return not more.lstrip().startswith(b"{")


def resources_of(file: IO[bytes]) -> Iterator[tuple[int, str]]:
    """Each resource as a line of JSON, with its place in the Bundle from 1 on. Raises: Unreadable."""
    content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise Unreadable(f"The file is one document of more than {LARGEST:,} bytes. Save it as a resource a line.")
    try:
        document = parse(content.removeprefix(_MARK))
    except ParseError as error:
        raise Unreadable(str(error.detail).replace("The body", "The file", 1)) from error
    except Refusal as refusal:
        raise Unreadable(f"The file holds what cannot be read. {refusal.sentence}") from refusal
    entries = _entries(document) if document.get("resourceType") == BUNDLE else [(1, "", document)]
    names = _names(entries)
    for number, _, resource in sorted(entries, key=lambda one: one[2].get("resourceType") != "Patient"):
        yield number, json.dumps(_renamed(resource, names), ensure_ascii=False)


def _entries(bundle: Mapping[str, Any]) -> list[tuple[int, str, dict[str, Any]]]:
    """Place, `fullUrl` and resource of each entry. Raises: Unreadable."""
    entries = bundle.get("entry") or []
    if not isinstance(entries, list):
        raise Unreadable("The Bundle has no list of entries.")
    found = []
    for number, entry in enumerate(entries, start=1):
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            raise Unreadable(f"Entry {number} of the Bundle holds no resource.")
        found.append((number, str(entry.get("fullUrl") or ""), _with_id(resource, entry.get("fullUrl"))))
    if not found:
        raise Unreadable("The Bundle is empty.")
    return found


def _with_id(resource: dict[str, Any], full_url: object) -> dict[str, Any]:
    """A resource that is named by `fullUrl` alone, with what identifies it there as its id."""
    if resource.get("id") or not isinstance(full_url, str) or not _URN.match(full_url):
        return resource
    return {**resource, "id": _URN.sub("", full_url)}


def _names(entries: list[tuple[int, str, dict[str, Any]]]) -> dict[str, str]:
    """What each `fullUrl` names, by type and id. Raises: Unreadable (two entries of one name: nobody knows whose)."""
    names: dict[str, str] = {}
    known: dict[str, int] = {}
    for number, full_url, resource in entries:
        if resource.get("id"):
            name = f"{resource.get('resourceType')}/{resource['id']}"
            if name in known:
                raise Unreadable(f"Entries {known[name]} and {number} of the Bundle are both {name}.")
            known[name] = number
            if full_url:
                names[full_url] = name
    return names


def _renamed(value: Any, names: Mapping[str, str]) -> Any:
    """The same with each reference by the name of what it leads to; no deeper than what was read can be."""
    if isinstance(value, list):
        return [_renamed(one, names) for one in value]
    if not isinstance(value, dict):
        return value
    named = {key: _renamed(one, names) for key, one in value.items()}
    reference = named.get("reference")
    return named | {"reference": names[reference]} if isinstance(reference, str) and reference in names else named

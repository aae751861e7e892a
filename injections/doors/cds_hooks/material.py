"""What is known of the patient whom a call is about: sent along, or fetched. What is missing is named, never taken
for "there is none".
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from fhir.resources.R4B.patient import Patient
from fhir.resources.R4B.resource import Resource

from injections.doors.cds_hooks.fetching import NotFetched, fetch, next_page
from injections.doors.cds_hooks.reading import HookCall
from injections.doors.cds_hooks.whose import is_of
from injections.doors.coded.errors import CodedError
from injections.doors.coded.resources import parse_resource
from pht_clinic.errors import Refusal
from pht_clinic.web.outward import Network

_TOKEN: Final = "{{context.patientId}}"  # noqa: S105 - a prefetch token: what a template has in place of the patient's id
_OUTCOME: Final = "OperationOutcome"


class NothingToGoBy(Refusal):
    """What no answer is possible without was neither sent nor to be had."""

    code = "missing-prefetch"


@dataclass(frozen=True, slots=True)
class Gap:
    """What is not known, and why. `is_part`: something of its kind is known, and this is not; else nothing of it is."""

    what: str
    why: str
    is_part: bool = False


@dataclass(frozen=True, slots=True)
class Material:
    """The resources that could be read, and the gaps."""

    resources: tuple[Resource, ...]
    gaps: tuple[Gap, ...]


def gather(call: HookCall, *, allowed: Iterable[Network] = ()) -> Material:
    """Read what was sent, and fetch what was not where the call has a token for it.

    Raises: NothingToGoBy (naming what is required and missing; the caller answers 412).
    """
    pages, gaps = _sent(call)
    _fetch_into(pages, gaps, call, allowed)
    _check_required([gap for gap in gaps if gap.what in call.service.required and not gap.is_part])
    resources: list[Resource] = []
    for key, found in pages.items():
        if _is_cut(found):
            gaps.append(Gap(key, "it counts more than was sent", is_part=True))
        for one in itertools.chain.from_iterable(map(_inside, found)):
            read = _read(key, one, call)
            if isinstance(read, Gap):
                gaps.append(read)
            else:
                resources.append(read)
    if not any(isinstance(one, Patient) for one in resources):
        _check_required([Gap("patient", "there is no Patient of this id that can be read")])
    return Material(tuple(resources), tuple(gaps))


def _check_required(missing: Sequence[Gap]) -> None:
    if missing:
        said = "; ".join(f"{gap.what}: {gap.why}" for gap in missing)
        raise NothingToGoBy(f"Needed, and neither sent nor to be fetched: {said}.")


def _sent(call: HookCall) -> tuple[dict[str, list[object]], list[Gap]]:
    """The pages that were sent, by their key, and what the caller said it could not read."""
    pages: dict[str, list[object]] = {}
    gaps = []
    for key, value in call.prefetch.items():
        if isinstance(value, dict) and value.get("resourceType") == _OUTCOME:
            gaps.append(Gap(key, "the caller could not read it"))
        else:
            pages[key] = [] if value is None else [value]
    return pages, gaps


def _fetch_into(pages: dict[str, list[object]], gaps: list[Gap], call: HookCall, allowed: Iterable[Network]) -> None:
    """Fetch what was not sent, and the rest of what was sent in part."""
    unsaid = set(call.service.prefetch) - set(call.prefetch)
    wanted = {key: call.service.prefetch[key].replace(_TOKEN, call.patient_id) for key in sorted(unsaid)}
    wanted |= {key: rest for key, found in pages.items() if found and (rest := next_page(found[0]))}
    if not wanted:
        return
    if call.access is None:
        why = {True: "only its first page was sent", False: "it was not sent"}
        gaps.extend(Gap(key, why[key in pages], is_part=key in pages) for key in wanted)
        return
    for key, found in fetch(call.access, wanted, allowed=allowed).items():
        if isinstance(found, NotFetched):
            gaps.append(Gap(key, str(found), is_part=key in pages))
        else:
            pages.setdefault(key, []).extend(found)


def _inside(page: object) -> Iterator[object]:
    """The resources of a page of a search, or the one resource that was read."""
    if not isinstance(page, dict) or page.get("resourceType") != "Bundle":
        yield page
        return
    for entry in _entries(page):
        yield entry.get("resource") if isinstance(entry, dict) else None


def _entries(bundle: dict[str, Any]) -> list[object]:
    """What lies in it; one thing that cannot be read, where that is no list."""
    entries = bundle.get("entry", [])
    return entries if isinstance(entries, list) else [None]


def _is_cut(pages: Sequence[object]) -> bool:
    """Whether a search says that it found more than lies on its pages, and not where the rest is."""
    bundles = [page for page in pages if isinstance(page, dict) and page.get("resourceType") == "Bundle"]
    totals = [total for one in bundles if isinstance(total := one.get("total"), int)]
    if not totals or next_page(bundles[-1]):
        return False
    return max(totals) > sum(_is_match(entry) for one in bundles for entry in _entries(one))


def _is_match(entry: object) -> bool:
    """Whether it is one of those that were looked for, and does not merely come with them."""
    search = entry.get("search") if isinstance(entry, dict) else None
    return not isinstance(search, dict) or search.get("mode", "match") == "match"


def _read(key: str, value: object, call: HookCall) -> Resource | Gap:
    if not isinstance(value, dict):
        return Gap(key, "a resource of it cannot be read", is_part=True)
    kind = str(value.get("resourceType"))
    name = f"{kind}/{value.get('id', '?')}"[:100]
    if kind == _OUTCOME:
        return Gap(key, "the caller could not read all of it", is_part=True)
    if not is_of(value, call.patient_id):
        return Gap(name, "it is of another patient, and does not count", is_part=True)
    try:
        return parse_resource(value)
    except CodedError:
        return Gap(name, "it is no valid resource", is_part=True)

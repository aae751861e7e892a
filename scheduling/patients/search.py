"""Finding a patient by whatever is known of them, in whatever form it is typed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Q
from django.db.models.functions import Lower

from pht_clinic.rows import fetch_all
from scheduling.models import Patient
from scheduling.patients.name_words import meant_by
from scheduling.patients.phones import NoPhoneNumber, home_country_code, read_phone
from scheduling.patients.readings import Born, Filed, Mailed, NameWordTyped, Numbered, Part, Reading, readings

SEARCH_LIMIT = 50
WORDS_AT_ONCE = 30
_BEARERS = (
    f"(SELECT id FROM {Patient._meta.db_table} WHERE name_words @> %s::varchar[]"  # noqa: S608 - our own table
    f" LIMIT {SEARCH_LIMIT + 1})"
)
_NOBODY = Q(pk__in=())
Meant = dict[str, dict[str, float]]


@dataclass(slots=True)
class FoundRecord:
    """Somebody who was found; `merged_from` are the records merged into theirs by which they were."""

    patient: Patient
    fit: float
    merged_from: list[Patient] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class SearchResult:
    """At most 50 who fit, the closest first; `is_cut`: more do."""

    found: list[FoundRecord]
    is_cut: bool

    @property
    def patients(self) -> list[Patient]:
        return [one.patient for one in self.found]


def search_patients(text: str, *, today: date, restricted_too: bool = False) -> SearchResult:
    """Patients by any mix of words of present and former names, date, month or year of birth, phone, NHS number, email.

    Everything typed must fit; accents, case and slips are forgiven, short forms known. A record that was merged away
    leads to the one that stands. Whoever was erased is found for those who may see them alone (`restricted_too`).
    Whoever fits to the letter comes first, and others only where those are not many.
    """
    meanings = readings(text, today)
    typed = {part.word for reading in meanings for part in reading if isinstance(part, NameWordTyped)}
    exactly: Meant = {word: {word: 1.0} for word in typed}
    found, is_cut = _fitting(meanings, exactly)
    if not is_cut and typed:
        more, is_cut = _fitting(meanings, meant_by(typed))
        found = more | found
    seen = [one for one in found.values() if restricted_too or not one.patient.is_restricted]
    ordered = sorted(seen, key=_order)
    return SearchResult(ordered[:SEARCH_LIMIT], is_cut=is_cut or len(ordered) > SEARCH_LIMIT)


def _order(found: FoundRecord) -> tuple[object, ...]:
    who = found.patient
    return -found.fit, who.family_name.casefold(), who.given_name.casefold(), who.pk


def _fitting(meanings: Sequence[Reading], meant: Meant) -> tuple[dict[int, FoundRecord], bool]:
    """Who fits any of the readings, by the id of the record that stands; and whether one had more than it may show."""
    found: dict[int, FoundRecord] = {}
    is_cut = False
    for reading in meanings:
        rows, is_more = _rows(reading, meant)
        is_cut = is_cut or is_more
        for row in rows:
            _note(found, row, _fit(row, reading, meant))
    return found, is_cut


def _note(found: dict[int, FoundRecord], row: Patient, fit: float) -> None:
    here = found.setdefault(row.kept_id, FoundRecord(row.kept, fit))
    here.fit = max(here.fit, fit)
    if row.merged_into_id is not None and row not in here.merged_from:
        here.merged_from.append(row)


def _rows(reading: Reading, meant: Meant) -> tuple[list[Patient], bool]:
    """At most 51 who fit a reading, in no order, and whether more do.

    Of thousands of one name the database need not sort and read all.
    """
    rows = Patient.objects.alias(mail=Lower("email")).select_related("merged_into").order_by()
    match reading:
        case (NameWordTyped(word),):
            ids, is_cut = _bearers(meant[word])
            return list(rows.filter(pk__in=ids)) if ids else [], is_cut
    wanted = Q()
    for part in reading:
        wanted &= _condition(part, meant)
    found = list(rows.filter(wanted)[: SEARCH_LIMIT + 1])
    return found, len(found) > SEARCH_LIMIT


def _bearers(fits: Mapping[str, float]) -> tuple[list[int], bool]:
    """The ids of at most 51 who bear one of these words, the closest words first, and whether more do.

    Each word is asked for by itself, some in one statement, until there are enough: of any of many words at once the
    database expects too many bearers, and reads the table from its start until it has met 51.
    """
    words = sorted(fits, key=lambda word: (-fits[word], word))
    found: dict[int, None] = {}
    for start in range(0, len(words), WORDS_AT_ONCE):
        some = words[start : start + WORDS_AT_ONCE]
        each = " UNION ALL ".join([_BEARERS] * len(some))
        statement = f"SELECT id FROM ({each}) AS bearers LIMIT {2 * SEARCH_LIMIT}"  # noqa: S608 - our own words
        rows = fetch_all(statement, [[word] for word in some])
        found |= dict.fromkeys(pk for (pk,) in rows)
        if len(rows) == 2 * SEARCH_LIMIT or len(found) > SEARCH_LIMIT:
            return list(found)[: SEARCH_LIMIT + 1], True
    return list(found), False


def _fit(row: Patient, reading: Reading, meant: Meant) -> float:
    """How well the names fit, from 0 to 1: that of the worst word; what is no name fits or is not found."""
    words = set(row.name_words)
    fits = [
        max((fit for known, fit in meant[part.word].items() if known in words), default=0.0)
        for part in reading
        if isinstance(part, NameWordTyped)
    ]
    return min(fits, default=1.0)


def _condition(part: Part, meant: Meant) -> Q:
    match part:
        case NameWordTyped(word):
            return Q(name_words__overlap=sorted(meant[word]))
        case Born(days):
            return _any(Q(date_of_birth__range=(one.first, one.last)) for one in days)
        case Mailed(begins):
            return Q(mail__startswith=begins)
        case Filed(number):
            return Q(pk=number)
        case Numbered(typed):
            return _numbered(typed)


def _any(conditions: Iterable[Q]) -> Q:
    found = _NOBODY
    for one in conditions:
        found |= one
    return found


def _numbered(typed: str) -> Q:
    """By a phone or NHS number or part of one; a whole phone number by the number that it dials."""
    digits = re.sub(r"\D", "", typed)
    wanted = Q(nhs_number__contains=digits) | Q(phone__contains=digits)
    with suppress(NoPhoneNumber):
        wanted |= Q(phone__startswith=read_phone(typed))
    if digits.startswith("00"):
        wanted |= Q(phone__startswith=f"+{digits[2:]}")
    elif digits.startswith("0"):
        wanted |= Q(phone__startswith=f"+{home_country_code()}{digits[1:]}")
    return wanted

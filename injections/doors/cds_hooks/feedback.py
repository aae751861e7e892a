"""What became of cards where they were shown: taken, or passed over, with a coded reason or without."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from django.db import transaction

from injections.doors.cds_hooks.services import Service
from injections.doors.cds_hooks.trust import Caller
from injections.facts.sections import field_errors
from injections.models import CdsCard, CdsFeedback
from injections.safety.reading.reader import Problem, Reader
from pht_clinic.audit.record import record
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor

MOST: Final = 200
"""Of one call."""
_LONGEST_CODE, _LONGEST_SYSTEM, _LONGEST_COMMENT = 100, 200, 10_000
_NEVER: Final = datetime.min.replace(tzinfo=UTC)
_OUTCOMES: Final = tuple(CdsFeedback.Outcome.values)


@dataclass(frozen=True, slots=True)
class Heard:
    """What was done with one card. `pointer` leads to it in what was sent."""

    pointer: str
    card: uuid.UUID
    outcome: str
    at: datetime
    accepted: tuple[uuid.UUID, ...] = ()
    reason_system: str = ""
    reason_code: str = ""
    has_comment: bool = False


def read_feedback(body: Mapping[str, Any]) -> list[Heard]:
    """Raises: Invalid (with every problem and its pointer)."""
    problems: list[Problem] = []
    reader = Reader(body, "#", problems)
    said = reader.items("feedback")
    if not said and not problems:
        reader.note("feedback", "is required" if body.get("feedback") is None else "must not be empty")
    if len(said) > MOST:
        reader.note("feedback", f"must hold at most {MOST}")
    found = [_heard(Reader(one, f"#/feedback/{place}", problems)) for place, one in enumerate(said[:MOST])]
    if problems:
        raise Invalid(field_errors(problems))
    return found


def store_feedback(heard: Iterable[Heard], service: Service, caller: Caller, *, by: Actor, now: datetime) -> None:
    """Keep it, all or nothing; what was told before is not told twice.

    Raises: Invalid (a card, or a suggestion, is none that this service gave this caller).
    """
    told = list(heard)
    with transaction.atomic():
        given = CdsCard.objects.filter(issuer=caller.issuer, service=service.id)
        known = given.in_bulk([one.card for one in told])
        _check_known(told, known)
        before = _kept(told)
        CdsFeedback.objects.bulk_create(
            [
                CdsFeedback(
                    card=known[one.card],
                    outcome=one.outcome,
                    accepted=list(one.accepted),
                    reason_system=one.reason_system,
                    reason_code=one.reason_code,
                    has_comment=one.has_comment,
                    outcome_at=one.at,
                    at=now,
                )
                for one in told
            ],
            ignore_conflicts=True,
        )
        new = [one.outcome for pk, one in _kept(told).items() if pk not in before]
        detail = {"cards": len(new), "overridden": new.count(CdsFeedback.Outcome.OVERRIDDEN)}
        record("cds-feedback-given", by=by, now=now, subject=f"service:{service.id}", detail=detail)


def _kept(told: Sequence[Heard]) -> dict[int, CdsFeedback]:
    """What is kept of this already, by its id."""
    said = {(one.card, one.outcome, one.at, one.reason_code) for one in told}
    found = CdsFeedback.objects.filter(card__in={one.card for one in told})
    return {one.pk: one for one in found if (one.card_id, one.outcome, one.outcome_at, one.reason_code) in said}


def _check_known(told: Iterable[Heard], known: Mapping[uuid.UUID, CdsCard]) -> None:
    errors = []
    for one in told:
        if one.card not in known:
            errors.append(FieldError(f"{one.pointer}/card", "is no card that this service gave you"))
        elif not set(one.accepted) <= set(known[one.card].suggestions):
            errors.append(FieldError(f"{one.pointer}/acceptedSuggestions", "names what that card did not suggest"))
    if errors:
        raise Invalid(errors)


def _heard(reader: Reader) -> Heard:
    card = _uuid(reader, "card")
    outcome = reader.choice("outcome", _OUTCOMES, required=True) or ""
    at = reader.instant("outcomeTimestamp", required=True)
    accepted = _accepted(reader)
    if outcome == CdsFeedback.Outcome.ACCEPTED and not accepted and not reader.has_problem("acceptedSuggestions"):
        reader.note("acceptedSuggestions", "is required for accepted")
    system, code, has_comment = _reason(reader)
    nothing = uuid.UUID(int=0)
    return Heard(reader.pointer, card or nothing, outcome, at or _NEVER, accepted, system, code, has_comment)


def _accepted(reader: Reader) -> tuple[uuid.UUID, ...]:
    found = [
        _uuid(Reader(one, f"{reader.pointer}/acceptedSuggestions/{place}", reader.problems), "id")
        for place, one in enumerate(reader.items("acceptedSuggestions")[:MOST])
    ]
    return tuple(one for one in found if one is not None)


def _reason(reader: Reader) -> tuple[str, str, bool]:
    """The coded reason, "" and "" where there is none, and whether a comment came with it."""
    said = reader.raw("overrideReason")
    if said is None:
        return "", "", False
    inner = Reader(said, f"{reader.pointer}/overrideReason", reader.problems)
    has_comment = inner.text("userComment", max_length=_LONGEST_COMMENT) is not None
    coding = inner.raw("reason")
    if coding is None:
        return "", "", has_comment
    code = Reader(coding, f"{inner.pointer}/reason", reader.problems)
    system, value = _text(code, "system", _LONGEST_SYSTEM), _text(code, "code", _LONGEST_CODE)
    return system, value, has_comment


def _text(reader: Reader, key: str, longest: int) -> str:
    text = reader.text(key, max_length=longest)
    if text is None and reader.is_object and not reader.has_problem(key):
        reader.note(key, "is required")
    return text or ""


def _uuid(reader: Reader, key: str) -> uuid.UUID | None:
    text = _text(reader, key, _LONGEST_CODE)
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        reader.note(key, "must be a UUID that a card or suggestion had")
        return None

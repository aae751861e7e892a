"""Writing a letter: built from the record, filed with its version; what was filed is never changed."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from injections.letters.content import TO_GP, TO_PHYSIOTHERAPIST, LetterContent, letter_content, one_paragraph
from injections.letters.gather import recorded_of, standing_injection
from injections.models import ClinicalLetter, Injection
from pht_clinic.audit.record import record
from pht_clinic.errors import Conflict, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.permissions import check_permitted
from scheduling.diary.locks import lock_appointment, use_case

LONGEST: Final = 1200
"""Letters of the paragraph: with the longest record the page still holds it."""


class NothingGiven(Conflict):
    """There is no letter about an injection that was not given, or whose record was withdrawn."""

    code = "nothing-given"


def check_may_write(injection: Injection | None, *, by: Actor) -> None:
    """Raise Forbidden or NothingGiven unless this person may write letters about this record."""
    check_permitted("write-letter", by)
    if injection is None or injection.status not in Injection.GIVEN or injection.ended_at is None:
        raise NothingGiven("Nothing is recorded as injected at this visit, so there is nothing to write about.")


def draft_letter(injection: Injection, *, kind: str, paragraph: str, now: datetime) -> LetterContent:
    """The letter as it would be filed. Raises: Invalid (kind, paragraph)."""
    said = one_paragraph(paragraph)
    _check(injection, kind, said)
    assert injection.ended_at is not None  # noqa: S101 - `check_may_write`
    return letter_content(kind, recorded_of(injection, injection.ended_at, now=now), said)


def write_letter(appointment_id: int, *, kind: str, paragraph: str, by: Actor, now: datetime) -> ClinicalLetter:
    """File the next version of a letter; the newest one again where nothing in it would change.

    Raises: Forbidden, Missing, NothingGiven, Invalid (kind, paragraph).
    """
    with use_case():
        appointment, _ = lock_appointment(appointment_id)
        injection = standing_injection(appointment.pk)
        check_may_write(injection, by=by)
        assert injection is not None  # noqa: S101 - `check_may_write`
        content = draft_letter(injection, kind=kind, paragraph=paragraph, now=now)
        newest = ClinicalLetter.objects.filter(appointment=appointment, kind=kind).order_by("version").last()
        if newest and newest.injection_id == injection.pk and newest.content == content.as_dict():
            return newest
        letter = ClinicalLetter.objects.create(
            patient=appointment.patient,
            appointment=appointment,
            injection=injection,
            kind=kind,
            version=newest.version + 1 if newest else 1,
            paragraph=content.paragraph,
            content=content.as_dict(),
            recorded_at=now,
            recorded_by_id=by.user_id,
        )
        detail = {"kind": kind, "version": letter.version}
        record(
            "letter-written",
            by=by,
            now=now,
            patients=[appointment.patient_id],
            subject=f"clinicalletter:{letter.pk}",
            detail=detail,
        )
        return letter


def _check(injection: Injection, kind: str, paragraph: str) -> None:
    if kind not in ClinicalLetter.Kind.values:
        raise Invalid.field("kind", f"Choose one of {', '.join(ClinicalLetter.Kind.values)}.")
    if kind == TO_GP and not injection.patient.kept.has_gp:
        raise Invalid.field("kind", "No GP or referrer is recorded. Add them to the patient’s details first.")
    if kind == TO_PHYSIOTHERAPIST and paragraph:
        raise Invalid.field("paragraph", "The physiotherapist’s letter has no paragraph of your own: leave it empty.")
    if len(paragraph) > LONGEST:
        raise Invalid.field("paragraph", f"Write at most {LONGEST} characters.")

"""What the record says of one injection, for its letters: the row that stands, its scan, its patient and their GP."""

from __future__ import annotations

from datetime import datetime

from django.db.models import QuerySet

from injections import words
from injections.letters.content import Also, LetterFacts, one_paragraph
from injections.messages.aftercare import safety_net
from injections.models import ImagingReport, Injection
from injections.procedure.next_dates import next_safe_dates, rest_until
from injections.safety.sites import area_of
from injections.templatetags.injection_words import where
from injections.templatetags.record_changes import report_says
from pht_clinic import clock
from pht_clinic.clinic_words import words_in_force
from scheduling.messages.words import full_date
from scheduling.models import Patient
from scheduling.templatetags.clinic_words import plain


def standing_injection(appointment_id: int) -> Injection | None:
    """The record of a visit's procedure that stands: not corrected, not withdrawn. One query.

    Of a visit with several injections the first that was given, else the first.
    """
    rows = list(_standing(appointment_id).select_related("patient__merged_into", "appointment__practitioner"))
    return next((row for row in rows if row.status in Injection.GIVEN), rows[0] if rows else None)


def _standing(appointment_id: int | None) -> QuerySet[Injection]:
    return Injection.objects.current().filter(appointment=appointment_id).order_by("number")


def recorded_of(injection: Injection, ended_at: datetime, *, now: datetime) -> LetterFacts:
    """Everything a letter may say of an injection given here, which ended at `ended_at`, and of the others of its
    visit.
    """
    patient, clinic = injection.patient.kept, words_in_force()
    review_from, clear_from = next_safe_dates(injection, now=now)
    others = list(_standing(injection.appointment_id).exclude(pk=injection.pk).select_related("patient__merged_into"))
    given = [injection, *(one for one in others if one.status in Injection.GIVEN)]
    return LetterFacts(
        clinic=[clinic.name, clinic.address, clinic.phone],
        patient=str(patient),
        born_on=patient.date_of_birth,
        nhs_number=patient.nhs_number or "",
        address=_one_line(patient.address),
        gp=_gp(patient),
        site=injection.site,
        place=where(injection),
        target=_targets(injection),
        scan=_scan(injection, ended_at),
        drug=_drug(injection),
        batch=_batch(injection),
        anaesthetic=_anaesthetic(injection),
        result=injection.status,
        given_by=str(injection.appointment.practitioner) if injection.appointment else "",
        ended_at=max(one.ended_at or ended_at for one in given),
        rest_until=max(rest_until(one) or ended_at for one in given),
        complications=_complications(injection),
        review_from=review_from,
        clear_from=clear_from,
        warnings=safety_net(),
        zone=clock.zone(),
        also=[_also(one, now=now) for one in others],
    )


def _also(injection: Injection, *, now: datetime) -> Also:
    if injection.status not in Injection.GIVEN or injection.ended_at is None:
        return Also(site=injection.site, place=where(injection), why_not=one_paragraph(injection.reason))
    review_from, clear_from = next_safe_dates(injection, now=now)
    part = " (only part of it)" if injection.status == Injection.Status.PART_GIVEN else ""
    return Also(
        site=injection.site,
        place=where(injection),
        target=_targets(injection),
        scan=_scan(injection, injection.ended_at),
        given=f"{_drug(injection)}{part}",
        batch=_batch(injection),
        anaesthetic=_anaesthetic(injection),
        review_from=review_from,
        clear_from=clear_from,
    )


def _targets(injection: Injection) -> str:
    return ", ".join(words.TARGETS.get(code, code) for code in injection.targets)


def _gp(patient: Patient) -> list[str]:
    return [line for line in (patient.gp_name, patient.gp_practice, _one_line(patient.gp_address)) if line]


def _one_line(address: str) -> str:
    return ", ".join(line.strip(" ,") for line in address.splitlines() if line.strip(" ,"))


def _scan(injection: Injection, ended_at: datetime) -> str:
    """The newest report of this area and side that stands, up to the day of the injection; "" where there is none."""
    rows = ImagingReport.objects.current().of_patient(injection.patient.kept_id)
    rows = rows.filter(area=area_of(injection.site), side=injection.side)
    newest = rows.filter(performed_on__lte=clock.local_date(ended_at)).order_by("performed_on", "pk").last()
    if newest is None:
        return ""
    modality = words.MODALITIES.get(newest.modality, newest.modality)
    return f"{modality} of {full_date(newest.performed_on)}: {report_says(newest)}"


def _drug(injection: Injection) -> str:
    dose = f" {plain(injection.dose_mg)}mg" if injection.dose_mg is not None else ""
    drawn = injection.volume_ml is not None and injection.strength_mg_ml is not None
    amount = f" ({plain(injection.volume_ml)} ml × {plain(injection.strength_mg_ml)} mg/ml)" if drawn else ""
    return f"{injection.drug or 'Not recorded'}{dose}{amount}"


def _batch(injection: Injection) -> str:
    expires = f"expires {full_date(injection.expires_on)}" if injection.expires_on else ""
    return ", ".join(filter(None, (injection.batch, expires)))


def _anaesthetic(injection: Injection) -> str:
    given = injection.local_anaesthetic or {}
    dose = f" {plain(given['dose_mg'])}mg" if given.get("dose_mg") else ""
    return f"{given.get('drug') or ''}{dose}".strip()


def _complications(injection: Injection) -> list[str]:
    """What was said with the procedure, then what came of it later."""
    later = injection.appointment.complications.order_by("on", "pk") if injection.appointment else ()
    said = [one_paragraph(injection.complications)] if injection.complications else []
    return said + [
        f"{one.get_kind_display()} ({one.get_severity_display().lower()}), {full_date(one.on)}" for one in later
    ]

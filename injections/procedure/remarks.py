"""What is out of the ordinary about a procedure: it is said where it is typed, and recorded as it was with a reason.

Without `reason_code` and `reason` it is refused at its field. Recorded with them it is an incident.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

from injections import words
from injections.assessment.verdict import JudgedVisit, judge_visit
from injections.facts.drugs import NOTHING_LISTED, DrugList
from injections.facts.history import History
from injections.models import Injection
from injections.procedure.doses import dose_problems, given_here_on
from injections.procedure.reasons import reasons_for
from injections.procedure.values import Procedure
from injections.safety import facts as safety
from injections.safety import gates
from injections.safety.findings import Judgement, Severity
from injections.safety.visit import Wanted, numbered
from pht_clinic import clock
from pht_clinic.errors import FieldError
from scheduling.models import Appointment

DOSE_FIELDS = frozenset({"#/dose_mg", "#/volume_ml", "#/local_anaesthetic/dose_mg", "#/expires_on"})
"""Where the gate `dose` finds something."""
_LABELS = {**words.CHECKS_TODAY, **words.CONSENT, **words.CONSENT_MORE}


@dataclass(frozen=True, slots=True)
class Looked:
    """What a step says: `problems` to be put right, each at its field, `remarks` that have to be explained, the
    assessment of what was injected as far as it is known, and why nothing at all may be recorded yet ("" if it may).
    """

    problems: Sequence[FieldError] = ()
    remarks: Sequence[FieldError] = ()
    judged: Judgement | None = None
    held: str = ""
    extraordinary: Sequence[FieldError] = field(default_factory=tuple)

    @property
    def needs_reason(self) -> bool:
        return bool(self.remarks or self.extraordinary)


def gate_remarks(procedure: Procedure, *, now: datetime) -> list[FieldError]:
    """Checks of the day and consent that are missing, false or of another day. Gate `checked-today`, hazard H18."""
    if not procedure.was_given:
        return []
    given_on = clock.local_date(procedure.started_at) if procedure.started_at else None
    problems = gates.checked_today(
        checked_today=procedure.checked_today,
        consent=procedure.consent,
        answered_on=clock.local_date(checks_made_at(procedure, now=now)) if given_on else None,
        given_on=given_on,
    )
    problems += [(f"consent/{name}", "") for name in words.CONSENT_MORE if procedure.consent.get(name) is False]
    return [FieldError(f"#/{field}", _said_of(field, sentence, procedure)) for field, sentence in problems]


def _said_of(field: str, sentence: str, procedure: Procedure) -> str:
    """A check that was answered "no" is said as such; one that was not answered asks for it."""
    name = field.rpartition("/")[2]
    answer = {**procedure.checked_today, **procedure.consent}.get(name)
    if answer is False:
        return f"“No” to “{_LABELS[name]}”."
    return sentence


def checks_made_at(procedure: Procedure, *, now: datetime) -> datetime:
    """When the checks were made: as it was said; else with the injection, if that is recorded on its local day (or on
    that of its end), else just now.
    """
    if procedure.checked_at is not None:
        return procedure.checked_at
    times = [at for at in (procedure.started_at, procedure.ended_at) if at is not None]
    is_of_today = clock.local_date(now) in {clock.local_date(at) for at in times}
    return procedure.started_at if is_of_today and procedure.started_at else now


def injection_remarks(
    procedure: Procedure, earlier_today: Iterable[Injection], drugs: DrugList = NOTHING_LISTED
) -> list[FieldError]:
    """Doses of the injection and of the patient's day, and a batch that had expired. Gate `dose`, hazard H20."""
    return dose_problems(procedure, earlier_today, drugs) if procedure.was_given else []


def given_on_that_day(procedure: Procedure, history: History) -> list[Injection]:
    """What the patient was given here on the local day of this injection, besides it."""
    day = _given_on(procedure)
    return given_here_on(history.injections, day) if day else []


def _given_on(procedure: Procedure) -> date | None:
    return clock.local_date(procedure.started_at) if procedure.started_at else None


def as_done(procedure: Procedure, appointment: Appointment) -> safety.Request:
    """What was really injected. A scan that belonged to the visit is over by now: its report must be there."""
    booked = booked_of(procedure, appointment)
    return safety.Request(
        site=procedure.site or booked.site,
        side=procedure.side or booked.side,
        targets=procedure.targets or booked.targets,
        start=procedure.started_at or appointment.start_at,
        end=procedure.ended_at or appointment.end_at,
        ultrasound_guided=appointment.room.has_ultrasound,
        includes_scan=False,
    )


def booked_of(procedure: Procedure, appointment: Appointment) -> Wanted:
    """The injection of the visit that a procedure is of, as it was booked."""
    return appointment.injection_request.wanted[procedure.number]


def judge_as_done(each: Sequence[Procedure], appointment: Appointment, history: History) -> JudgedVisit:
    """The whole assessment of what was really injected: of all that was given, as of one visit; where nothing was, of
    the first as booked. Gate `assessed-as-done`.
    """
    given = [procedure for procedure in each if procedure.was_given] or each[:1]
    judged = judge_visit(history, [as_done(procedure, appointment) for procedure in given], appointment=appointment)
    return replace(judged, judgement=numbered(judged.judgement, [procedure.number for procedure in given]))


def needs_code(procedure: Procedure, appointment: Appointment, judged: Judgement) -> list[FieldError]:
    """What was injected somewhere else than booked, and critical findings on it: each needs a coded reason."""
    if not procedure.was_given:
        return []
    done, booked = as_done(procedure, appointment), booked_of(procedure, appointment)
    found = []
    if (done.site, done.side) != (booked.site, booked.side):
        was, is_now = place_words(booked.site, booked.side), place_words(str(done.site), str(done.side))
        found.append(FieldError("#/site", f"Booked: {was}. Injected: {is_now}."))
    return found + [
        FieldError("#/reason_code", finding.message)
        for finding in judged.findings
        if finding.severity is Severity.CRITICAL and finding.is_of(procedure.number)
    ]


def place_words(site: str, side: str) -> str:
    """ "ischiogluteal bursa, left"."""
    return f"{words.SITE_NAMES.get(site, site)}, {words.SIDES.get(side, side)}".lower()


def unexplained(remarks: Sequence[FieldError], procedure: Procedure) -> list[FieldError]:
    """The refusal of what has no reason yet: each remark at its field, and what the reason lacks."""
    has_code, has_text = bool(procedure.reason_code), bool(procedure.reason.strip())
    if not remarks or (has_code and has_text):
        return []
    if has_code:
        return [*remarks, FieldError("#/reason", "Say in words why.")]
    return [*remarks, FieldError("#/reason_code", "Choose the kind of reason.")] if has_text else list(remarks)


def uncoded(found: Sequence[FieldError], procedure: Procedure) -> list[FieldError]:
    """The refusal of a critical finding, or another place than booked, without a coded reason; and of a code that is
    none.
    """
    codes = reasons_for(procedure.result)
    if procedure.reason_code and procedure.reason_code not in codes:
        return [FieldError("#/reason_code", f"Choose one of {', '.join(codes)}.")]
    if not found or procedure.reason_code:
        return []
    said = " ".join(one.detail for one in found)
    is_critical = any(one.pointer == "#/reason_code" for one in found)
    why = "A critical finding stands and needs" if is_critical else "Another place than booked needs"
    return [FieldError("#/reason_code", f"{why} a coded reason: {said}")]

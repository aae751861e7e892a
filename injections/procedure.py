"""Recording what was done at an injection visit. What was really injected is judged, kept, and restarts every clock."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from injections import call_list, drafts, gather, judgement, messages
from injections.changing import settle
from injections.decisions import REASON_CODES, check_calls_closed
from injections.models import Assessment, Call, Injection
from injections.policy import effective_policy
from injections.reassess import Reassessed
from injections.safety import facts as safety
from injections.safety import gates
from injections.safety.codes import TARGETS
from injections.safety.findings import Assessment as Judgement
from injections.safety.policy import LONGEST_REST_HOURS
from injections.safety.sites import BOOKABLE_SITES, LEFT, RIGHT
from pht_clinic import clock
from pht_clinic.errors import FieldError, Forbidden, Invalid
from pht_clinic.people.actors import Actor
from pht_clinic.people.roles import RADIOLOGIST
from scheduling import diary
from scheduling.lifecycle import Status, WrongState, check_can
from scheduling.messages import outbox
from scheduling.models import Appointment


@dataclass(frozen=True, slots=True, kw_only=True)
class Procedure:
    """What the radiologist records. Instants are aware; doses in mg, volumes in ml, strength in mg/ml.

    `site`, `side`, `targets` default to what was booked. `steroid` None means it was not said, which is
    refused for what was given. `rest_hours` None is the clinic's own rest.
    """

    result: str
    started_at: datetime | None = None
    ended_at: datetime | None = None
    site: str | None = None
    side: str | None = None
    targets: tuple[str, ...] = ()
    drug: str = ""
    steroid: bool | None = None
    dose_mg: Decimal | None = None
    strength_mg_ml: Decimal | None = None
    volume_ml: Decimal | None = None
    batch: str = ""
    expires_on: date | None = None
    complications: str = ""
    rest_hours: int | None = None
    rest_reason: str = ""
    reason_code: str = ""
    reason: str = ""
    local_anaesthetic: Mapping[str, object] | None = None
    consent: Mapping[str, object] = field(default_factory=dict)
    checked_today: Mapping[str, object] = field(default_factory=dict)
    confirm_site_change: bool = False

    @property
    def was_given(self) -> bool:
        return self.result in Injection.GIVEN


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """What a recorded procedure leads to. `rest_until` is an instant; the dates speak of this area and side."""

    appointment: Appointment
    injection: Injection
    assessment: Assessment | None
    warnings: list[str]
    rest_until: datetime | None
    review_from: date | None
    clear_from: date | None
    reassessed: list[Reassessed]


def record_procedure(appointment_id: int, procedure: Procedure, *, by: Actor, now: datetime) -> Done:
    """Record a procedure as given, part-given or not given, and judge the patient's other bookings by it.

    Gates (`safety/gates.py`): today's checks and consent; the whole assessment on what was really injected, where a
    critical finding needs a coded reason in the same step. A visit booked but not yet arrived is taken as arrived.
    Raises: Forbidden, Missing, WrongState, CallOpen, Invalid (fields; a critical finding without a reason).
    """
    if by.role != RADIOLOGIST:
        raise Forbidden("Only a radiologist records a procedure.")
    with diary.use_case():
        appointment, _ = diary.lock_appointment(appointment_id)
        _check_ready(appointment, by=by, now=now)
        problems = [*_problems(procedure, appointment, now=now), *_gate_problems(procedure)]
        if problems:
            raise Invalid(problems)
        request = _as_done(procedure, appointment)
        history = gather.history(appointment.patient, now=now)
        facts = history.facts(request, appointment=appointment)
        judged = judgement.judge(facts)
        _check_reason(procedure, judged)
        if procedure.was_given:
            check_calls_closed(appointment, judged.findings)
        assessment = None
        if procedure.was_given:
            assessment = judgement.keep(
                judged, facts, history, appointment=appointment, occasion="procedure",
                override_reason=procedure.reason, by=by, now=now,
            )  # fmt: skip
        injection = _keep(procedure, request, appointment, assessment, by=by, now=now)
        earlier_today = [
            row for row in history.injections if row.given == injection.given and row.origin == "own"
        ]
        warnings = _dose_warnings(procedure, earlier_today) if procedure.was_given else []
        return _follow(procedure, injection, appointment, assessment, warnings, by=by, now=now)


def rest_until(injection: Injection) -> datetime | None:
    """When the rest after an injection ends: elapsed hours from its actual end (S3: 48 to 72 hours)."""
    if injection.ended_at is None:
        return None
    return injection.ended_at.astimezone(UTC) + timedelta(
        hours=injection.rest_hours or effective_policy().rest_hours
    )


def next_safe_dates(injection: Injection, *, now: datetime) -> tuple[date | None, date | None]:
    """From when a radiologist may review another one of this area and side, and from when the interval is free."""
    start = (injection.ended_at or now) + timedelta(days=1)  # one of the same visit would not be judged by it
    request = safety.Request(
        site=injection.site, side=injection.side, start=start, end=start, targets=tuple(injection.targets)
    )
    judged = judgement.judge(gather.history(injection.patient, now=now).facts(request))
    return judged.review_from, judged.clear_from


def _check_ready(appointment: Appointment, *, by: Actor, now: datetime) -> None:
    if not appointment.kind_of_visit.injects:
        raise WrongState("This visit has no injection to record.")
    if appointment.status == Status.BOOKED:
        diary.change(
            appointment, "arrive", Status.ARRIVED, by=by, now=now, reason="recorded with its procedure"
        )
    check_can("fulfil", appointment.status)


def _problems(procedure: Procedure, appointment: Appointment, *, now: datetime) -> list[FieldError]:
    if procedure.result not in (*Injection.GIVEN, Injection.Status.NOT_GIVEN):
        return [FieldError("#/result", "Choose given, part-given or not-given.")]
    if not procedure.was_given:
        if not (procedure.reason.strip() or procedure.reason_code):
            return [FieldError("#/reason", "Say why it was not given.")]
        return []
    return [
        *_problems_of_time(procedure, appointment, now),
        *_problems_of_target(procedure, appointment),
        *_problems_of_drug(procedure),
        *_problems_of_rest(procedure),
    ]


def _problems_of_time(procedure: Procedure, appointment: Appointment, now: datetime) -> list[FieldError]:
    asked_on = clock.local_date(appointment.asked_at)
    problems = []
    for name in ("started_at", "ended_at"):
        instant = getattr(procedure, name)
        if instant is None:
            problems.append(FieldError(f"#/{name}", "Give the time."))
        elif instant > now:
            problems.append(FieldError(f"#/{name}", "The time is in the future."))
        elif clock.local_date(instant) < asked_on:
            problems.append(FieldError(f"#/{name}", "That is before this visit was asked for."))
    if not problems and procedure.ended_at <= procedure.started_at:  # type: ignore[operator]
        problems.append(FieldError("#/ended_at", "It must end after it starts."))
    return problems


def _problems_of_target(procedure: Procedure, appointment: Appointment) -> list[FieldError]:
    problems = []
    if procedure.site is not None and procedure.site not in BOOKABLE_SITES:
        problems.append(FieldError("#/site", f"Choose one of {', '.join(BOOKABLE_SITES)}."))
    if procedure.side is not None and procedure.side not in (LEFT, RIGHT):
        problems.append(FieldError("#/side", "Choose left or right."))
    if unknown := [target for target in procedure.targets if target not in TARGETS]:
        problems.append(FieldError("#/targets", f"{unknown[0]} is not one of {', '.join(TARGETS)}."))
    booked = appointment.injection_request
    changed = (procedure.site or booked.site, procedure.side or booked.side) != (booked.site, booked.side)
    if changed and not procedure.confirm_site_change:
        sentence = f"Booked was {booked.site}, {booked.side}. Confirm that another site or side was injected."
        problems.append(FieldError("#/confirm_site_change", sentence))
    return problems


def _problems_of_drug(procedure: Procedure) -> list[FieldError]:
    problems = []
    if procedure.steroid is None:
        problems.append(FieldError("#/steroid", "Say whether steroid was injected."))
    if not procedure.drug.strip():
        problems.append(FieldError("#/drug", "Name the drug."))
    if procedure.steroid and procedure.dose_mg is None:
        problems.append(FieldError("#/dose_mg", "Give the dose in mg."))
    for name in ("dose_mg", "strength_mg_ml", "volume_ml"):
        value = getattr(procedure, name)
        if value is not None and value <= 0:
            problems.append(FieldError(f"#/{name}", "Give a number above 0."))
    used_on = clock.local_date(procedure.ended_at) if procedure.ended_at else None
    if procedure.expires_on and used_on and procedure.expires_on < used_on:
        problems.append(FieldError("#/expires_on", "This batch had expired."))
    return problems


def _problems_of_rest(procedure: Procedure) -> list[FieldError]:
    policy = effective_policy()
    hours = procedure.rest_hours
    if hours is None:
        return []
    if not 1 <= hours <= LONGEST_REST_HOURS:
        return [FieldError("#/rest_hours", f"Give hours between 1 and {LONGEST_REST_HOURS}.")]
    if not policy.rest_hours <= hours <= policy.rest_max_hours and not procedure.rest_reason.strip():
        sentence = f"Other than {policy.rest_hours} to {policy.rest_max_hours} hours needs a reason."
        return [FieldError("#/rest_reason", sentence)]
    return []


def _gate_problems(procedure: Procedure) -> list[FieldError]:
    if not procedure.was_given:
        return []
    problems = gates.checked_today(checked_today=procedure.checked_today, consent=procedure.consent)
    return [FieldError(f"#/{field}", sentence) for field, sentence in problems]


def _as_done(procedure: Procedure, appointment: Appointment) -> safety.Request:
    """What was really injected. A scan that belonged to the visit is over by now: its report must be there."""
    booked = appointment.injection_request
    start = procedure.started_at or appointment.start_at
    return safety.Request(
        site=procedure.site or booked.site,
        side=procedure.side or booked.side,
        targets=procedure.targets or tuple(booked.targets),
        start=start,
        end=procedure.ended_at or appointment.end_at,
        ultrasound_guided=appointment.room.has_ultrasound,
        includes_scan=False,
    )


def _check_reason(procedure: Procedure, judged: Judgement) -> None:
    if procedure.reason_code and procedure.reason_code not in REASON_CODES:
        raise Invalid.field("reason_code", f"Choose one of {', '.join(REASON_CODES)}.")
    if procedure.was_given and judgement.is_blocked(judged) and not procedure.reason_code:
        critical = [finding.message for finding in judged.findings if finding.severity == "critical"]
        raise Invalid(
            [
                FieldError(
                    "#/reason_code",
                    f"A critical finding stands and needs a coded reason: {' '.join(critical)}",
                )
            ],
            extra={"assessment": judged.as_dict()},
        )


def _keep(
    procedure: Procedure,
    request: safety.Request,
    appointment: Appointment,
    assessment: Assessment | None,
    *,
    by: Actor,
    now: datetime,
) -> Injection:
    return Injection.objects.create(
        patient=appointment.patient,
        appointment=appointment,
        assessment=assessment,
        origin=Injection.Origin.OWN,
        status=procedure.result,
        given=clock.local_date(request.start).isoformat(),
        recorded_at=now,
        recorded_on=clock.local_date(now),
        recorded_by_id=by.user_id,
        site=request.site or "",
        side=request.side or "",
        targets=list(request.targets),
        steroid=procedure.steroid,
        drug=procedure.drug.strip(),
        dose_mg=procedure.dose_mg,
        strength_mg_ml=procedure.strength_mg_ml,
        volume_ml=procedure.volume_ml,
        batch=procedure.batch.strip(),
        expires_on=procedure.expires_on,
        started_at=procedure.started_at,
        ended_at=procedure.ended_at,
        complications=procedure.complications.strip(),
        rest_hours=procedure.rest_hours,
        rest_reason=procedure.rest_reason.strip(),
        reason_code=procedure.reason_code,
        reason=procedure.reason.strip(),
        local_anaesthetic=judgement.json_able(procedure.local_anaesthetic),
        consent=dict(procedure.consent),
        checked_today=dict(procedure.checked_today),
    )


def _follow(
    procedure: Procedure,
    injection: Injection,
    appointment: Appointment,
    assessment: Assessment | None,
    warnings: list[str],
    *,
    by: Actor,
    now: datetime,
) -> Done:
    diary.change(appointment, "fulfil", Status.FULFILLED, by=by, now=now, reason=procedure.reason)
    drafts.drop(appointment)
    outbox.withdraw(appointment, reason="the visit has taken place", now=now)
    if procedure.was_given:
        messages.plan_aftercare(injection, now=now)
    if procedure.complications.strip():
        call_list.open_call(
            appointment.patient, why=Call.Why.COMPLICATION, appointment=appointment, now=now,
            say="A complication was recorded at the injection. Phone the patient and ask how they are.",
        )  # fmt: skip
    detail = {"result": procedure.result}
    settled = settle(appointment, "procedure-recorded", appointment.patient, by=by, now=now, detail=detail)
    review_from, clear_from = next_safe_dates(injection, now=now) if procedure.was_given else (None, None)
    return Done(
        appointment=appointment,
        injection=injection,
        assessment=assessment,
        warnings=warnings,
        rest_until=rest_until(injection) if procedure.was_given else None,
        review_from=review_from,
        clear_from=clear_from,
        reassessed=settled.reassessed,
    )


def _dose_warnings(procedure: Procedure, earlier_today: Iterable[Injection]) -> list[str]:
    anaesthetic = procedure.local_anaesthetic or {}
    return gates.dose(
        policy=effective_policy(),
        steroid_mg=_number(procedure.dose_mg) if procedure.steroid else None,
        strength_mg_ml=_number(procedure.strength_mg_ml),
        volume_ml=_number(procedure.volume_ml),
        local_anaesthetic_drug=str(anaesthetic.get("drug") or "") or None,
        local_anaesthetic_mg=_number(anaesthetic.get("dose_mg")),
        lidocaine_mg_earlier_today=sum(map(_lidocaine_mg, earlier_today)),
    )


def _lidocaine_mg(injection: Injection) -> float:
    anaesthetic = injection.local_anaesthetic or {}
    return (
        (_number(anaesthetic.get("dose_mg")) or 0.0) if gates.is_lidocaine(anaesthetic.get("drug")) else 0.0
    )


def _number(value: object) -> float | None:
    return None if value is None else float(str(value))

"""What is wrong with a procedure as it was typed: each problem names its field, and what is right names none."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from decimal import Decimal

import pytest

from injections.models import InjectionRequest
from injections.procedure.checks import check_may_record, problems_of
from injections.procedure.remarks import gate_remarks, injection_remarks, needs_code, uncoded, unexplained
from injections.procedure.values import Procedure
from injections.safety.findings import Finding, Judgement, Owner, Severity, verdict_of
from injections.safety.policy import LONGEST_REST_HOURS
from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import Actor
from scheduling.models import Appointment, Room
from scheduling.states import Status, WrongState
from tests.clinic import local
from tests.injections.procedure.test_record import AFTER, GIVEN, START

RADIOLOGIST = Actor(kind="user", user_id=1, name="Dr Imogen Hale", role="radiologist")
ASKED_AT = local("2026-03-02", "09:00")
SECOND = timedelta(seconds=1)


def visit(status: str = Status.ARRIVED, kind: str = "injection", start_at: datetime = START) -> Appointment:
    """A left hamstring origin, asked for on 2 March; nothing of it is stored."""
    found = Appointment(
        kind=kind, status=status, asked_at=ASKED_AT, start_at=start_at, end_at=AFTER, room=Room(has_ultrasound=True)
    )
    found.injection_request = InjectionRequest(site="hamstring-origin", side="left", targets=["peritendinous"])
    return found


def named(procedure: Procedure, now: datetime = AFTER) -> list[str]:
    """The fields that have a problem, of a visit of the day on which it was given."""
    start_at = max(procedure.started_at or START, ASKED_AT)
    return [problem.pointer for problem in problems_of(procedure, visit(start_at=start_at), now=now)]


# -- What was recorded at all -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("procedure", "fields"),
    [
        (GIVEN, []),
        (replace(GIVEN, result="part-given"), []),
        (replace(GIVEN, result="perhaps", drug=""), ["#/result"]),
        (Procedure(result="given"), ["#/started_at", "#/ended_at", "#/steroid", "#/drug"]),
        (Procedure(result="not-given"), ["#/reason"]),
        (Procedure(result="not-given", reason=" "), ["#/reason"]),
        (Procedure(result="not-given", reason="Skin is broken"), []),
        (Procedure(result="not-given", reason_code="other"), []),
        (Procedure(result="not-given", reason_code="no-consent"), []),
    ],
)
def test_what_was_given_is_said_in_full_and_what_was_not_only_why(procedure: Procedure, fields: list[str]) -> None:
    assert named(procedure) == fields


# -- When -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("started_at", "ended_at", "fields"),
    [
        (None, AFTER, ["#/started_at"]),
        (START, None, ["#/ended_at"]),
        (START, START, ["#/ended_at"]),
        (START, START - SECOND, ["#/ended_at"]),
        (START, START + SECOND, []),
        (START, AFTER, []),
        (START, AFTER + SECOND, ["#/ended_at"]),
        (AFTER + SECOND, AFTER + 2 * SECOND, ["#/started_at", "#/ended_at"]),
        (AFTER + 2 * SECOND, AFTER + SECOND, ["#/started_at", "#/ended_at"]),
        (local("2026-03-02", "00:00"), local("2026-03-02", "00:20"), []),
        (local("2026-03-01", "23:59"), local("2026-03-02", "00:20"), ["#/started_at"]),
        (local("2026-03-01", "10:00"), local("2026-03-01", "10:20"), ["#/started_at", "#/ended_at"]),
    ],
)
def test_it_took_place_between_the_day_it_was_asked_for_and_now(
    started_at: datetime | None, ended_at: datetime | None, fields: list[str]
) -> None:
    """And it took some time. The day counts, not the hour at which somebody asked for the visit."""
    assert named(replace(GIVEN, started_at=started_at, ended_at=ended_at)) == fields


@pytest.mark.parametrize(
    ("expires_on", "ended_at", "fields"),
    [
        (None, START + 20 * SECOND, []),
        (date(2026, 3, 10), START + 20 * SECOND, []),
        (date(2026, 3, 9), START + 20 * SECOND, ["#/expires_on"]),
        (date(2026, 6, 30), datetime.fromisoformat("2026-06-30T22:59+00:00"), []),
        (date(2026, 6, 30), datetime.fromisoformat("2026-06-30T23:00+00:00"), ["#/expires_on"]),
    ],
)
def test_a_batch_may_be_used_on_its_last_local_day(
    expires_on: date | None, ended_at: datetime, fields: list[str]
) -> None:
    """One that had expired is no mistake of typing: it is said, and recorded with a reason."""
    used = replace(GIVEN, expires_on=expires_on, started_at=ended_at - 10 * SECOND, ended_at=ended_at)
    assert named(used, now=local("2026-07-01")) == []
    assert [remark.pointer for remark in injection_remarks(used, [])] == fields


# -- Where ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "unconfirmed", "confirmed"),
    [
        ({"site": None, "side": None}, [], []),
        ({"site": "hamstring-origin", "side": "left"}, [], []),
        ({"side": "right"}, ["#/confirm_site_change"], []),
        ({"site": "hip-joint"}, ["#/confirm_site_change"], []),
        ({"site": "knee"}, ["#/site", "#/confirm_site_change"], ["#/site"]),
        ({"site": "hip-region-unspecified"}, ["#/site", "#/confirm_site_change"], ["#/site"]),
        ({"side": "both"}, ["#/side", "#/confirm_site_change"], ["#/side"]),
        ({"targets": ("peritendinous", "bursa")}, [], []),
        ({"targets": ("bursa", "elbow")}, ["#/targets"], ["#/targets"]),
    ],
)
def test_another_place_than_booked_is_confirmed_and_is_one_that_is_injected_here(
    changes: dict, unconfirmed: list[str], confirmed: list[str]
) -> None:
    """One side: what is done on both is two injections."""
    assert named(replace(GIVEN, **changes)) == unconfirmed
    assert named(replace(GIVEN, **changes, confirm_site_change=True)) == confirmed


def test_a_change_of_side_that_nobody_confirmed_is_asked_about() -> None:
    """Saying nothing is no confirmation."""
    assert "#/confirm_site_change" in named(Procedure(result="given", side="right"))
    assert "#/confirm_site_change" not in named(Procedure(result="given", side="left"))


# -- What -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"steroid": None}, ["#/steroid"]),
        ({"steroid": None, "dose_mg": None}, ["#/steroid"]),
        ({"steroid": False, "dose_mg": None}, []),
        ({"drug": ""}, ["#/drug"]),
        ({"drug": " "}, ["#/drug"]),
        ({"dose_mg": None}, ["#/dose_mg"]),
        ({"strength_mg_ml": None, "volume_ml": None}, []),
        ({"steroid": None, "drug": "", "dose_mg": Decimal(0)}, ["#/steroid", "#/drug", "#/dose_mg"]),
    ],
)
def test_the_drug_is_named_and_a_steroid_has_its_dose(changes: dict, fields: list[str]) -> None:
    assert named(replace(GIVEN, **changes)) == fields


@pytest.mark.parametrize("field", ["dose_mg", "strength_mg_ml", "volume_ml"])
def test_amounts_are_above_nothing(field: str) -> None:
    """However small: half a millilitre is one."""
    for amount, fields in (("-1", [f"#/{field}"]), ("0", [f"#/{field}"]), ("0.5", []), ("1", [])):
        assert named(replace(GIVEN, **{field: Decimal(amount)})) == fields, amount


@pytest.mark.parametrize(
    ("hours", "without_reason", "with_reason"),
    [
        (None, [], []),
        (0, ["#/rest_hours"], ["#/rest_hours"]),
        (1, ["#/rest_reason"], []),
        (47, ["#/rest_reason"], []),
        (48, [], []),
        (72, [], []),
        (73, ["#/rest_reason"], []),
        (LONGEST_REST_HOURS, ["#/rest_reason"], []),
        (LONGEST_REST_HOURS + 1, ["#/rest_hours"], ["#/rest_hours"]),
    ],
)
def test_another_rest_than_48_to_72_hours_has_its_reason(
    hours: int | None, without_reason: list[str], with_reason: list[str]
) -> None:
    unsaid = Procedure(**{name: getattr(GIVEN, name) for name in ("result", "started_at", "ended_at", "drug")})
    assert named(replace(unsaid, steroid=False, rest_hours=hours)) == without_reason
    assert named(replace(GIVEN, rest_hours=hours, rest_reason="  ")) == without_reason
    assert named(replace(GIVEN, rest_hours=hours, rest_reason="Large partial tear")) == with_reason


def test_all_that_is_wrong_is_said_at_once() -> None:
    wrong = replace(GIVEN, started_at=None, side="right", drug="", rest_hours=0)
    assert named(wrong) == ["#/started_at", "#/confirm_site_change", "#/drug", "#/rest_hours"]


# -- The visit's own day ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({}, ["#/confirm_day_change"]),
        ({"reason": "Typed in a day later"}, ["#/confirm_day_change"]),
        ({"confirm_day_change": True}, ["#/reason"]),
        ({"confirm_day_change": True, "reason": " "}, ["#/reason"]),
        ({"confirm_day_change": True, "reason": "The patient came a day early"}, []),
    ],
)
def test_h17_another_day_than_the_visits_is_confirmed_with_a_reason(
    changes: dict[str, object], fields: list[str]
) -> None:
    booked = visit(start_at=local("2026-03-11"))
    problems = problems_of(replace(GIVEN, **changes), booked, now=AFTER)  # type: ignore[arg-type]  # what changes
    assert [problem.pointer for problem in problems] == fields


def test_the_visits_day_is_a_local_day() -> None:
    """At half past eleven on a summer's night in UTC it is the next day here."""
    given_at = datetime.fromisoformat("2026-06-30T23:30+00:00")
    given = replace(GIVEN, started_at=given_at, ended_at=given_at + 60 * SECOND)
    now = local("2026-07-01")
    assert problems_of(given, visit(start_at=local("2026-07-01", "09:00")), now=now) == []
    (problem,) = problems_of(given, visit(start_at=local("2026-06-30", "09:00")), now=now)
    assert problem.detail == "The visit is on 30 June 2026. Confirm that it was given on 1 July 2026."


# -- The gates --------------------------------------------------------------------------------------------


def test_what_was_not_given_needs_neither_checks_nor_consent() -> None:
    assert gate_remarks(Procedure(result="not-given", reason="Feels unwell"), now=AFTER) == []
    unsaid = replace(GIVEN, checked_today={**GIVEN.checked_today, "well": False}, consent={"explained": True})
    for result in ("given", "part-given"):
        problems = gate_remarks(replace(unsaid, result=result), now=AFTER)
        assert [problem.pointer for problem in problems] == ["#/checked_today/well", "#/consent/questions_answered"]


@pytest.mark.parametrize(
    ("checked_at", "now", "fields"),
    [
        (None, AFTER, []),
        (None, local("2026-03-11", "00:00"), ["#/checked_today"]),
        (local("2026-03-10", "00:00"), local("2026-05-02"), []),
        (local("2026-03-09", "23:59"), AFTER, ["#/checked_today"]),
        (AFTER + SECOND, AFTER, ["#/checked_at"]),
    ],
)
def test_h18_checks_carry_their_own_day(checked_at: datetime | None, now: datetime, fields: list[str]) -> None:
    """NEE9: recorded on another day without a word, they were made when it is recorded."""
    given = replace(GIVEN, checked_at=checked_at)
    found = [*problems_of(given, visit(), now=now), *gate_remarks(given, now=now)]
    assert [problem.pointer for problem in found] == fields


@pytest.mark.parametrize(
    ("said", "fields"),
    [
        ({}, ["#/expires_on"]),
        ({"reason_code": "as-found"}, ["#/expires_on", "#/reason"]),
        ({"reason": "Read afterwards"}, ["#/expires_on", "#/reason_code"]),
        ({"reason_code": "as-found", "reason": "  "}, ["#/expires_on", "#/reason"]),
        ({"reason_code": "as-found", "reason": "Read afterwards"}, []),
    ],
)
def test_what_is_out_of_the_ordinary_needs_a_code_and_a_text(said: dict[str, str], fields: list[str]) -> None:
    given = replace(GIVEN, expires_on=date(2026, 3, 9), **said)  # type: ignore[arg-type]  # texts
    assert [problem.pointer for problem in unexplained(injection_remarks(given, []), given)] == fields


@pytest.mark.parametrize("status", Status)
def test_what_is_booked_or_here_has_a_procedure_to_record(status: Status) -> None:
    """Of nothing that waits, is over or was a mistake."""
    if status in (Status.BOOKED, Status.ARRIVED):
        check_may_record(visit(status), by=RADIOLOGIST, now=AFTER)
        return
    with pytest.raises(WrongState):
        check_may_record(visit(status), by=RADIOLOGIST, now=AFTER)


def test_a_radiologist_records_and_only_of_a_visit_that_injects() -> None:
    check_may_record(visit(kind="scan-and-injection"), by=RADIOLOGIST, now=AFTER)
    for kind in ("physiotherapy", "follow-up"):
        with pytest.raises(WrongState, match="no injection to record"):
            check_may_record(visit(kind=kind), by=RADIOLOGIST, now=AFTER)
    for role in ("reception", "manager"):
        with pytest.raises(Forbidden):
            check_may_record(visit(), by=replace(RADIOLOGIST, role=role), now=AFTER)


def judged(*severities: str) -> Judgement:
    """A verdict with one finding of each of these severities, which says its severity."""
    told = {"rule": "pregnancy", "evidence": {}, "source": "", "owner": Owner.RADIOLOGIST, "clears": ""}
    findings = tuple(Finding(severity=Severity(one), message=f"A {one} one.", **told) for one in severities)  # type: ignore[arg-type]
    verdict = verdict_of(findings)
    return Judgement(verdict=verdict, findings=findings, review_from=None, clear_from=None, rules_version="1")


def test_a_critical_finding_on_what_was_given_needs_a_coded_reason() -> None:
    """The refusal says what is critical, and nothing else."""
    blocked = judged("critical", "warning", "info")
    critical = needs_code(GIVEN, visit(), blocked)
    (problem,) = uncoded(critical, replace(GIVEN, reason="A text is not enough"))
    assert problem.pointer == "#/reason_code"
    assert problem.detail.endswith("needs a coded reason: A critical one.")
    assert uncoded(critical, replace(GIVEN, reason_code="specialist-advice")) == []
    assert needs_code(GIVEN, visit(), judged("warning", "info")) == []
    assert needs_code(Procedure(result="not-given", reason="Feels unwell"), visit(), blocked) == []


def test_another_place_than_booked_needs_a_coded_reason() -> None:
    elsewhere = replace(GIVEN, site="ischiogluteal-bursa", confirm_site_change=True)
    found = needs_code(elsewhere, visit(), judged())
    (problem,) = uncoded(found, elsewhere)
    assert problem.pointer == "#/reason_code"
    assert "Booked: hamstring origin, left. Injected: ischiogluteal bursa, left." in problem.detail


@pytest.mark.parametrize("procedure", [GIVEN, Procedure(result="not-given")])
def test_a_reason_has_a_code_that_is_known(procedure: Procedure) -> None:
    problems = uncoded([], replace(procedure, reason_code="because"))
    assert [problem.pointer for problem in problems] == ["#/reason_code"]

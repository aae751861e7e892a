"""Verdicts: what they say of whose turn it is, what a decision covers of them, and how they are stored."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction

from injections.assessment.verdict import (
    is_blocked,
    json_able,
    judge_visit,
    newest_assessment,
    news_while_pending,
    waiting_for,
)
from injections.booking.move import MoveRequest, move
from injections.facts.history import history_about
from injections.models import Assessment, WaitingFor
from injections.safety.facts import PatientFacts, Request
from injections.safety.findings import Finding, Judgement, Owner, Severity, verdict_of
from pht_clinic.audit.models import Entry
from tests.clinic import Clinic, local

START = local("2026-03-10")


def finding(rule: str, severity: Severity, owner: Owner = Owner.RADIOLOGIST, **evidence: object) -> Finding:
    return Finding(rule=rule, severity=severity, message=rule, evidence=evidence, source="", owner=owner, clears="")


def judgement(*findings: Finding) -> Judgement:
    return Judgement(
        verdict=verdict_of(findings), findings=findings, review_from=None, clear_from=None, rules_version="1"
    )


QUESTIONS = finding("screening-incomplete", Severity.WARNING, Owner.PATIENT)
RECORDS = finding("injection-history-unknown", Severity.WARNING, Owner.RECEPTION)
INTERVAL = finding("repeat-interval", Severity.WARNING, last="2025-11-20")
SOONER = finding("repeat-interval", Severity.WARNING, last="2025-11-30")
PREGNANT = finding("pregnancy", Severity.CRITICAL)
SKIN = finding("skin-or-latex-allergy", Severity.INFO)


@pytest.mark.parametrize(
    ("findings", "covered", "turn", "news", "blocked"),
    [
        ([], [], "", None, False),
        ([SKIN], [], "", None, False),
        ([QUESTIONS, SKIN], [], "answers", "information-needed", False),
        ([RECORDS], [], "answers", "provisional", False),
        ([QUESTIONS, RECORDS], [], "answers", "information-needed", False),
        ([INTERVAL, QUESTIONS], [], "review", "information-needed", False),
        ([INTERVAL], [], "review", "provisional", False),
        ([INTERVAL], [INTERVAL], "", None, False),
        ([INTERVAL], [SOONER], "review", "provisional", False),
        ([INTERVAL, QUESTIONS], [INTERVAL], "answers", "information-needed", False),
        ([INTERVAL, QUESTIONS], [QUESTIONS], "review", "provisional", False),
        ([PREGNANT], [], "review", "provisional", True),
        ([PREGNANT], [PREGNANT], "", None, True),
    ],
)
def test_whose_turn_it_is_and_what_the_patient_is_told(
    findings: list[Finding], covered: list[Finding], turn: str, news: str | None, blocked: bool
) -> None:
    """Answers of theirs are asked for whatever else is looked at; what a decision covers holds nothing back."""
    judged, concerns = judgement(*findings), {one.concerns[0] for one in covered}
    assert waiting_for(judged, concerns) == turn
    if news:
        assert news_while_pending(judged, concerns) == news
    assert is_blocked(judged) is blocked


def test_facts_are_stored_as_plain_json() -> None:
    """Days, times and decimals as text, at any depth; unknown stays null."""
    value = {
        "patients": (PatientFacts(date_of_birth=date(1980, 5, 1), open_warning_sign=True),),
        "at": datetime(2026, 3, 2, 9, 0, tzinfo=UTC),
        "dose": Decimal("40.50"),
        "unknown": None,
    }
    assert json_able(value) == {
        "patients": [{"date_of_birth": "1980-05-01", "open_warning_sign": True, "open_calls": []}],
        "at": "2026-03-02T09:00:00Z",
        "dose": "40.50",
        "unknown": None,
    }


def test_what_a_visit_was_judged_by_and_the_verdict_are_stored(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.earlier_injection(patient, "2026-01")
    request = Request(
        site="hamstring-origin", side="left", start=START, end=START + timedelta(minutes=30), targets=("peritendinous",)
    )
    judged = judge_visit(history_about(patient, now=clinic.now), [request])
    assert (judged.is_blocked, judged.waiting_for, judged.news) == (True, "review", "provisional")
    kept = clinic.book(patient, START, override_reason="  Asked for by the surgeon ").assessment
    assert kept is not None
    kept.refresh_from_db()
    assert kept.facts["request"]["start"] == "2026-03-10T10:00:00Z"
    assert kept.facts["patient"]["date_of_birth"] == "1980-05-01"
    assert [one["given"] for one in kept.facts["injections"]] == ["2026-01"]
    assert kept.findings == [one.as_dict() for one in judged.judgement.findings]
    assert (kept.verdict, kept.waiting_for, kept.override_reason) == ("blocked", "review", "Asked for by the surgeon")
    assert (kept.review_from, kept.clear_from) == (date(2026, 5, 1), date(2026, 5, 31))
    assert kept.rules_version == judged.judgement.rules_version
    assert (kept.by_id, kept.at, kept.occasion) == (clinic.reception.user_id, clinic.now, "booking")


def test_a_refusal_is_told_of_with_its_rules_and_where_it_was_asked_for(clinic: Clinic) -> None:
    """A move's refusal is about its visit, a booking's about the patient. The present verdict of the visit stays."""
    patient = clinic.fit_patient()
    clinic.answer(patient, {"breastfeeding": "yes"})
    assert clinic.book(patient, START).appointment
    visit = clinic.book(patient, local("2026-03-20"), kind="physiotherapy").appointment
    assert visit is not None
    present = newest_assessment(visit)
    assert move(visit.pk, MoveRequest(start=local("2026-03-11")), by=clinic.reception, now=clinic.now).refused
    assert clinic.book(patient, local("2026-03-24")).refused
    told = Entry.objects.filter(verb__endswith="-refused").order_by("pk")
    assert [(one.verb, one.subject, one.patient_ids, one.detail) for one in told] == [
        ("move-refused", f"appointment:{visit.pk}", [patient.pk], {"rules": ["rest-window"]}),
        ("booking-refused", f"patient:{patient.pk}", [patient.pk], {"rules": ["repeat-interval", "steroid-load"]}),
    ]
    refused = Assessment.objects.filter(occasion__endswith="-refused").order_by("pk")
    assert [(one.occasion, one.appointment, one.verdict, one.waiting_for) for one in refused] == [
        ("move-refused", None, "blocked", ""),
        ("booking-refused", None, "blocked", ""),
    ]
    assert present is not None
    assert newest_assessment(visit) == present == visit.assessments.latest("pk")


def test_nobody_else_can_be_waited_for(clinic: Clinic) -> None:
    """Whose turn it is has three answers; the database refuses a fourth."""
    outcome = clinic.book(clinic.fit_patient(), local("2026-03-10"))
    kept = outcome.assessment
    assert kept is not None
    assert kept.waiting_for == WaitingFor.NOBODY
    with pytest.raises(IntegrityError, match="assessment_waits_for_whom"), transaction.atomic():
        Assessment.objects.bulk_create([Assessment(**_copied(kept) | {"waiting_for": "somebody"})])


def _copied(row: Assessment) -> dict[str, object]:
    fields = (field for field in Assessment._meta.concrete_fields if not field.primary_key)
    return {field.attname: getattr(row, field.attname) for field in fields}

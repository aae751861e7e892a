"""Which outcomes a case allows, and why not the others: what the page greys out."""

from injections.models import Call, Decision
from injections.review.outcomes import refusals
from injections.worklists.close_call import close_call
from tests.clinic import NOW, Clinic
from tests.injections.review.test_decide import START, decide_on, in_review_zone, too_early

OUTCOMES = set(Decision.Outcome.values)


def refused(found: dict[str, str]) -> dict[str, str]:
    """Those that are refused; every outcome has an answer."""
    assert set(found) == OUTCOMES
    return {outcome: sentence for outcome, sentence in found.items() if sentence}


def test_a_warning_is_approved_and_a_critical_finding_overridden(clinic: Clinic) -> None:
    """Asking, delaying and declining are always to be had."""
    who = {"by": clinic.radiologist, "now": NOW}
    found = refused(refusals(in_review_zone(clinic), [], **who))  # type: ignore[arg-type]
    assert found == {"override": "No critical finding stands, so there is nothing to override."}
    case = too_early(clinic, "Cole", START.replace(hour=12))
    found = refused(refusals(case, ["repeat-interval"], **who))  # type: ignore[arg-type]
    assert found.keys() == {"approve"}
    assert found["approve"].startswith("A critical finding stands (repeat interval)")


def test_a_red_flag_is_overridden_once_its_call_is_made(clinic: Clinic) -> None:
    patient = clinic.fit_patient()
    clinic.answer(patient, {"fever": "yes"})
    case = clinic.book(patient, START, override_reason="He says it is a cold").appointment
    assert case is not None
    flags = ["systemic-red-flag"]
    found = refused(refusals(case, flags, by=clinic.radiologist, now=NOW))
    assert found.keys() == {"approve", "override"}
    assert found["override"].startswith("Phone the patient")
    close_call(
        Call.objects.get().pk, reached="patient", spoke_to="Robin", said="A cold", by=clinic.radiologist, now=NOW
    )
    assert refused(refusals(case, flags, by=clinic.radiologist, now=NOW)).keys() == {"approve"}


def test_who_may_not_decide_and_what_does_not_wait_have_one_reason_for_all(clinic: Clinic) -> None:
    """Reception, whoever asked for it, and everybody once it is decided or has begun."""
    case = in_review_zone(clinic)
    assert set(refusals(case, [], by=clinic.reception, now=NOW).values()) == {"Only a radiologist decides."}
    assert set(refusals(case, [], by=clinic.radiologist, now=START).values()) == {
        "The time of this appointment has passed."
    }
    decide_on(case, clinic, "approve")
    case.refresh_from_db()
    found = refusals(case, [], by=clinic.radiologist, now=NOW)
    assert found == dict.fromkeys(OUTCOMES, "This appointment does not wait for a decision.")

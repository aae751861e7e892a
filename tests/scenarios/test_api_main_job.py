"""The main job, walked through the API: from a patient nobody knows to the mails after the injection."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from pht_clinic import clock
from pht_clinic.audit.models import Entry
from scheduling.messages.sending import deliver
from tests.api_world import IT, World, problem
from tests.clinic import FIT, NOW, local
from tests.injections.review.test_api import done
from tests.smtp import SmtpServer

TREATMENT = {"kind": "injection", "site": "hamstring-origin", "side": "left"}


class Story:
    """One patient's way, with the mails that really arrived."""

    def __init__(self, world: World, smtp: SmtpServer) -> None:
        self.world, self.smtp = world, smtp
        self.seen = 0

    def at(self, instant: datetime) -> list[str]:
        """Go on to this moment, let what is due go out, and say which subjects arrived."""
        self.world.at(instant)
        deliver.drain(now=clock.now, seconds=20)
        arrived = self.smtp.messages[self.seen :]
        self.seen = len(self.smtp.messages)
        return [str(mail["Subject"]) for mail in arrived]

    def made(self, response: Any, status: int = 201) -> dict[str, Any]:
        assert response.status_code == status, response.content
        answer: dict[str, Any] = response.json()
        return answer


def test_the_main_job_from_registration_to_the_flare_check(world: World, smtp_server: SmtpServer) -> None:
    story = Story(world, smtp_server)
    reception, radiologist = world.reception, world.radiologist

    # given: a patient whom nobody finds, so reception registers them with what is known
    assert reception.post("/patients/search/", {"text": "Wren Halloway"}).json()["results"] == []
    patient = story.made(
        reception.post(
            "/patients/",
            {
                "given_name": "Wren",
                "family_name": "Halloway",
                "date_of_birth": "1979-02-11",
                "email": "wren.halloway@mail.example",
                "phone": "07700 900456",
            },
        )
    )
    of_patient = f"/patients/{patient['id']}"
    story.made(
        reception.post(
            f"{of_patient}/injections/",
            {
                "site": "ischiogluteal-bursa",
                "side": "left",
                "given": "2025-11",
                "steroid": True,
                "origin": "elsewhere",
                "note": "At another clinic",
            },
        )
    )
    answers = {**FIT, "steroid_injection_last_12_months": "yes"}
    screening = {
        "area": IT,
        "side": "left",
        "answers": answers,
        "onset": "gradual",
        "main_pain_site": "sit-bone",
        "pain_side": "left",
    }
    story.made(reception.put(f"{of_patient}/screening/", screening), 200)
    pathway = {
        "area": IT,
        "side": "left",
        "specialist_assessment": "yes",
        "physiotherapy": "completed",
        "response": "not-satisfactory",
        "indications": ["deep-buttock-pain"],
        "mild_and_improving": "no",
        "suspected_avulsion": "no",
    }
    story.made(reception.put(f"{of_patient}/pathway/", pathway), 200)
    report = {
        "modality": "ultrasound",
        "area": IT,
        "side": "left",
        "performed_on": "2026-02-12",
        "tendinopathy": "yes",
        "bursitis": "no",
        "tear": "none",
        "other_diagnosis": "none",
    }
    problem(reception.post(f"{of_patient}/reports/", report), 403)
    story.made(radiologist.post(f"{of_patient}/reports/", report))

    # when reception asks for the end of February + a week: too soon, with both dates
    # (an injection in "2025-11" counts as 30 November: 3 months do not exist in February, so 1 March)
    world.at(local("2026-02-20", "09:00"))
    verdict = story.made(
        reception.post("/assessments/", {"patient": patient["id"], "start": "2026-02-27T10:00:00+00:00", **TREATMENT}),
        200,
    )
    assert (verdict["verdict"], verdict["review_from"], verdict["clear_from"]) == (
        "blocked",
        "2026-03-01",
        "2026-03-30",
    )
    refused = reception.post(
        "/appointments/",
        {
            "patient": patient["id"],
            "start": "2026-02-27T10:00:00+00:00",
            "practitioner": world.clinic.practitioner.pk,
            **TREATMENT,
        },
    )
    assert problem(refused, 422)["assessment"]["verdict"] == "blocked"

    # and picks an offered time in the review zone
    world.at(NOW)
    offers = reception.get(
        "/slots/", patient=patient["id"], verdict="review", to="2026-04-30", **TREATMENT, **{"from": "2026-03-09"}
    ).json()
    offer = offers["results"][0]
    booked = story.made(
        reception.post(
            "/appointments/",
            {
                "patient": patient["id"],
                "start": offer["start"],
                "practitioner": offer["practitioner"],
                "room": offer["room"],
                **TREATMENT,
            },
            **{"Idempotency-Key": "wren-1"},
        )
    )
    appointment = f"/appointments/{booked['id']}"
    start = datetime.fromisoformat(booked["start"])

    # then the time is held, the patient told that it is being checked, and it is in the queue
    assert booked["status"] == "pending"
    assert story.at(NOW + timedelta(minutes=1)) == ["We are checking your appointment"]
    other = world.clinic.fit_patient("Rival")
    problem(reception.post("/appointments/", world.injection(other, start)), 409)
    (waiting,) = radiologist.get("/reviews/", status="open").json()["results"]
    assert (waiting["appointment"], waiting["verdict"]) == (booked["id"], "review")

    # when the radiologist decides with a reason, the confirmation comes with its calendar part
    decided = story.made(
        radiologist.post(
            f"{appointment}/decision/",
            {"outcome": "approve", "reason": "Second injection, the first helped.", "revision": waiting["revision"]},
        ),
        200,
    )
    assert decided["status"] == "booked"
    (confirmation,) = story.at(NOW + timedelta(minutes=5))
    assert confirmation.startswith("Your appointment on ")
    mail = smtp_server.messages[-1]
    calendar = next(part for part in mail.walk() if part.get_content_type() == "text/calendar")
    assert f"DTSTART:{start:%Y%m%dT%H%M%SZ}" in calendar.get_content()
    planned = reception.get(f"{appointment}/messages/").json()["results"]
    assert "reminder-2-days" in {one["kind"] for one in planned if one["status"] == "queued"}

    # and the reminder goes out two days before
    assert [subject for subject in story.at(start - timedelta(hours=47)) if "at" in subject]

    # on the day the patient arrives and the radiologist records the procedure
    story.at(start - timedelta(minutes=5))
    story.made(reception.post(f"{appointment}/arrive/"), 200)
    world.at(start + timedelta(minutes=30))
    recorded = story.made(
        radiologist.post(
            f"{appointment}/procedure/", done(start, reason_code="benefit-outweighs-risk", reason="As decided")
        ),
        200,
    )
    ended = start + timedelta(minutes=20)
    assert datetime.fromisoformat(recorded["rest_until"]) == ended + timedelta(hours=48)
    assert (recorded["review_from"], recorded["clear_from"]) == ("2026-06-09", "2026-07-09")
    physio = {
        "patient": patient["id"],
        "kind": "physiotherapy",
        "practitioner": world.clinic.physiotherapist.pk,
        "start": (start + timedelta(hours=24)).isoformat(),
    }
    resting = problem(reception.post("/appointments/", physio), 422)
    assert resting["assessment"]["findings"][0]["rule"] == "rest-window"

    # then aftercare arrives at once and the flare check a day later
    assert story.at(start + timedelta(minutes=31)) == ["Your aftercare information"]
    assert story.at(ended + timedelta(hours=25)) == ["How are you today?"]
    for sent in smtp_server.messages:
        words = f"{sent['Subject']}".lower()
        assert not any(word in words for word in ("injection", "steroid", "hamstring", "halloway"))

    # and the audit knows who did each step
    verbs = list(Entry.objects.filter(patient_ids__contains=[int(patient["id"])]).values_list("verb", flat=True))
    assert {
        "patient-registered",
        "injection-recorded",
        "screening-answered",
        "pathway-recorded",
        "report-recorded",
        "booking-refused",
        "appointment-requested",
        "appointment-decided",
        "appointment-arrived",
        "procedure-recorded",
        "viewed",
    } <= set(verbs)

"""What a field said before and after stands beside the trail, under digests that the seals cover."""

from __future__ import annotations

import json
from datetime import time
from typing import Any

import pytest
from django.core.management import call_command

from injections.merging.merge import merge_patients
from injections.patient.identity import correct_patient
from pht_clinic.audit.models import Entry, Value
from pht_clinic.audit.values import forget, values_of
from scheduling.clinic import staff
from scheduling.clinic.people_and_rooms import save_practitioner, save_room
from scheduling.clinic.schedules import save_schedule
from scheduling.messages.wording.own_words import Words
from scheduling.messages.wording.rewording import reword, worded_kinds
from scheduling.models import Schedule
from scheduling.patients.identity import NewPatient, register_patient
from tests.clinic import NOW, Clinic


def noted(verb: str) -> dict[str, tuple[Any, Any]]:
    """What the newest entry of this verb says of each field that it changed."""
    entry = Entry.objects.filter(verb=verb).latest("pk")
    return {field: (old, new) for field, old, new in values_of([entry.pk])[entry.pk]}


@pytest.mark.django_db
def test_a_patients_old_and_new_details_are_kept(clinic: Clinic) -> None:
    date_of_birth = clinic.patient("Elm").date_of_birth
    new = NewPatient(given_name="Ada", family_name="Quill", date_of_birth=date_of_birth, phone="07700 900123")
    patient = register_patient(new, by=clinic.reception, now=NOW)
    assert noted("patient-registered")["family_name"] == (None, "Quill")
    assert noted("patient-registered")["date_of_birth"] == (None, date_of_birth.isoformat())
    was = patient.phone
    correct_patient(patient.pk, changes={"phone": "07700 900321", "needs": "A ramp"}, by=clinic.reception, now=NOW)
    patient.refresh_from_db()
    assert noted("patient-corrected") == {"phone": (was, patient.phone), "needs": ("", "A ramp")}


@pytest.mark.django_db
def test_what_a_merge_changed_names_the_record(clinic: Clinic) -> None:
    here, kept = clinic.patient("Elm"), clinic.patient("Ash")
    correct_patient(here.pk, changes={"needs": "A ramp"}, by=clinic.reception, now=NOW)
    merge_patients(here.pk, into_id=kept.pk, by=clinic.manager, now=NOW)
    assert noted("patients-merged")[f"needs of record {kept.pk}"] == ("", "A ramp")


@pytest.mark.django_db
def test_staff_rooms_people_sessions_and_wording_are_kept(clinic: Clinic) -> None:
    user = clinic.users["reception"]
    details = staff.StaffDetails(name="Rae Holt", role="radiologist", active=True)
    staff.change_staff(user.pk, details, by=clinic.manager, now=NOW)
    assert noted("user-changed") == {"name": (user.name, "Rae Holt"), "role": ("reception", "radiologist")}
    staff.invite(email="nia@clinic.example", name="Nia Park", role="reception", by=clinic.manager, now=NOW)
    assert noted("user-invited")["email"] == (None, "nia@clinic.example")
    save_room(clinic.room.pk, {"name": "Ultrasound 9"}, by=clinic.manager, now=NOW)
    assert noted("room-changed") == {"name": (clinic.room.name, "Ultrasound 9")}
    save_room(None, {"name": "Annexe", "has_ultrasound": False}, by=clinic.manager, now=NOW)
    assert noted("room-added")["name"] == (None, "Annexe")
    save_practitioner(clinic.practitioner.pk, {"name": "Dr Dale"}, by=clinic.manager, now=NOW)
    assert noted("practitioner-changed") == {"name": (clinic.practitioner.name, "Dr Dale")}
    session = Schedule.objects.filter(practitioner=clinic.practitioner).earliest("pk")
    save_schedule(session.pk, {"closes": time(19, 30)}, by=clinic.manager, now=NOW)
    assert noted("schedule-changed") == {"closes": (session.closes.isoformat(), "19:30:00")}
    kind = worded_kinds()[0]
    words = Words(closing="Bring your glasses.")
    reword(kind, words.over(clinic_words(kind)), reason="Asked for", revision=0, by=clinic.manager, now=NOW)
    assert noted("wording-changed") == {"closing": ("", "Bring your glasses.")}


def clinic_words(kind: Any) -> Words:
    from scheduling.messages.wording.own_words import standard

    return standard(kind)


@pytest.mark.django_db
def test_an_entry_holds_no_value_itself(clinic: Clinic) -> None:
    patient = clinic.patient("Elm")
    correct_patient(patient.pk, changes={"address": "12 Canary Row"}, by=clinic.reception, now=NOW)
    kept = json.dumps(list(Entry.objects.values()), default=str)
    assert "Canary Row" not in kept
    assert Value.objects.get(field="address").new == '"12 Canary Row"'


@pytest.mark.django_db
def test_one_value_looks_different_each_time(clinic: Clinic) -> None:
    """A salt of its own: nobody finds two people with one phone number by their digests."""
    for name in ("Elm", "Ash"):
        patient = clinic.patient(name, phone="")
        correct_patient(patient.pk, changes={"phone": "07700 900321"}, by=clinic.reception, now=NOW)
    sums = Entry.objects.filter(verb="patient-corrected").values_list("sums__phone", flat=True)
    assert len(set(sums)) == 2


@pytest.mark.django_db
def test_many_entries_are_read_in_one_query(clinic: Clinic, django_assert_num_queries: Any) -> None:
    patient = clinic.patient("Elm")
    for number in range(3):
        correct_patient(patient.pk, changes={"needs": f"Ramp {number}"}, by=clinic.reception, now=NOW)
    ids = list(Entry.objects.filter(verb="patient-corrected").values_list("pk", flat=True))
    with django_assert_num_queries(1):
        assert len(values_of(ids)) == 3


def test_what_is_forgotten_is_one_patients_alone(committed_db: None, capsys: Any) -> None:
    """The entries stay, every seal fits, and a second time there is nothing to remove."""
    from pht_clinic.audit.tasks import seal_audit
    from tests.clinic import open_clinic

    clinic = open_clinic(NOW)
    gone, stays = clinic.patient("Elm"), clinic.patient("Ash")
    for patient in (gone, stays):
        correct_patient(patient.pk, changes={"needs": "A ramp"}, by=clinic.reception, now=NOW)
    seal_audit()
    entries, others = Entry.objects.count(), Value.objects.exclude(entry__patient_ids__contains=[gone.pk]).count()
    assert forget(gone.pk, alias="owner") > 1
    assert forget(gone.pk, alias="owner") == 0
    assert (Entry.objects.count(), Value.objects.count()) == (entries, others)
    assert noted("patient-corrected") == {"needs": ("", "A ramp")}
    call_command("verify_audit")
    assert "are as they were sealed" in capsys.readouterr().out

"""Ending what is not about a booked visit, by one click or by the page; the rest goes on all the same."""

from __future__ import annotations

import re
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from injections.merging.merge import merge_patients
from injections.merging.unmerge import unmerge_patients
from injections.visit.arrival import no_show
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Conflict
from scheduling.messages import render
from scheduling.messages.bounces import opt_out
from scheduling.messages.desk import NotRetriable, preview, retry
from scheduling.messages.fate import fate_of_news
from scheduling.messages.kinds import registered
from scheduling.messages.recipients import UNWANTED
from scheduling.messages.sending import deliver, mailer
from scheduling.models import Appointment, Message, Patient
from scheduling.patients import link
from tests.clinic import Clinic, local, open_clinic
from tests.scheduling.messages.test_render import appointment, row
from tests.smtp import SmtpServer

State = Message.State
START = local("2026-03-24", "09:20")
OPTIONAL = {"missed", "recovery", "recovery-3-months"}
HEADERS = ("List-Unsubscribe", "List-Unsubscribe-Post")


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()


def mail_of(kind: Any) -> EmailMessage:
    letter = render.letter(row(kind, appointment(next(iter(kind.visits), "injection"))), now=START)
    mail = message_from_bytes(mailer.compose(letter).content, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    return mail


def link_in(patient: Patient) -> str:
    return reverse("mails-off", args=[opt_out.token_of(patient.kept_id)])


def fresh(patient: Patient) -> Patient:
    return Patient.objects.get(pk=patient.pk)


def visit_of(clinic: Clinic, patient: Patient) -> Appointment:
    booked = clinic.book(patient, START, kind="follow-up").appointment
    assert booked is not None
    return booked


def missed(clinic: Clinic, patient: Patient) -> Message:
    """The message after a missed visit, to somebody who was told of it."""
    visit = visit_of(clinic, patient)
    told = {"status": State.SENT, "sent_at": clinic.now, "handovers": 1}
    Message.objects.filter(appointment=visit, kind="confirmed").update(**told)
    no_show(visit.pk, by=clinic.reception, now=START + timedelta(hours=1))
    return Message.objects.get(appointment=visit, kind="missed")


# -- The mails --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", [one for one in registered() if one.opening], ids=lambda kind: kind.template)
def test_what_is_not_about_a_booked_visit_has_the_headers_and_the_link_and_nothing_else_does(kind: Any) -> None:
    mail = mail_of(kind)
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert kind.is_optional == (kind.name in OPTIONAL)
    if not kind.is_optional:
        assert [mail[name] for name in HEADERS] == [None, None]
        assert "/mails-off/" not in text
        return
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    found = re.fullmatch(r"<(\S+/mails-off/(\S+)/)>", str(mail["List-Unsubscribe"]).strip())
    assert found
    assert found[1] in text.replace("\n", " ").split()
    assert found[1] in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
    assert not re.search(r"ann|lee|mail\.example|%40|@", found[1].lower()), "no personal data stands in an address"


def test_a_preview_shows_words_in_the_place_of_the_link(clinic: Clinic) -> None:
    letter = preview(missed(clinic, clinic.patient()))
    assert render.OWN_OPT_OUT in letter.text.replace("\n", " ")
    assert "/mails-off/" not in letter.text + letter.html + letter.opt_out


def test_the_headers_travel_by_smtp_and_what_was_ended_is_not_sent(committed_db: None, smtp_server: SmtpServer) -> None:
    clinic = open_clinic()
    first = missed(clinic, clinic.patient())
    at = first.due_at
    deliver.drain(now=lambda: at, seconds=15)
    [mail] = [one for one in smtp_server.messages if one["Subject"] == "Sorry we missed you"]
    address = str(mail["List-Unsubscribe"]).strip(" <>")
    path = "/" + address.split("/", 3)[3]
    assert Client().post(path, {"List-Unsubscribe": "One-Click"}).status_code == 200
    second = retried_as_new(first)
    deliver.drain(now=lambda: at, seconds=15)
    left = Message.objects.get(pk=second.pk)
    assert (left.status, left.reason, left.phone_task) == (State.SKIPPED, UNWANTED, False)
    assert len([one for one in smtp_server.messages if one["Subject"] == "Sorry we missed you"]) == 1


def retried_as_new(message: Message) -> Message:
    """Another one of the same kind, as after another visit."""
    message.pk, message.occasion, message.status = None, "another", State.QUEUED
    message._state.adding = True
    message.uid = Message._meta.get_field("uid").default()
    message.save()
    return message


def test_who_ended_them_still_gets_what_is_about_a_visit(committed_db: None, smtp_server: SmtpServer) -> None:
    clinic = open_clinic()
    patient = clinic.patient()
    opt_out.opt_out(patient, how="link", now=clinic.now)
    visit_of(clinic, patient)
    deliver.drain(now=lambda: clinic.now, seconds=15)
    assert [mail["Subject"] for mail in smtp_server.messages] == ["Your appointment on Tuesday 24 March"]


# -- The link ---------------------------------------------------------------------------------------------------------


def test_one_click_needs_no_session_no_token_and_no_sign_in(clinic: Clinic) -> None:
    patient = clinic.patient()
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(
        link_in(patient), "List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
    )
    assert answer.status_code == 200
    assert not strict.cookies
    told = fresh(patient)
    assert (told.opted_out_at is not None, told.opted_out_how) == (True, "one-click")
    entry = Entry.objects.get(verb="patient-opted-out")
    assert (entry.actor_kind, entry.detail) == ("patient", {"how": "one-click"})


def test_one_click_may_come_as_a_form_of_parts(clinic: Clinic) -> None:
    patient = clinic.patient()
    Client(enforce_csrf_checks=True).post(link_in(patient), {"List-Unsubscribe": "One-Click"})
    assert fresh(patient).opted_out_how == "one-click"


def test_looking_changes_nothing_and_the_button_does(clinic: Clinic) -> None:
    """Scanners follow every link of a mail."""
    patient = clinic.patient()
    browser = Client(enforce_csrf_checks=True)
    for method in (browser.get, browser.head, browser.get):
        assert method(link_in(patient)).status_code == 200
    assert fresh(patient).opted_out_at is None
    page = browser.get(link_in(patient)).content.decode()
    assert "Stop these emails" in page
    assert not [word for word in ("Robin", "Ashdown", "mail.example", "1980") if word in page]
    assert browser.put(link_in(patient)).status_code == 405
    assert "These emails have stopped" in browser.post(link_in(patient)).content.decode()
    assert fresh(patient).opted_out_how == "link"


def test_once_more_changes_nothing(clinic: Clinic) -> None:
    patient = clinic.patient()
    first = Client().post(link_in(patient))
    at = fresh(patient).opted_out_at
    second = Client().post(link_in(patient), {"List-Unsubscribe": "One-Click"})
    assert (first.status_code, second.status_code) == (200, 200)
    assert (fresh(patient).opted_out_at, fresh(patient).opted_out_how) == (at, "link")
    assert Entry.objects.filter(verb="patient-opted-out").count() == 1


def test_a_forged_link_is_unknown_whatever_it_names(clinic: Clinic) -> None:
    patient = clinic.patient()
    real = opt_out.token_of(patient.pk)
    _, _, signature = real.partition(".")
    other = opt_out.token_of(patient.pk + 1)
    forged = [
        f"{patient.pk}.x",
        f"{patient.pk}.",
        f"{patient.pk}.{other.partition('.')[2]}",
        str(patient.pk),
        "x" * 200,
    ]
    forged += [f"{patient.pk + 1}.{signature}", other, f"{patient.pk}-1.{signature}"]
    for token in forged:
        path = reverse("mails-off", args=[token])
        assert [Client().get(path).status_code, Client().post(path).status_code] == [404, 404]
    assert fresh(patient).opted_out_at is None


def test_a_patients_own_link_and_this_one_are_not_each_others(clinic: Clinic) -> None:
    patient = clinic.patient()
    visit = visit_of(clinic, patient)
    own = link.token_of(visit.pk, visit.link_version)
    assert Client().get(reverse("mails-off", args=[own])).status_code == 404
    assert Client().get(reverse("patient-link", args=[opt_out.token_of(patient.pk)])).status_code == 404


def test_staff_do_not_answer_for_the_patient(clinic: Clinic) -> None:
    """A mail program, which has no session, does."""
    patient = clinic.patient()
    path = reverse("mails-off", args=[opt_out.token_of(patient.pk)])
    desk = Client()
    desk.force_login(clinic.users["reception"])
    refused = desk.post(path)
    assert refused.status_code == 403
    assert "You are signed in as reception" in refused.content.decode()
    assert fresh(patient).opted_out_at is None
    assert Client().post(path).status_code == 200
    assert fresh(patient).opted_out_at is not None


# -- The desk ---------------------------------------------------------------------------------------------------------


def test_the_desk_reads_what_it_covers_when_and_how_and_may_take_it_back(clinic: Clinic) -> None:
    patient = clinic.patient()
    opt_out.opt_out(patient, how="one-click", now=local("2026-03-02", "10:05"))
    desk = Client()
    desk.force_login(clinic.users["reception"])
    page = " ".join(desk.get(reverse("patient", args=[patient.pk])).content.decode().split())
    assert "<strong>Only emails about booked visits:</strong> asked for by the button of their mail program" in page
    assert "2 March 2026" in page
    assert "Later questions about recovery, and the email after a missed visit, are not sent." in page
    said = desk.post(reverse("patient-mails-again", args=[patient.pk]), follow=True).content.decode()
    assert "They get all emails again." in said
    assert fresh(patient).opted_out_at is None
    assert Entry.objects.filter(verb="patient-opted-in", user_id=clinic.reception.user_id).count() == 1
    with pytest.raises(Conflict):
        opt_out.opt_in_again(patient.pk, by=clinic.reception, now=clinic.now)


def test_what_becomes_of_it_is_said_beforehand_and_nobody_tries_it_again(clinic: Clinic) -> None:
    patient = clinic.patient()
    opt_out.opt_out(patient, how="link", now=clinic.now)
    message = missed(clinic, patient)
    assert message.appointment is not None
    assert fate_of_news(message.appointment.pk, now=START + timedelta(hours=1)) == UNWANTED
    Message.objects.filter(pk=message.pk).update(status=State.SKIPPED, reason=UNWANTED)
    with pytest.raises(NotRetriable, match="only emails about booked visits"):
        retry(message.pk, by=clinic.reception, now=START + timedelta(hours=2))


def test_a_merge_takes_the_wish_and_the_mark_along_and_gives_them_back(clinic: Clinic) -> None:
    source, target = clinic.patient(), clinic.patient(email="")
    opt_out.opt_out(source, how="link", now=clinic.now)
    Patient.objects.filter(pk=source.pk).update(
        failing_email=source.email, failing_why="bounced", failing_since=clinic.now
    )
    merge_patients(source.pk, into_id=target.pk, by=clinic.manager, now=clinic.now)
    kept = fresh(target)
    assert (kept.opted_out_how, kept.opted_out_at, kept.is_email_failing) == ("link", clinic.now, True)
    unmerge_patients(source.pk, by=clinic.manager, now=clinic.now)
    kept, gone = fresh(target), fresh(source)
    assert (kept.opted_out_at, kept.failing_email, gone.opted_out_how) == (None, "", "link")

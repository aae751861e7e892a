"""What the clinic says of itself: changed by a manager, seen everywhere at once, kept in versions."""

from __future__ import annotations

import re
from dataclasses import asdict, replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final

import pytest
from allauth.core.context import request_context
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from injections.facts.policy import effective_policy
from injections.messages.aftercare import safety_net
from pht_clinic import clinic_words
from pht_clinic.audit.models import Entry
from pht_clinic.clinic_words import ClinicWords, first_words, words_in_force
from pht_clinic.errors import Forbidden, Invalid
from pht_clinic.web.signing_in.second_factor.adapter import SecondFactorAdapter
from scheduling.clinic.details import change, previews, sense
from scheduling.clinic.details.change import change_details
from scheduling.clinic.feed import feed
from scheduling.diary.locks import StaleRevision
from scheduling.messages import desk, kinds, render
from scheduling.messages.sending import claims
from scheduling.messages.wording import clinic_versions, rewording, wordings
from scheduling.messages.wording.own_words import standard
from scheduling.messages.wording.rewording import SameWords
from scheduling.models import ClinicVersion, Message
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser

ROOT: Final = Path(__file__).parents[4]
HOUR = timedelta(hours=1)
ELSEWHERE: Final = {
    "name": "Hill Clinic",
    "phone": "020 7946 0111",
    "hours": "Weekdays, 9am to 5pm",
    "hours_de": "Werktags 9 bis 17 Uhr",
    "address": "2 Hill Road, Leeds",
    "emergency_number": "112",
    "emergency_department": "the emergency department",
    "out_of_hours": "116117",
}


def saved(clinic: Clinic, **words: str) -> ClinicVersion:
    present = clinic_versions.words_of(clinic_versions.newest())
    return change_details(replace(present, **words), revision=present.version, by=clinic.manager, now=NOW)


def queued(clinic: Clinic, day: str = "2026-03-24") -> Message:
    """A confirmation that waits."""
    visit = clinic.book(clinic.patient(f"P{day}"), local(day, "09:20"), kind="follow-up").appointment
    assert visit is not None
    return Message.objects.get(appointment=visit, kind="confirmed")


@pytest.fixture
def manager(clinic: Clinic) -> Browser:
    return browser(clinic.users["manager"])


# -- One reader ---------------------------------------------------------------------------------------------

FIRST_OF = re.compile(
    r"settings\.(?:CLINIC_(?:NAME|PHONE|HOURS|HOURS_IN|ADDRESS)|EMERGENCY_NUMBER|EMERGENCY_DEPARTMENT|OUT_OF_HOURS)"
)


def test_nobody_but_the_reader_and_the_start_reads_these_settings() -> None:
    """Control: the reader itself is found by the same look."""
    found = (path for half in ("pht_clinic", "scheduling", "injections") for path in (ROOT / half).rglob("*.py"))
    readers = {path.relative_to(ROOT).as_posix() for path in found if FIRST_OF.search(path.read_text(encoding="utf-8"))}
    assert readers == {"pht_clinic/clinic_words.py", "scheduling/checks.py"}


def test_every_reader_says_what_was_saved(clinic: Clinic) -> None:
    saved(clinic, **ELSEWHERE)
    assert SecondFactorAdapter().get_totp_issuer() == "Hill Clinic"
    with request_context(RequestFactory().get("/", headers={"host": "localhost"})):
        assert SecondFactorAdapter().get_public_key_credential_rp_entity()["name"] == "Hill Clinic"
    assert "NAME:Hill Clinic" in feed(clinic.feed_token(), now=NOW)
    said = " ".join(line for block in safety_net() for line in block.lines)
    assert "Call 112" in said
    assert not re.search(r"\b999\b|\b111\b|A&E", said)
    assert effective_policy().emergency.when_closed == "116117"
    found = render.letter(queued(clinic), now=NOW)
    assert "Hill Clinic, 2 Hill Road, Leeds" in found.text
    assert "020 7946 0111" in found.text
    assert "tel:02079460111" in found.html
    assert found.calendar is not None
    assert "Hill Clinic" in found.calendar[0]


def test_rules_say_the_new_emergency_words_and_are_another_version(clinic: Clinic) -> None:
    """So that every open booking is judged again, and no finding keeps a number that is gone."""
    before = effective_policy().rules_version
    saved(clinic, emergency_number="112")
    assert effective_policy().rules_version != before


def test_an_edit_holds_in_the_next_request_and_is_read_once_in_each(clinic: Clinic, manager: Browser) -> None:
    def looks() -> int:
        with CaptureQueriesContext(connection) as queries:
            manager.get("room-list")
        return sum("clinicversion" in query["sql"] for query in queries)

    assert looks() == 1
    saved(clinic, name="Hill Clinic")
    assert looks() == 1
    assert "Hill Clinic" in manager.get("room-list")


def test_inside_one_request_nothing_changes_and_outside_it_every_call_asks(clinic: Clinic) -> None:
    with clinic_words.read_once():
        before = words_in_force().name
        saved(clinic, name="Hill Clinic")
        assert words_in_force().name == before
    assert words_in_force().name == "Hill Clinic"


def test_while_the_database_is_away_what_was_read_last_is_said(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(clinic, phone="020 7946 0111")
    assert words_in_force().phone == "020 7946 0111"

    def away() -> None:
        raise OperationalError("server closed the connection")

    monkeypatch.setattr(clinic_versions, "newest", away)
    monkeypatch.setattr(clinic_versions, "connection", SimpleNamespace(in_atomic_block=False))
    assert words_in_force().phone == "020 7946 0111"
    monkeypatch.setattr(clinic_versions, "_last_read", None)
    assert words_in_force() == first_words()


# -- Messages -----------------------------------------------------------------------------------------------


def test_what_waits_leaves_with_the_new_words_and_what_left_stays_as_it_was(clinic: Clinic) -> None:
    early, late = queued(clinic), queued(clinic, "2026-03-25")
    claims.finish(claims.claim(now=NOW + HOUR), Message.State.SENT, now=NOW)  # type: ignore[arg-type]
    Message.objects.filter(pk=early.pk).update(handovers=1)
    saved(clinic, name="Hill Clinic")
    assert "Hill Clinic" not in desk.preview(Message.objects.get(pk=early.pk)).text
    claimed = claims.claim(now=NOW + HOUR)
    assert claimed is not None
    assert (claimed.pk, claimed.clinic_id) == (late.pk, 1)
    assert "Hill Clinic" in render.letter(claimed, now=NOW).text
    saved(clinic, name="Dale Clinic")
    assert "Hill Clinic" in render.letter(claimed, now=NOW).text  # it is being sent, as it was claimed


def test_what_was_said_on_the_phone_stays_as_it_was_said(clinic: Clinic) -> None:
    message = queued(clinic)
    Message.objects.filter(pk=message.pk).update(status="failed", phone_task=True, attempts=1)
    saved(clinic, name="Hill Clinic")
    assert "Hill Clinic" in desk.preview(Message.objects.get(pk=message.pk)).text
    desk.close_task(message.pk, reason="Told", by=clinic.reception, now=NOW)
    saved(clinic, name="Dale Clinic")
    assert "Hill Clinic" in desk.preview(Message.objects.get(pk=message.pk)).text


def test_the_preview_is_byte_for_byte_what_is_said_afterwards(clinic: Clinic, settings: Any) -> None:
    settings.SIGNED_LANGUAGES = "de=Dr A. Weber, 2026-11-20"
    typed = ClinicWords(**ELSEWHERE)
    shown = previews.concerned(typed, now=NOW)
    saved(clinic, **ELSEWHERE)
    assert {one.language for one in shown} == {"English", "German"}
    for one in shown:
        own = wordings.words_of(wordings.current(one.kind.template)).over(standard(one.kind))
        language = {"English": "en-gb", "German": "de"}[one.language]
        after = rewording.preview(one.kind, own, language=language, now=NOW)
        assert (one.letter.subject, one.letter.text, one.letter.html) == (after.subject, after.text, after.html)


def test_the_preview_names_every_message_that_would_read_otherwise_and_no_other(clinic: Clinic) -> None:
    """Those after the injection name whom to call; only they change with it."""
    words = replace(first_words(), emergency_number="112")
    said = {one.kind.code for one in previews.concerned(words, now=NOW)}
    afterwards = {kind.code for kind in kinds.registered() if kind.true_while == {"fulfilled"} and kind.opening}
    assert afterwards & said
    assert not any("cancelled" in code for code in said)
    assert not previews.concerned(first_words(), now=NOW)


def test_a_letter_on_paper_is_shown_with_what_was_typed(clinic: Clinic) -> None:
    found = previews.papers(ClinicWords(**ELSEWHERE), now=NOW)
    assert [(language, paper.clinic["hours"], paper.clinic["name"]) for language, paper in found] == [
        ("English", ELSEWHERE["hours"], "Hill Clinic"),
        ("German", ELSEWHERE["hours_de"], "Hill Clinic"),
    ]


# -- The use case -------------------------------------------------------------------------------------------


def test_each_change_is_a_version_with_who_when_and_what_was_before(clinic: Clinic) -> None:
    first = saved(clinic, name="  Hill   Clinic ")
    saved(clinic, phone="020 7946 0111")
    assert [(row.version, row.by_name, row.at, row.name, row.phone) for row in clinic_versions.versions()] == [
        (2, "manager", NOW, "Hill Clinic", "020 7946 0111"),
        (1, "manager", NOW, "Hill Clinic", first_words().phone),
    ]
    assert change.history()[0][1] == [("Phone", first_words().phone, "020 7946 0111")]
    entry = Entry.objects.filter(verb="details-changed").earliest("pk")
    assert (entry.subject, entry.actor_name) == (f"clinic:{first.version}", "manager")
    assert entry.detail["changes"] == [{"field": "name", "old": first_words().name, "new": "Hill Clinic"}]


def test_an_earlier_version_and_the_environments_words_can_be_put_back(clinic: Clinic) -> None:
    saved(clinic, **ELSEWHERE)
    back = saved(clinic, **{name: getattr(first_words(), name) for name in sense.LABELS})
    assert back.version == 2
    assert replace(words_in_force(), version=0) == first_words()
    assert change.words_asked_for("1", clinic_versions.versions()) == ClinicWords(**ELSEWHERE, version=1)
    assert change.words_asked_for("0", clinic_versions.versions()) == first_words()
    assert change.words_asked_for("7", clinic_versions.versions()) is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 101),
        ("name", "Hill <b>Clinic"),
        ("name", "## Hill"),
        ("address", ""),
        ("hours", " "),
        ("phone", ""),
        ("phone", "ask for Jo"),
        ("phone", "020 7946 0111 or 020 7946 0112"),
        ("emergency_number", ""),
        ("emergency_number", "call us"),
        ("emergency_department", ""),
        ("emergency_department", "x" * 41),
        ("out_of_hours", ""),
        ("hours_de", "x" * 201),
    ],
    ids=lambda value: value[:12] or "empty",
)
def test_what_would_be_of_no_use_to_patients_is_refused(clinic: Clinic, field: str, value: str) -> None:
    with pytest.raises(Invalid) as refused:
        saved(clinic, **{field: value})
    assert [error.pointer for error in refused.value.errors] == [f"#/{field}"]
    assert not ClinicVersion.objects.exists()


def test_every_wrong_field_is_named_at_once(clinic: Clinic) -> None:
    with pytest.raises(Invalid) as refused:
        saved(clinic, **dict.fromkeys(sense.LABELS, ""))
    assert {error.pointer for error in refused.value.errors} == {f"#/{name}" for name in sense.LABELS}


def test_hours_are_said_in_every_signed_language(clinic: Clinic, settings: Any) -> None:
    settings.SIGNED_LANGUAGES = "de=Dr A. Weber, 2026-11-20"
    with pytest.raises(Invalid) as refused:
        saved(clinic, name="Hill Clinic", hours_de="")
    assert [error.pointer for error in refused.value.errors] == ["#/hours_de"]
    settings.SIGNED_LANGUAGES = ""
    assert saved(clinic, name="Hill Clinic", hours_de="").hours_de == ""


def test_the_database_refuses_a_version_without_a_number_to_call(clinic: Clinic) -> None:
    row = ClinicVersion(
        **{**asdict(first_words()), "version": 1, "emergency_number": ""},
        at=NOW,
        by=clinic.users["manager"],
        by_name="manager",
    )
    with pytest.raises(IntegrityError, match="clinic_version_says_all"), transaction.atomic():
        row.save(force_insert=True)


def test_only_a_manager_changes_them_and_not_to_the_same(clinic: Clinic) -> None:
    for other in (clinic.reception, clinic.radiologist):
        with pytest.raises(Forbidden):
            change_details(ClinicWords(**ELSEWHERE), revision=0, by=other, now=NOW)
    with pytest.raises(SameWords):
        saved(clinic)


def test_of_two_who_save_at_one_instant_one_is_told(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    saved(clinic, name="Hill Clinic")
    looks: list[int] = []
    read = clinic_versions.newest

    def late() -> ClinicVersion | None:
        looks.append(1)
        return None if len(looks) == 1 else read()

    monkeypatch.setattr(change, "newest", late)
    with pytest.raises(StaleRevision):
        change_details(ClinicWords(**ELSEWHERE), revision=0, by=clinic.manager, now=NOW)
    assert ClinicVersion.objects.count() == 1


# -- The page -----------------------------------------------------------------------------------------------


def form_of(manager: Browser) -> dict[str, str]:
    form = manager.last.context["form"]
    values = ((name, form[name].value()) for name in form.fields)
    return {name: "" if value is None else str(value) for name, value in values}


def test_it_is_previewed_saved_and_stands_on_every_page(manager: Browser, clinic: Clinic) -> None:
    said = manager.get("clinic-details")
    assert "nobody has changed it here" in said
    assert ">Save<" not in manager.html
    typed = {**form_of(manager), "name": "Hill Clinic"}
    said = manager.post("clinic-details", data={**typed, "deed": "preview"}, expect=200)
    assert "would read differently" in said
    assert "Nothing is saved yet" in said
    assert ">Save<" in manager.html
    assert not ClinicVersion.objects.exists()
    manager.post("clinic-details", data={**typed, "deed": "save"})
    assert "Hill Clinic" in manager.get("room-list")
    said = manager.get("clinic-details")
    assert "Version 1 is in force" in said
    assert "Before: PHT Clinic" in said


def test_german_hours_are_called_optional_only_while_german_is_not_signed(manager: Browser, settings: Any) -> None:
    label = "When the phone is answered, in German"
    settings.SIGNED_LANGUAGES = ""
    said = manager.get("clinic-details")
    assert f"{label} (optional)" in said
    assert "Needed once the German wording is signed." in said
    settings.SIGNED_LANGUAGES = "de=Dr A. Weber, 2026-11-20"
    said = manager.get("clinic-details")
    assert label in said
    assert f"{label} (optional)" not in said
    assert "What patients who read German are told." in said


def test_every_wrong_field_is_named_on_the_page_and_what_was_typed_stays(manager: Browser) -> None:
    manager.get("clinic-details")
    typed = {**form_of(manager), "phone": "ask for Jo", "emergency_number": "call us", "name": "Hill Clinic"}
    said = manager.post("clinic-details", data={**typed, "deed": "save"}, expect=422)
    assert "not one phone number" in said
    assert "not a number to dial" in said
    assert form_of(manager)["name"] == "Hill Clinic"


def test_of_two_managers_the_second_is_told_and_keeps_what_was_typed(manager: Browser, clinic: Clinic) -> None:
    manager.get("clinic-details")
    opened = form_of(manager)
    manager.post("clinic-details", data={**opened, "hours": "Mornings", "deed": "save"})
    said = manager.post("clinic-details", data={**opened, "address": "2 Hill Road", "deed": "save"}, expect=422)
    assert "is “Mornings” now: manager" in said
    form = form_of(manager)
    assert (form["hours"], form["address"]) == ("Mornings", "2 Hill Road")
    manager.post("clinic-details", data={**form, "deed": "save"})
    assert (words_in_force().hours, words_in_force().address) == ("Mornings", "2 Hill Road")


def test_an_earlier_version_is_put_back_from_the_list(manager: Browser, clinic: Clinic) -> None:
    saved(clinic, name="Hill Clinic")
    saved(clinic, name="Dale Clinic")
    said = manager.get("clinic-details", **{"from": "1"})
    assert "This is what version 1 said" in said
    assert form_of(manager)["name"] == "Hill Clinic"
    manager.post("clinic-details", data={**form_of(manager), "deed": "save"})
    assert words_in_force().name == "Hill Clinic"

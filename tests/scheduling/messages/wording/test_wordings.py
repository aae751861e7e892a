"""The clinic's own wording: versions, what a message is sent with, a test to oneself, and the managers' pages."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes, policy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from injections.messages.aftercare import safety_net
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Invalid, Missing
from pht_clinic.people.actors import actor_of
from pht_clinic.people.models import User
from scheduling.messages import blocks, desk, kinds, render
from scheduling.messages.sending import claims, deliver, mailer
from scheduling.messages.wording import rewording, wordings
from scheduling.messages.wording.own_words import Words, kept_in, standard
from scheduling.messages.wording.rewording import ChangedMeanwhile, SameWords, reword
from scheduling.models import Message, Wording
from scheduling.patients import link
from tests.clinic import NOW, Clinic, local
from tests.pages_world import Browser, browser
from tests.smtp import SmtpServer

TEMPLATE = "scheduling/mail/confirmed"
CODE = "scheduling-confirmed"
CONFIRMED = kinds.of_template(TEMPLATE)
OWN = Words("We expect you on {day}", "See you on {when}.", "Park behind the library, {weekday} is market day.")
TYPED = {"subject_line": OWN.subject_line, "opening": OWN.opening, "closing": OWN.closing}
HOUR = timedelta(hours=1)


def saved(clinic: Clinic, words: Words = OWN, kind: kinds.MessageKind = CONFIRMED, **values: Any) -> Wording:
    present = wordings.current(kind.template)
    return reword(
        kind,
        words,
        **{
            "reason": "Friendlier",
            "revision": present.version if present else 0,
            "by": clinic.manager,
            "now": NOW,
            **values,
        },
    )


def queued(clinic: Clinic, day: str = "2026-03-24") -> Message:
    """A confirmation that waits."""
    visit = clinic.book(clinic.patient(f"P{day}"), local(day, "09:20"), kind="follow-up").appointment
    assert visit is not None
    return Message.objects.get(appointment=visit, kind="confirmed")


# -- Versions ---------------------------------------------------------------------------------------------


def test_each_change_is_a_version_with_who_when_and_why(clinic: Clinic) -> None:
    first = saved(clinic)
    second = saved(clinic, Words(CONFIRMED.subject_line, OWN.opening), reason="  The old\nsubject ")
    assert [(row.version, row.by_name, row.at, row.reason) for row in wordings.versions(TEMPLATE)] == [
        (2, "manager", NOW, "The old subject"),
        (1, "manager", NOW, "Friendlier"),
    ]
    assert (second.subject_line, second.opening, second.closing) == ("", OWN.opening, "")
    assert wordings.words_of(first) == OWN
    rows = Entry.objects.filter(verb="wording-changed").order_by("pk")
    assert [(row.subject, row.detail["version"], row.detail["message"]) for row in rows] == [
        (f"wording:{first.pk}", 1, TEMPLATE),
        (f"wording:{second.pk}", 2, TEMPLATE),
    ]


def test_an_earlier_version_and_the_standard_words_come_back_as_new_versions(clinic: Clinic) -> None:
    first = saved(clinic)
    saved(clinic, standard(CONFIRMED), reason="Back to the standard")
    saved(clinic, wordings.words_of(first).over(standard(CONFIRMED)), reason="Again")
    versions = wordings.versions(TEMPLATE)
    assert [row.version for row in versions] == [3, 2, 1]
    assert [row.is_standard for row in versions] == [False, True, False]
    assert wordings.words_of(versions[0]) == OWN


def test_words_that_change_nothing_are_no_version(clinic: Clinic) -> None:
    with pytest.raises(SameWords):
        saved(clinic, standard(CONFIRMED))
    saved(clinic)
    with pytest.raises(SameWords):
        saved(clinic, Words(OWN.subject_line, f" {OWN.opening} ", f"{OWN.closing}\r\n"))
    assert Wording.objects.count() == 1


@pytest.mark.parametrize("reason", ["", "  \n", "x" * 201])
def test_a_version_says_why(clinic: Clinic, reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        saved(clinic, reason=reason)
    assert [error.pointer for error in refusal.value.errors] == ["#/reason"]


def test_of_two_managers_who_began_from_the_same_version_the_second_is_told(clinic: Clinic) -> None:
    saved(clinic)
    with pytest.raises(ChangedMeanwhile, match=r"manager saved version 1 on Monday 2 March 2026 at 09:00") as refusal:
        saved(clinic, standard(CONFIRMED), revision=0)
    assert refusal.value.extra == {"revision": 1}


def test_a_version_saved_in_the_same_moment_is_refused_by_the_database(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look for the present version comes just before the other manager's commit."""
    saved(clinic)
    read, looks = wordings.current, []

    def late(template: str) -> Wording | None:
        looks.append(template)
        return None if len(looks) == 1 else read(template)

    monkeypatch.setattr(wordings, "current", late)
    with pytest.raises(ChangedMeanwhile):
        reword(
            CONFIRMED,
            Words(opening="Until {when}.", subject_line="On {day}"),
            reason="Mine",
            revision=0,
            by=clinic.manager,
            now=NOW,
        )
    assert [row.version for row in wordings.versions(TEMPLATE)] == [1]


def test_the_first_version_is_the_first_whatever_the_form_says(clinic: Clinic) -> None:
    assert saved(clinic, revision=2**31 - 1).version == 1


def test_words_belong_to_one_kind_of_message_alone(clinic: Clinic) -> None:
    saved(clinic)
    assert wordings.current("injections/mail/confirmed") is None
    assert list(wordings.all_current()) == [TEMPLATE]


def test_there_is_nothing_to_word_of_mails_to_staff(clinic: Clinic) -> None:
    with pytest.raises(Missing):
        rewording.worded_kind("injections-staff_failed")


# -- What a message is sent with --------------------------------------------------------------------------


def test_a_message_is_sent_with_the_words_that_hold_when_it_is_claimed_and_notes_them(clinic: Clinic) -> None:
    message = queued(clinic)
    version = saved(clinic)
    claimed = claims.claim(now=NOW + HOUR)
    assert claimed is not None
    assert (claimed.pk, claimed.wording_id) == (message.pk, version.pk)
    letter = render.letter(claimed, now=NOW)
    assert letter.subject == "We expect you on Tuesday 24 March"
    assert letter.text.startswith("Dear Robin P2026-03-24\n\nSee you on Tuesday 24 March 2026 at 09:20.\n\n")
    assert "Park behind the library, Tuesday is market day." in letter.text
    assert "Park behind the library, Tuesday is market day." in letter.html


def test_words_that_print_what_their_kind_has_no_more_give_way_to_the_standard_part(
    clinic: Clinic, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After an upgrade a message goes out with the standard part: it does not fail for every patient."""
    saved(clinic, Words("On {day}", "See you on {when}, a {weekday}.", "Park behind the house."))
    later = replace(CONFIRMED, placeholders=("when", "day", "time"))
    monkeypatch.setitem(kinds._BY_TEMPLATE, TEMPLATE, later)
    message = queued(clinic)
    claimed = claims.claim(now=NOW)
    assert claimed == message
    found = render.letter(claimed, now=NOW)
    assert found.subject.startswith("On ")
    assert "Your appointment is booked for Tuesday 24 March 2026 at 09:20." in found.text
    assert "a Tuesday." not in found.text
    assert "Park behind the house." in found.text


def test_what_was_sent_is_shown_with_its_own_words_whatever_came_after(clinic: Clinic) -> None:
    early, late = queued(clinic), queued(clinic, "2026-03-25")
    claims.finish(claims.claim(now=NOW + HOUR), Message.State.SENT, now=NOW)  # type: ignore[arg-type]
    saved(clinic)
    assert "Your appointment is booked for" in desk.preview(Message.objects.get(pk=early.pk)).text
    assert "See you on Wednesday" in desk.preview(Message.objects.get(pk=late.pk)).text
    claims.finish(claims.claim(now=NOW + HOUR), Message.State.SENT, now=NOW)  # type: ignore[arg-type]
    saved(clinic, standard(CONFIRMED), reason="Back")
    assert "See you on Wednesday" in desk.preview(Message.objects.get(pk=late.pk)).text


def test_own_words_cost_no_query_for_each_message(clinic: Clinic) -> None:
    saved(clinic)
    days = ["2026-03-24", "2026-03-25", "2026-03-26"]
    for day in days:
        queued(clinic, day)
    claimed = [claims.claim(now=NOW + HOUR) for _ in days]
    rows = [Message.objects.select_related("appointment", "patient").get(pk=row.pk) for row in claimed if row]
    with CaptureQueriesContext(connection) as queries:
        for row in rows:
            assert "See you on" in render.letter(row, now=NOW).text
    assert len(queries) <= 1, [query["sql"] for query in queries]


@pytest.mark.parametrize("kind", rewording.worded_kinds(), ids=lambda kind: kind.code)
def test_own_words_take_nothing_away_from_any_message(kind: kinds.MessageKind) -> None:
    """But for the subject and the first sentences every block of the standard letter is still there, in its order."""
    kept = " ".join(f"{{{name}}}" for name in kept_in(kind, "subject_line"))
    when = " ".join(f"{{{name}}}" for name in kind.placeholders)
    own = Words(f"Hello {kept}".strip(), f"Hello again, {when}.", "Read this too.\n\n- One\n- Two")
    before = blocks.read(rewording.preview(kind, standard(kind), now=NOW).text)
    after = rewording.preview(kind, own, now=NOW)
    text = [
        block
        for block in blocks.read(after.text)
        if block.lines[0] not in ("Read this too.", "From us at PHT Clinic -----")
    ]
    assert len(blocks.read(after.text)) > len(before)
    assert "Read this too.\n\n- One\n- Two\n" in after.text
    assert "<p>Read this too.</p>" in after.html
    left = [block for block in before[2:] if block not in text]
    assert left == []
    rest = before[1].lines[0].removeprefix(standard(kind).filled(kind, kind.example).opening)
    assert blocks.read(after.text)[1].lines[0].endswith(rest or ".")
    if kind.true_while == {"fulfilled"}:
        assert blocks.as_text(safety_net()).strip() in after.text
        assert after.text.index("Read this too.") < after.text.index("Call 999")


HOSTILE = ["{{ clinic.phone }}", "{when}", "{0.__class__}", "<script>alert(1)</script>", "=> https://evil.example/"]


@pytest.mark.parametrize("given_name", HOSTILE)
def test_what_people_type_stays_text_in_own_words_too(clinic: Clinic, given_name: str) -> None:
    saved(clinic, Words("Zażółć, {day}", "See you on {when}.", "- {weekday}\n- {phone}"))
    visit = clinic.book(
        clinic.patient(given_name=given_name), local("2026-03-24", "09:20"), kind="follow-up"
    ).appointment
    message = Message.objects.get(appointment=visit, kind="confirmed")
    message.wording = wordings.current(TEMPLATE)
    letter = render.letter(message, now=NOW)
    mail = message_from_bytes(mailer.compose(letter).content, policy=policy.default)
    assert sorted(mail.keys()) == [
        "Auto-Submitted",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Reply-To",
        "Subject",
        "To",
    ]
    assert mail["Subject"] == "Zażółć, Tuesday 24 March"
    assert "- Tuesday\n- 020 7946 0100\n" in letter.text
    assert "See you on Tuesday 24 March 2026 at 09:20.\n" in letter.text
    assert letter.html.count("<script") == 0
    assert re.findall(r'href="(?!tel:)([^"]+)"', letter.html) == [link.address_of(visit)]  # type: ignore[arg-type]


# -- A test to oneself ------------------------------------------------------------------------------------


@pytest.mark.usefixtures("committed_db")
def test_a_test_is_one_mail_to_the_manager_by_the_same_way_as_every_other(smtp_server: SmtpServer) -> None:
    manager = User.objects.create_user("mia@clinic.example", None, role="manager", name="Mia")
    row = rewording.send_test(CONFIRMED, OWN, to=manager, by=actor_of(manager), now=NOW)
    assert (row.patient_id, row.appointment_id, row.subject) == (None, None, "staff:wording")
    assert deliver.drain(now=lambda: NOW, seconds=15) == 1
    row.refresh_from_db()
    assert (row.status, row.phone_task) == (Message.State.SENT, False)
    [mail] = smtp_server.messages
    assert (mail["To"], mail["Subject"]) == ("mia@clinic.example", "Test: We expect you on Tuesday 24 March")
    body = mail.get_body(("plain",))
    assert body is not None
    text = " ".join(body.get_content().split())
    assert text.startswith("This is a test of our wording. It went to nobody but you, and the patient is made up.")
    assert "Dear Alex Example" in text
    assert "See you on Tuesday 24 March 2026 at 09:20." in text
    assert "[the patient's link]" in text
    assert "://" not in text
    assert not Wording.objects.exists()
    assert Entry.objects.get(verb="wording-tested").subject == f"message:{row.pk}"


def test_a_test_of_words_that_are_refused_sends_nothing(clinic: Clinic) -> None:
    manager = clinic.users["manager"]
    with pytest.raises(Invalid):
        rewording.send_test(CONFIRMED, Words("Pain", "x"), to=manager, by=clinic.manager, now=NOW)
    assert not Message.objects.exists()


@pytest.mark.parametrize("kind", rewording.worded_kinds(), ids=lambda kind: kind.code)
def test_every_kind_can_be_previewed_with_a_made_up_patient(kind: kinds.MessageKind) -> None:
    letter = rewording.preview(kind, standard(kind), now=NOW)
    assert letter.text.startswith("Dear Alex Example\n\n")
    assert not re.search(r"[{}]|://|None", letter.text)
    assert not re.search(r'href="(?!tel:)', letter.html)
    assert letter.calendar is None


# -- Pages ------------------------------------------------------------------------------------------------


def test_the_list_shows_every_kind_with_its_present_words(clinic: Clinic, manager: Browser) -> None:
    saved(clinic)
    text = manager.get("wording-list")
    for kind in rewording.worded_kinds():
        assert f'/clinic/messages/{kind.code}/"' in manager.html
        if kind is not CONFIRMED:
            assert kind.opening.split("{")[0].strip() in text
    assert "Confirmation: other visits" in text
    assert "Confirmation: injection, scan and injection" in text
    assert "Appointment cancelled by the patient" in text
    assert "See you on {when}." in text
    assert text.count("Your own wording") == 1
    names = re.findall(r'<a href="/clinic/messages/[\w-]+/"><strong>([^<]+)', manager.html)
    assert len(names) == len(set(names)) == len(rewording.worded_kinds())


def test_a_manager_previews_tests_and_saves(clinic: Clinic, manager: Browser) -> None:
    text = manager.get("wording", CODE)
    assert "The standard wording is in use." in text
    assert "There is no version of your own yet." in text
    assert "Your appointment is booked for Tuesday 24 March 2026 at 09:20." in text
    text = manager.post("wording", CODE, data={**TYPED, "revision": 0, "deed": "preview"}, expect=200)
    assert "Preview of what you typed" in text
    assert "See you on Tuesday 24 March 2026 at 09:20." in text
    assert not Wording.objects.exists()
    text = manager.post("wording", CODE, data={**TYPED, "revision": 0, "deed": "test"}, expect=200)
    row = Message.objects.get(kind="staff-wording")
    assert row.recipient == "manager@clinic.example"
    assert "A test is on its way to manager@clinic.example." in text
    assert f'href="/messages/{row.pk}/"' in manager.html
    assert OWN.closing in manager.html, "what was typed stays"
    text = manager.post("wording", CODE, data={**TYPED, "revision": 0, "deed": "save"}, expect=422)
    assert "Say why the wording changes." in text
    text = manager.post("wording", CODE, data={**TYPED, "revision": 0, "deed": "save", "reason": "Market day"})
    assert "Version 1 is saved." in text
    assert "Your own wording, version 1, is in use." in text
    assert "Market day" in text


def test_an_earlier_version_and_the_standard_words_are_filled_in_to_be_saved_again(
    clinic: Clinic, manager: Browser
) -> None:
    saved(clinic)
    saved(clinic, Words(CONFIRMED.subject_line, "Until {when}."), reason="Shorter")
    manager.get("wording", CODE, **{"from": 1})
    assert OWN.opening in manager.html
    assert "These are the words of version 1." in manager.html
    assert 'name="revision" value="2"' in manager.html
    text = manager.get("wording", CODE, **{"from": "standard"})
    assert "These are the words of the standard wording." in text
    assert f">\n{CONFIRMED.opening}</textarea>" in manager.html
    assert "These are" not in manager.get("wording", CODE, **{"from": 77})
    assert Wording.objects.count() == 2, "looking stores nothing"


def test_what_is_refused_is_said_at_its_field_and_what_was_typed_stays(clinic: Clinic, manager: Browser) -> None:
    typed = {**TYPED, "subject_line": "Your injection on {day}", "closing": "<b>", "revision": 0, "deed": "test"}
    text = manager.post("wording", CODE, data=typed, expect=422)
    assert "There is a problem" in text
    assert "Leave “injection” out of the subject" in text
    assert "Leave &lt; and &gt; out of the closing" in manager.html
    assert 'value="Your injection on {day}"' in manager.html
    assert not Message.objects.exists()


def test_somebody_who_was_slower_reads_who_was_faster_and_keeps_what_was_typed(
    clinic: Clinic, manager: Browser
) -> None:
    saved(clinic)
    typed = {**TYPED, "opening": "Until {when}.", "revision": 0, "deed": "save", "reason": "Mine"}
    text = manager.post("wording", CODE, data=typed, expect=422)
    assert "manager saved version 1 on" in text
    assert "Until {when}." in text
    text = manager.post("wording", CODE, data={**typed, "revision": 1})
    assert "Version 2 is saved." in text


@pytest.mark.parametrize(("name", "args"), [("wording-list", ()), ("wording", (CODE,))])
def test_only_managers_come_in(clinic: Clinic, manager: Browser, name: str, args: tuple[str, ...]) -> None:
    manager.get(name, *args)
    for role in ("reception", "radiologist"):
        outsider = browser(clinic.users[role])
        outsider.get(name, *args, expect=403)
        outsider.post(name, *args, data={**TYPED, "revision": 0, "deed": "save", "reason": "x"}, expect=403)
    assert not Wording.objects.exists()


def test_a_message_that_does_not_exist_has_no_page(clinic: Clinic, manager: Browser) -> None:
    manager.get("wording", "injections-staff_failed", expect=404)
    manager.get("wording", "nothing", expect=404)


def test_the_pages_cost_the_same_however_many_versions_there_are(clinic: Clinic, manager: Browser) -> None:
    manager.get("rules")  # the first page of a session notes when it began
    costs = []
    for number in range(3):
        saved(clinic, Words("On {day}", f"Until {{when}}, {number}."))
        with CaptureQueriesContext(connection) as queries:
            manager.get("wording-list")
            manager.get("wording", CODE)
        costs.append(len(queries))
    assert costs[0] == costs[1] == costs[2] <= 12


def test_the_page_of_a_message_says_which_words_it_was_sent_with(clinic: Clinic, manager: Browser) -> None:
    early, late = queued(clinic), queued(clinic, "2026-03-25")
    assert "Wording" not in manager.get("message", early.pk)
    claims.claim(now=NOW + HOUR)
    saved(clinic)
    claims.claim(now=NOW + HOUR)
    assert "Wording The standard wording" in manager.get("message", early.pk)
    assert "Wording Our own, version 1 of 2 March 2026" in manager.get("message", late.pk)

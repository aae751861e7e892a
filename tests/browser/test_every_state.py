"""States of pages that a first look does not show: errors, too soon, waiting, lost to somebody else, over, closed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode

import pytest
from django.conf import settings
from playwright.sync_api import expect

from pht_clinic.web import exports
from scheduling.audit.export import NAME, asked_of
from scheduling.patients.link import MOST_TRIES
from tests.browser.conftest import PASSWORD, House, Sits
from tests.browser.desk import Desk
from tests.browser.filled import LATER, SOON, Filled, fill
from tests.browser.looking import listen, problems
from tests.clinic import local
from tests.conftest import Share
from tests.injections.patient_link.conftest import BORN
from tests.pages_world import LEFT_HAMSTRING

Steps = Callable[[Desk], None]


@dataclass(frozen=True)
class State:
    """How somebody comes to see it, and what it then says."""

    name: str
    path: str
    says: str
    do: Steps | None = None


@pytest.fixture(scope="module")
def given(house: House) -> Filled:
    filled = fill(house)
    everything = asked_of(patient_id=None, user_id=None, kind=None, since=None, until=None)
    exports.ask(NAME, everything, by=house.clinic.manager)  # no worker runs here: it stays as it is
    return filled


def look(desk: Desk, states: list[State], subtests: pytest.Subtests, looked_at: list[State] | None = None) -> None:
    """Come to each, read what it must say, and look: at all of them, or at some."""
    said = listen(desk.page)
    for state in states:
        with subtests.test(state.name):
            said.clear()
            desk.go(state.path)
            if state.do:
                state.do(desk)
            expect(desk.main).to_contain_text(state.says)
            if state.says == PROBLEM:
                assert desk.page.title().startswith("Error: "), desk.page.title()
                expect(desk.page.locator(".error-summary")).to_be_focused()
            found = problems(desk.page) if looked_at is None or state in looked_at else []
            assert not [*found, *said]


PROBLEM = "There is a problem"


def send_empty(desk: Desk) -> None:
    """Take out what stands in the form's boxes, and send it."""
    form = desk.main.locator("form[method=post]").last
    for box in form.locator("input[type=text], input[type=date], input[type=time], textarea").all():
        if box.is_visible():
            box.fill("")
    form.locator("button[type=submit]").first.click()


def error(name: str, path: str, do: Steps = send_empty) -> State:
    return State(f"{name}: errors", path, PROBLEM, do)


def booking(given: Filled, whose: int, step: str, day: str = "", hour: str = "09:20", **more: object) -> str:
    """The address of a step of a booking of an injection for this patient."""
    chosen: dict[str, object] = dict(LEFT_HAMSTRING)
    if day:
        clinic = given.house.clinic
        start = local(day, hour).isoformat()
        chosen |= {"start": start, "practitioner": clinic.practitioner.pk, "room": clinic.room.pk}
    return f"/patients/{whose}/book/{step}?{urlencode({**chosen, **more})}"


@pytest.mark.full_trial(one_in=3)
def test_reception_sees_errors(given: Filled, sit: Sits, share: Share, subtests: pytest.Subtests) -> None:
    patient, visit = given.patient("booked"), given.number("booked")
    assert given.too_soon
    assert given.phone_task
    assert given.failed
    look(
        sit("reception"),
        share.of(
            [
                State("search: errors", "/patients/", "Enter the name", lambda desk: desk.press("Search")),
                error("register", "/patients/new/"),
                error("details", f"/patients/{patient}/details/"),
                error("injection elsewhere", f"/patients/{patient}/injections/new/"),
                error("questions", f"/patients/{given.too_soon.pk}/screening/", hurt_but_no_date),
                error("planned activity", f"/patients/{patient}/activities/new/"),
                error("booking, no site", f"/patients/{patient}/book/?kind=injection&second=", nothing),
                error("booking, date", booking(given, patient, "when/", from_on="9999-12-31"), nothing),
                error("booking, another time", booking(given, patient, "when/", on="", at=""), nothing),
                error("too soon, no reason", booking(given, given.too_soon.pk, "check/", SOON, "17:00"), hold),
                error("move", f"/appointments/{visit}/move/", no_time),
                error("cancel", f"/appointments/{visit}/cancel/"),
                error("link", f"/appointments/{visit}/link/"),
                error("phone task", f"/messages/{given.phone_task.pk}/"),
                State("message that failed", f"/messages/{given.failed.pk}/", "there is no such mailbox"),
                State("messages that failed", "/messages/?status=failed", "Robin Birch"),
            ],
            one_in=8,
        ),
        subtests,
    )


def nothing(desk: Desk) -> None:
    """The address alone brings it about."""


def hurt_but_no_date(desk: Desk) -> None:
    desk.fill(injury_on="the day after")
    desk.press("Save the answers")


def hold(desk: Desk) -> None:
    desk.press("Hold the time and ask a radiologist")


@pytest.mark.full_trial(one_in=3)
def test_reception_sees_what_is_too_soon_lost_or_waiting(
    given: Filled, sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    assert given.too_soon
    assert given.unknown
    soon, unknown = given.too_soon.pk, given.unknown.pk
    visit = {name: f"/appointments/{given.number(name)}/" for name in given.visits}
    look(
        sit("reception"),
        share.of(
            [
                State("too soon: dates", booking(given, soon, "when/", from_on="2026-03-10"), "not possible"),
                State("too soon: check", booking(given, soon, "check/", SOON, "17:00"), "This time is not possible"),
                State("too soon: patient", f"/patients/{soon}/", "Record of injections"),
                State("unknown: patient", f"/patients/{unknown}/", "Nothing is booked"),
                State("unknown: what", booking(given, unknown, ""), "Not asked yet"),
                State("unknown: check", booking(given, unknown, "check/", LATER, "13:20"), "What the patient"),
                State(
                    "moved too soon", visit["override"] + "move/", "Nothing was moved", move_to("2026-03-11", "12:20")
                ),
                State(
                    "time lost",
                    booking(given, given.patient("cancelled"), "check/", SOON),
                    "Nothing is lost: choose another time",
                ),
                State("same person?", "/patients/new/", "Is it one of these people?", register_twin),
                State(
                    "same injection?",
                    f"/patients/{given.patient('booked')}/injections/new/",
                    "Is it one of these?",
                    again,
                ),
                State("waiting for review", visit["review"], "waiting for review"),
                State("waiting for override", visit["override"], "She cannot sit at all any more."),
                State("waiting for answers", visit["answers"], "waiting for answers"),
                State("cancelled", visit["cancelled"], "cancelled"),
                State("missed", visit["missed"], "missed"),
                State("treated", visit["treated"], "completed"),
                State("arrived", visit["arrived"], "arrived"),
                State("without an outcome", visit["open"], "Did not come"),
                State("to be moved", visit["displaced"], "booked"),
                State("found", "/patients/", "found", search("robin")),
                State("nobody found", "/patients/", "Nobody found", search("zzzz")),
                State("cancelled of a day", f"/calendar/?day={LATER}", "2 cancelled"),
                State("a closed day", "/calendar/day/?day=2026-03-12", "by practitioner"),
                State("an empty day", "/calendar/?day=2026-03-29", "Nothing is booked on this day."),
                *(
                    State(f"messages {tab}", f"/messages/?status={tab}", "Messages")
                    for tab in ("sent", "failed", "queued")
                ),
            ],
            one_in=8,
        ),
        subtests,
    )


def no_time(desk: Desk) -> None:
    """Ask for a time without saying which."""
    desk.open("Another time")
    desk.press("Check this time")


def move_to(day: str, at: str) -> Steps:
    def steps(desk: Desk) -> None:
        desk.open("Another time")
        desk.fill(on=day, at=at)
        desk.press("Check this time")
        desk.choose(tell="no")
        desk.press("Move the visit")

    return steps


def search(text: str) -> Steps:
    def steps(desk: Desk) -> None:
        desk.fill(text=text)
        desk.press("Search")

    return steps


def again(desk: Desk) -> None:
    desk.choose(site="ischiogluteal-bursa", side="left", steroid="yes", origin="elsewhere")
    desk.fill(given="February 2024")
    desk.press("Save the injection")


def register_twin(desk: Desk) -> None:
    desk.fill(given_name="Robin", family_name="Birch", date_of_birth="1 5 1980")
    desk.press("Register")


@pytest.mark.full_trial(one_in=3)
def test_radiologists_see_errors_and_what_stops_them(
    given: Filled, sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    patient, arrived = given.patient("booked"), f"/appointments/{given.number('arrived')}/procedure/"
    assert given.call
    record = f"/injections/{given.injection}/"
    look(
        sit("radiologist"),
        share.of(
            [
                error("report", f"/patients/{patient}/reports/new/"),
                error("correct a report", f"/reports/{given.report}/correct/"),
                error("withdraw a report", f"/reports/{given.report}/withdraw/"),
                error("correct an own injection", f"/injections/{given.own}/correct/"),
                error("withdraw an own injection", f"/injections/{given.own}/withdraw/"),
                State("changed by reception", "/reviews/", "Changed by reception, for you to look at"),
                error("decision", f"/reviews/{given.number('review')}/"),
                error("correct", record + "correct/"),
                error("call", f"/calls/{given.call.pk}/"),
                error("identity", arrived + "identity/"),
                error("checks", arrived + "checks/"),
                error("injection", arrived + "injection/"),
                error("cannot go ahead", arrived + "cannot/"),
                State("decided already", f"/reviews/{given.number('booked')}/", "does not wait for a decision"),
                State(
                    "procedure of a cancelled visit",
                    f"/appointments/{given.number('cancelled')}/procedure/identity/",
                    "This procedure cannot start now",
                ),
                State("queue by waiting", "/reviews/?order=waiting", "longest waiting"),
                error("statistics", "/statistics/appointments/?from=2026-03-02&to=2026-01-01", nothing),
            ],
            one_in=8,
        ),
        subtests,
    )


@pytest.mark.full_trial(one_in=3)
def test_managers_see_errors_and_what_a_change_would_hit(
    given: Filled, sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    clinic, visit = given.house.clinic, given.number("booked")
    merging = f"/patients/{given.patient('booked')}/merge/"
    look(
        sit("manager"),
        share.of(
            [
                error("invite", "/clinic/staff/new/"),
                error("member", f"/clinic/staff/{clinic.users['reception'].pk}/"),
                error("practitioner", "/clinic/practitioners/new/"),
                error("room", "/clinic/rooms/new/"),
                error("session", "/clinic/schedules/new/"),
                error("extra session", "/clinic/schedules/extra/"),
                error("closure", "/clinic/closures/new/"),
                error("entered in error", f"/appointments/{visit}/entered-in-error/"),
                error("audit", "/audit/?patient=nobody", nothing),
                State("merge: nothing typed", merging, "Enter the name", lambda desk: desk.press("Search")),
                State("merge: found", merging, "found", search("robin")),
                State("merge: two records", f"{merging}?with={given.patient('cancelled')}", "belong to one person?"),
                error("merge", f"{merging}?with={given.patient('cancelled')}"),
                State(
                    "merge: visits overlap",
                    f"{merging}?with={given.patient('beside')}",
                    "Nothing has been merged.",
                    merge,
                ),
                error("possible duplicate: two people", f"/duplicates/{given.duplicate}/"),
                error("merge taken back", f"/patients/{given.merged}/unmerge/"),
                State("audit as a file, being written", "/audit/export/", "entries are written"),
                State("closure that hits", "/clinic/closures/new/", "would lose", close_the_week),
                State("closures that are over", "/clinic/closures/?show=past", "No closure is over yet."),
                State("sessions that ended", "/clinic/schedules/?show=ended", "No session has ended yet."),
                State("audit without entries", "/audit/?from=2020-01-01&to=2020-01-02", "No entry matches."),
                State(
                    "statistics of nothing", "/statistics/appointments/?from=2020-01-06&to=2020-02-02", "Nothing was"
                ),
            ],
            one_in=8,
        ),
        subtests,
    )


def merge(desk: Desk) -> None:
    for name in ("keep", "keep_family_name", "keep_email"):
        desk.main.locator(f"input[name={name}]").first.check()
    desk.main.locator("input[name=same_person]").check()
    desk.press("Merge the records")


def close_the_week(desk: Desk) -> None:
    desk.pick(what="The whole clinic")
    desk.fill(from_on="2026-03-09", to_on="2026-03-15")
    desk.press("Save")


@pytest.mark.full_trial(one_in=3)
def test_errors_of_ones_own_account_and_pages_that_are_none(sit: Sits, subtests: pytest.Subtests) -> None:
    look(
        sit("reception"),
        [
            error("password", "/account/password/"),
            State("not found", "/nowhere/", "Page not found"),
            State("not for reception", "/audit/", "You cannot see this page"),
            State("signing out", "/account/sign-out/", "Do you want to sign out?"),
            State("not understood", "/?text=%00", "could not be understood"),
        ],
        subtests,
    )
    look(sit(""), [error("sign-in", "/account/sign-in/", wrong_password)], subtests)


@pytest.mark.full_trial
def test_whose_session_has_ended_signs_in_and_comes_back(
    given: Filled, house: House, sit: Sits, subtests: pytest.Subtests
) -> None:
    """To the page they were on, also where a part of it was asked for."""
    sign_in = partial(sign_in_with, house)
    look(
        sit("reception"),
        [
            State("session ended", "/calendar/week/", "Sign in", forget_session),
            State("session ended, signed in again", "/calendar/week/", "Week from", sign_in),
            State("session ended in a search", "/patients/", "Sign in", search_without_session),
            State("session ended in a search, back", "/patients/", "Find a patient", sign_in),
        ],
        subtests,
    )


def forget_session(desk: Desk) -> None:
    desk.page.context.clear_cookies()
    desk.page.reload()


def search_without_session(desk: Desk) -> None:
    desk.fill(text="robin")
    desk.page.context.clear_cookies(name=settings.SESSION_COOKIE_NAME)
    desk.press("Search")
    desk.page.wait_for_url("**/account/sign-in/?next=/patients/")


def sign_in_with(house: House, desk: Desk) -> None:
    desk.page.get_by_label("Email address").fill("reception@clinic.example")
    desk.page.get_by_label("Password").fill(PASSWORD)
    desk.press("Sign in")
    desk.fill(code=house.codes["reception@clinic.example"].pop())
    desk.press("Sign in")


def wrong_password(desk: Desk) -> None:
    desk.page.get_by_label("Email address").fill("reception@clinic.example")
    desk.page.get_by_label("Password").fill(PASSWORD + "?")
    desk.press("Sign in")


@pytest.mark.full_trial(one_in=3)
def test_patients_see_errors_and_how_their_visit_stands(
    given: Filled, sit: Sits, share: Share, subtests: pytest.Subtests
) -> None:
    link = {name: f"/p/{token}/" for name, token in given.tokens.items()}
    desk = sit("")
    states = [
        error("door", link["booked"], lambda desk: desk.press("Open my page")),
        State("forged", "/p/1-1:forged/", "This link"),
        State("replaced", link["missed"], "link"),
        State("closed after too many tries", link["expected"], "We cannot open your page now", guess),
        State("closed until tomorrow", link["expected"], "We cannot open your page now"),
        State("booked", link["booked"], "I am coming", unlock),
        error("time not chosen", link["booked"] + "change/", lambda desk: desk.press("Choose this time")),
        error("questions", link["booked"] + "questions/", lambda desk: desk.press("Send my answers")),
        State("waiting for review", link["review"], "appointment", unlock),
        State("waiting for answers", link["answers"], "questions", unlock),
        State("cancelled", link["cancelled"], "This appointment is cancelled", unlock),
        State("after the visit", link["treated"], "After your visit", unlock),
        State("how it goes", link["treated"] + "recovery/", "pain"),
        error("how it goes", link["treated"] + "recovery/", lambda desk: desk.press("Send my answers")),
        State("alarm", link["answers"] + "questions/", "Call 999 or go to A&E now", alarm),
        State("warning signs", link["treated"] + "recovery/", "Call 999 or go to A&E now", warn),
    ]
    look(desk, states, subtests, share.of(states, one_in=8))


def unlock(desk: Desk) -> None:
    desk.page.get_by_label("Your date of birth").fill(BORN)
    desk.press("Open my page")


def guess(desk: Desk) -> None:
    for _ in range(MOST_TRIES):
        desk.page.get_by_label("Your date of birth").fill("2 5 1980")
        desk.press("Open my page")


def alarm(desk: Desk) -> None:
    desk.choose(saddle_or_bladder="yes")
    desk.press("Send my answers")


def warn(desk: Desk) -> None:
    desk.page.get_by_label("Swelling of one calf or leg").check()
    desk.press("Send my answers")

"""A clinic's morning at a desk, in a consulting room, at a programme of others and behind a patient's link.

One home for who does what how often: the trial of an hour (R21) plays it with simple clients, the measurement of how
many desks a machine carries (`bench/load`) with locust. Whoever plays a person says how a request is sent (`Send`), and
the person chooses what to ask for next from what the pages show, as people do.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from html import unescape
from random import Random
from typing import Any, ClassVar, Final
from urllib.parse import quote_plus, urlencode

from tests.filled_form import fields_of

WEEKS_AHEAD: Final = 12
"""How far ahead of today people look at days, and programmes book."""
ANSWERED: Final = frozenset({200, 201, 409, 422})
"""With a page or a body; or refused for a reason that is said: others were quicker, or a rule forbids it."""
_TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')
_TIME = re.compile(r'name="time" value="([^"]+)"')
_INTENT = re.compile(r'name="intent" value="(book|override)"')
_VISIT = re.compile(r"/appointments/(\d+)/")
_PATIENT = re.compile(r'href="/patients/(\d+)/"')
_CASE = re.compile(r'action="/reviews/(\d+)/open/"')
_OUTCOME = re.compile(r'<input[^>]*name="outcome"[^>]*>')
_WHY = re.compile(r'name="reason_code" value="([^"]+)"')


@dataclass(frozen=True)
class Wanted:
    """A request; `name` is what it is counted under, `body` what a form or a programme sends."""

    name: str
    path: str
    body: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_read(self) -> bool:
        return self.body is None


@dataclass(frozen=True)
class Got:
    """The answer after all redirects, and where it stands."""

    status: int
    text: str
    path: str = ""


Send = Callable[[Wanted], Got]
"""Sends a request with the cookies of one browser."""


@dataclass(frozen=True)
class World:
    """What people of a morning know: whom they may ask for, and what day it is at the clinic."""

    today: date
    patients: tuple[int, ...]
    names: tuple[str, ...]
    people: tuple[tuple[int, int], ...]
    """Practitioner and room of each radiologist, and last of the physiotherapist."""
    links: tuple[tuple[str, str], ...]
    """Of patients with a visit to come: the signed part of the link, and the date of birth as they type it."""


class Person:
    """Somebody who does one thing after the other; `deeds` says how often each, relative to the others."""

    deeds: ClassVar[dict[str, float]]

    def __init__(self, world: World, send: Send, rng: Random) -> None:
        self.world, self._send, self.rng = world, send, rng
        self.visits: list[str] = []
        self.patients: list[str] = []

    def do(self) -> str:
        """One of the deeds; its name."""
        [name] = self.rng.choices(list(self.deeds), list(self.deeds.values()))
        getattr(self, name)()
        return name

    def get(self, name: str, path: str, **query: object) -> Got:
        return self._send(Wanted(name, f"{path}?{urlencode(query)}" if query else path))

    def post(self, name: str, path: str, page: Got, fields: Mapping[str, Any] | None = None) -> Got:
        """Send a form of this page."""
        token = _TOKEN.search(page.text)
        sent = {**(fields or {}), "csrfmiddlewaretoken": token[1] if token else ""}
        headers = {"Content-Type": "application/x-www-form-urlencoded"}
        return self._send(Wanted(name, path, urlencode(sent, doseq=True).encode(), headers))

    def sign_in(self, email: str, password: str, code: Callable[[], str]) -> None:
        """By the pages: the password, then what the app shows. Raises: AssertionError where that does not lead Home."""
        page = self.get("sign in", "/account/sign-in/")
        page = self.post("sign in", "/account/sign-in/", page, {"login": email, "password": password})
        if "/authenticate/" in page.path:
            page = self.post("second factor", page.path, page, {"code": code()})
        assert page.status == 200, (page.status, page.path)
        assert page.path.startswith("/?") or page.path == "/", page.path

    def a_patient(self) -> str:
        """One who was just looked for, or anybody."""
        return self.rng.choice(self.patients or [str(one) for one in self.world.patients])

    def a_day(self) -> date:
        """Mostly today, else one of the next weeks."""
        ahead = self.rng.choice([0, 0, 0, 1, 2, 7, self.rng.randrange(7 * WEEKS_AHEAD)])
        return self.world.today + timedelta(days=ahead)

    # -- Looking: the same for everybody of the clinic --------------------------------------------------------------

    def home(self) -> None:
        self.get("Home", "/")

    def day(self) -> None:
        found = self.get("day", "/calendar/day/", day=self.a_day())
        self.visits = _VISIT.findall(found.text) or self.visits

    def week(self) -> None:
        found = self.get("week", "/calendar/week/", day=self.a_day())
        self.visits = _VISIT.findall(found.text) or self.visits

    def search(self) -> None:
        name = self.rng.choice(self.world.names)
        found = self.get("search", f"/patients/?q={quote_plus(name)}")
        self.patients = _PATIENT.findall(found.text)

    def patient(self) -> None:
        self.get("patient", f"/patients/{self.a_patient()}/")

    def visit(self) -> Got | None:
        """Its page, if a day was looked at that has any."""
        if not self.visits:
            return None
        self._chosen = self.rng.choice(self.visits)
        return self.get("visit", f"/appointments/{self._chosen}/")


class Desk(Person):
    """Reception: the telephone rings, patients come in, lists are worked off."""

    deeds: ClassVar = {
        "home": 6,
        "day": 18,
        "week": 6,
        "search": 10,
        "patient": 10,
        "visit": 8,
        "free_times": 5,
        "calls": 2,
        "messages": 2,
        "waiting_list": 2,
        "arrive": 6,
        "book": 6,
        "move": 3,
        "cancel": 2,
        "take_back": 1,
    }
    kinds: ClassVar = (
        "kind=follow-up",
        "kind=follow-up",
        "kind=physiotherapy",
        "kind=injection&site=hamstring-origin&side=left",
    )

    def calls(self) -> None:
        self.get("calls", "/calls/")

    def messages(self) -> None:
        self.get("messages", "/messages/")

    def waiting_list(self) -> None:
        self.get("waiting list", "/waiting-list/")

    def free_times(self) -> Got:
        self._when = f"/patients/{self.a_patient()}/book/when/?{self.rng.choice(self.kinds)}"
        if self.rng.random() < 0.3:
            later = self.world.today + timedelta(days=self.rng.randrange(7, 7 * WEEKS_AHEAD))
            self._when += f"&from_on={later}"
        return self.get("free times", self._when)

    def book(self) -> None:
        """A time that is offered is held, and booked if the check allows it, or sent to a radiologist."""
        found = self.free_times()
        if times := _TIME.findall(found.text):
            check = self.post("hold", self._when, found, {"time": unescape(self.rng.choice(times))})
            if intent := _INTENT.search(check.text):
                why = "Asked for by the surgeon." if intent[1] == "override" else ""
                self.post("book", check.path, check, {"intent": intent[1], "note": "", "override_reason": why})

    def arrive(self) -> None:
        """Somebody of today comes in; a mistake of it is taken back at once, now and then."""
        self.visits = _VISIT.findall(self.get("day", "/calendar/day/", day=self.world.today).text)
        shown = self.visit()
        if shown is not None and f"/appointments/{self._chosen}/arrive/" in shown.text:
            self.post("arrive", f"/appointments/{self._chosen}/arrive/", shown)
            if self.rng.random() < 0.5:
                self._undo()

    def move(self) -> None:
        """To a time that is offered; the patient is told."""
        if not self.visits:
            return
        path = f"/appointments/{self.rng.choice(self.visits)}/move/"
        found = self.get("move: free times", path)
        if not (times := _TIME.findall(found.text)):
            return
        code = unescape(self.rng.choice(times))
        chosen = self.post("hold", path, found, {"time": code})
        if 'name="revision"' in chosen.text:
            _, who, where = code.split("/")
            fields = fields_of(chosen.text, "revision")
            self.post("move", chosen.path, chosen, {**fields, "who": who, "where": where, "tell": "yes"})

    def cancel(self) -> None:
        if not self.visits:
            return
        path = f"/appointments/{self.rng.choice(self.visits)}/cancel/"
        found = self.get("cancel: page", path)
        if reasons := _WHY.findall(found.text):
            said = {"reason_code": self.rng.choice(reasons), "reason": "Ill.", "tell": "yes"}
            self.post("cancel", path, found, {**fields_of(found.text, "revision"), **said})

    def take_back(self) -> None:
        if self.visit() is not None:
            self._undo()

    def _undo(self) -> None:
        path = f"/appointments/{self._chosen}/undo/"
        found = self.get("undo: page", path)
        if "Undo it" in found.text:
            self.post("undo", path, found, {"tell": "yes"})


class Radiologist(Person):
    """Reads the day's list and the records behind it, and decides what waits."""

    deeds: ClassVar = {
        "home": 4,
        "my_list": 14,
        "day": 8,
        "week": 3,
        "patient": 10,
        "visit": 10,
        "search": 3,
        "queue": 6,
        "decide": 6,
    }

    def my_list(self) -> None:
        found = self.get("my list", "/my-list/")
        self.visits = _VISIT.findall(found.text) or self.visits

    def queue(self) -> Got:
        return self.get("queue", "/reviews/")

    def decide(self) -> None:
        """A case of the queue is opened, read and decided, with one of the outcomes that can be chosen."""
        queue = self.queue()
        if not (cases := _CASE.findall(queue.text)):
            return
        pk = self.rng.choice(cases)
        case = self.post("open a case", f"/reviews/{pk}/open/", queue, {"take_over": "1"})
        if 'name="revision"' not in case.text:
            return
        open_ones = [tag for tag in _OUTCOME.findall(case.text) if "disabled" not in tag]
        outcomes = [one[1] for tag in open_ones if (one := re.search(r'value="([^"]+)"', tag))]
        chosen = self.rng.choice([one for one in outcomes if one in ("approve", "decline", "delay", "ask")] or [""])
        said = {"outcome": chosen, "reason": "Discussed with the patient.", **self._back_on()}
        self.post("decide", f"/reviews/{pk}/", case, {**fields_of(case.text, "revision"), **said})

    def _back_on(self) -> dict[str, object]:
        day = self.world.today + timedelta(days=30)
        return {"delay_until": f"{day.day} {day.month} {day.year}"}


class Programme(Person):
    """Another system of the house, by the API, with a token of its own."""

    deeds: ClassVar = {
        "days_list": 10,
        "record": 10,
        "timeline": 6,
        "slots": 8,
        "reviews": 3,
        "book": 5,
        "move": 2,
        "cancel": 1,
    }
    token: str = ""

    def ask(self, name: str, path: str, body: object = None) -> Any:
        """What the API says; None where it refused."""
        sent = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": "application/json"}
        found = self._send(Wanted(f"API: {name}", f"/api/v1/{path}", sent, headers))
        return json.loads(found.text) if found.status in (200, 201) else None

    def days_list(self) -> None:
        day = self.a_day()
        found = self.ask("appointments", f"appointments/?from={day}&to={day}")
        self.visits = [str(one["id"]) for one in (found or {}).get("results", ()) if one["status"] == "booked"]

    def record(self) -> None:
        self.ask("patient", f"patients/{self.a_patient()}/")

    def timeline(self) -> None:
        self.ask("timeline", f"patients/{self.a_patient()}/timeline/")

    def reviews(self) -> None:
        self.ask("reviews", "reviews/?status=open")

    def slots(self) -> list[dict[str, Any]]:
        first = self.world.today + timedelta(days=self.rng.randrange(7 * WEEKS_AHEAD))
        asked = {"kind": "follow-up", "from": first, "to": first + timedelta(days=6), "limit": 20}
        found = self.ask("slots", f"slots/?{urlencode(asked)}")
        times: list[dict[str, Any]] = found if isinstance(found, list) else (found or {}).get("results", [])
        return times

    def book(self) -> None:
        if times := self.slots():
            place = self._place_of(self.rng.choice(times))
            self.ask("book", "appointments/", {"patient": self.a_patient(), "kind": "follow-up", **place})

    def move(self) -> None:
        if self.visits and (times := self.slots()):
            place = self._place_of(self.rng.choice(times))
            self.ask("move", f"appointments/{self.rng.choice(self.visits)}/move/", place)

    def cancel(self) -> None:
        if self.visits:
            self.ask("cancel", f"appointments/{self.rng.choice(self.visits)}/cancel/", {"reason": "Ill."})

    @staticmethod
    def _place_of(time: Mapping[str, Any]) -> dict[str, Any]:
        return {name: time[name] for name in ("start", "practitioner", "room")}


class Patient(Person):
    """Comes by the link of a mail, each time in a browser that knows nothing of it yet."""

    deeds: ClassVar = {"look": 5, "confirm": 3, "answer": 3, "calendar": 1}

    def _open(self) -> tuple[str, Got]:
        token, born_on = self.rng.choice(self.world.links)
        path = f"/p/{token}/"
        door = self.get("link: door", path)
        day, month, year = born_on.split()
        typed = {"born_on": born_on, "born_on_0": day, "born_on_1": month, "born_on_2": year, "to": ""}
        return path, self.post("link: date of birth", f"{path}open/", door, typed)

    def look(self) -> None:
        self._open()

    def confirm(self) -> None:
        path, page = self._open()
        if f"{path}confirm/" in page.text:
            self.post("link: confirm", f"{path}confirm/", page)

    def answer(self) -> None:
        """The questions before an injection; known answers are read again and confirmed."""
        path, page = self._open()
        if f"{path}questions/" in page.text:
            asked = self.get("link: questions", f"{path}questions/")
            if 'name="onset"' in asked.text:
                fields = fields_of(asked.text, "onset")
                self.post("link: answers", f"{path}questions/", asked, {**fields, "confirmed": "on"})

    def calendar(self) -> None:
        path, page = self._open()
        if f"{path}appointment.ics" in page.text:
            self.get("link: calendar", f"{path}appointment.ics")


class Manager(Person):
    """Looks at how the clinic does, and at who did what."""

    deeds: ClassVar = {"home": 2, "audit": 4, "staff": 1, "statistics": 2, "week": 3, "messages": 1}

    def audit(self) -> None:
        self.get("audit", "/audit/")

    def staff(self) -> None:
        self.get("staff", "/clinic/staff/")

    def statistics(self) -> None:
        self.get("statistics", "/statistics/")

    def messages(self) -> None:
        self.get("messages", "/messages/")


MORNING: Final[dict[type[Person], int]] = {Desk: 11, Radiologist: 4, Manager: 1, Programme: 2, Patient: 2}
"""Of 20 people so many are of each kind."""

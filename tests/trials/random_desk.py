"""Clients who do at random what the staff of a clinic do, over HTTP, and keep a list of what they were promised.

Whoever gets no answer, or a 503, asks again with the same Idempotency-Key until there is one. What each client does is
decided by its seed; what it is told depends on the others as well.
"""

from __future__ import annotations

import http.client
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from pht_clinic import clock
from tests.before_needle import BEFORE_NEEDLE
from tests.clinic import FIT, LONDON, Clinic
from tests.trials.staging import Answer, Web

CUT = (ConnectionError, http.client.HTTPException, TimeoutError)
PATIENCE_SECONDS = 90
REFUSALS = frozenset({403, 404, 409, 422})
KINDS = ("injection",) * 5 + ("scan-and-injection", "physiotherapy", "physiotherapy", "exercise-class", "follow-up")
SITES = ("hamstring-origin",) * 5 + ("ischiogluteal-bursa", "trochanteric-bursa", "hip-joint")
ELSEWHERE = ("ischiogluteal-bursa", "hamstring-origin", "trochanteric-bursa", "other-site")
IT = "ischial-tuberosity"
LOADING = ("physiotherapy", "exercise-class")
HORIZON_DAYS = (0, 1, 2, 2, 4, 7, 14, 30, 60, 95, 100, 125, 130)


@dataclass(frozen=True)
class Promise:
    """What a client asked for, and the answer it got in the end; None when it never got one."""

    verb: str
    path: str
    status: int | None
    body: Any


@dataclass
class Ledger:
    """What all clients were promised, and what they know of the appointments; safe for threads."""

    promises: list[Promise] = field(default_factory=list)
    cut: int = 0
    busy: int = 0
    appointments: dict[str, dict[str, Any]] = field(default_factory=dict)
    records: dict[str, list[str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, promise: Promise) -> None:
        with self.lock:
            self.promises.append(promise)
            shown = promise.body if isinstance(promise.body, dict) else {}
            shown = shown.get("appointment") if isinstance(shown.get("appointment"), dict) else shown
            if promise.status in (200, 201) and {"revision", "status"} <= shown.keys():
                self.appointments[shown["id"]] = shown
            elif promise.status in (200, 201) and "id" in shown:
                self.records.setdefault(promise.verb, []).append(shown["id"])

    def kept(self, *verbs: str) -> list[Promise]:
        """The promises of these verbs that were made good at once: acknowledged with a 2xx."""
        return [one for one in self.promises if one.verb in verbs and one.status in (200, 201)]

    def known(self, *statuses: str) -> list[dict[str, Any]]:
        """The appointments that were in one of these states when last heard of; all of them without a state."""
        with self.lock:
            return [one for one in self.appointments.values() if not statuses or one["status"] in statuses]

    def an_appointment(self, rng: Random, *statuses: str) -> dict[str, Any] | None:
        """One of those."""
        known = self.known(*statuses)
        return rng.choice(known) if known else None

    def in_words(self) -> str:
        told = Counter(one.status for one in self.promises)
        done = Counter(one.verb for one in self.promises if one.status in (200, 201))
        return f"{len(self.promises)} operations {dict(told)}, {self.cut} cut, {self.busy} times 503; done {dict(done)}"


@dataclass
class Client:
    """One of the staff; `tokens` by the name of the user."""

    name: str
    rng: Random
    web: Web
    clinic: Clinic
    tokens: dict[str, str]
    patients: list[str]
    people: list[tuple[str, str]]
    ledger: Ledger
    number: int = 0
    last_path: str = ""

    def work(self, stop: Callable[[], bool]) -> None:
        """One thing after the other until told to stop."""
        names, weights = zip(*DEEDS.items(), strict=True)
        while not stop():
            [name] = self.rng.choices(names, weights)
            getattr(self, name)()

    def ask(self, verb: str, path: str, body: Any, *, by: str = "reception", method: str = "POST") -> Answer | None:
        """Ask until there is an answer, and note it."""
        self.number, self.last_path = self.number + 1, path
        headers = {"Idempotency-Key": f"{self.name}-{self.number}"}
        answer, give_up_at = None, time.monotonic() + PATIENCE_SECONDS
        while time.monotonic() < give_up_at:
            try:
                answer = self.web.send(method, f"/api/v1/{path}", body, token=self.tokens[by], headers=headers)
            except CUT:
                self.ledger.cut += 1
                time.sleep(0.1)
                continue
            if answer.status != 503:
                break
            self.ledger.busy += 1
            answer = None
            time.sleep(0.2)
        self.ledger.note(Promise(verb, path, answer and answer.status, answer.body if answer else None))
        return answer

    def listed(self, path: str) -> list[dict[str, Any]]:
        """A page of a list, as the radiologist sees it; empty while nobody answers."""
        try:
            answer = self.web.send("GET", f"/api/v1/{path}", token=self.tokens["radiologist"])
        except CUT:
            return []
        found: list[dict[str, Any]] = answer.body["results"] if answer.status == 200 else []
        return found

    def a_start(self) -> str:
        """A time on the grid, on one of a few days, so that others want it too."""
        day = (clock.now() + timedelta(days=self.rng.choice(HORIZON_DAYS))).astimezone(LONDON)
        minutes = 10 * self.rng.randrange(60)
        at = day.replace(hour=8 + minutes // 60, minute=minutes % 60, second=0, microsecond=0)
        return datetime.fromisoformat(at.isoformat()).isoformat()

    # -- The diary ----------------------------------------------------------------------------------------

    def book(self) -> None:
        kind = self.rng.choice(KINDS)
        practitioner, room = self.people[-1] if kind in LOADING else self.rng.choice(self.people[:-1])
        ask = {
            "patient": self.rng.choice(self.patients),
            "kind": kind,
            "start": self.a_start(),
            "practitioner": practitioner,
            "room": room,
        }
        if kind in ("injection", "scan-and-injection"):
            ask |= {"site": self.rng.choice(SITES), "side": self.rng.choice(["left", "left", "left", "right"])}
            if self.rng.random() < 0.4:
                ask["override_reason"] = "Asked for by the surgeon."
        self.ask("book", "appointments/", ask, by=self.rng.choice(["reception", "reception", "radiologist2"]))

    def move(self) -> None:
        if one := self.ledger.an_appointment(self.rng, "booked", "pending"):
            body: dict[str, Any] = {"start": self.a_start()}
            if self.rng.random() < 0.5:
                body["revision"] = one["revision"]
            if self.rng.random() < 0.4:
                body["override_reason"] = "The patient is away."
            self.ask("move", f"appointments/{one['id']}/move/", body)

    def cancel(self) -> None:
        if one := self.ledger.an_appointment(self.rng, "booked", "pending"):
            self.ask("cancel", f"appointments/{one['id']}/cancel/", {"reason": "Ill."})

    def undo(self) -> None:
        if one := self.ledger.an_appointment(self.rng, "booked", "pending", "arrived", "cancelled", "noshow"):
            self.ask("undo", f"appointments/{one['id']}/undo/", {})

    def change_and_undo(self) -> None:
        """Something is done and at once taken back."""
        self.rng.choice([self.move, self.cancel, self.arrive])()
        _, pk, _ = f"{self.last_path}//".split("/", 2)
        if self.last_path.startswith("appointments/") and pk:
            self.ask("undo", f"appointments/{pk}/undo/", {})

    def arrive(self) -> None:
        if one := self.ledger.an_appointment(self.rng, "booked"):
            self.ask("arrive", f"appointments/{one['id']}/arrive/", {})

    def miss(self) -> None:
        """One that has begun, if there is one."""
        booked = self.ledger.known("booked")
        begun = [one for one in booked if datetime.fromisoformat(one["start"]) <= clock.now()]
        if one := self.rng.choice(begun or booked or [None]):
            self.ask("no-show", f"appointments/{one['id']}/no-show/", {})

    def enter_in_error(self) -> None:
        if one := self.ledger.an_appointment(self.rng):
            path = f"appointments/{one['id']}/entered-in-error/"
            self.ask("enter-in-error", path, {"reason": "Another patient's."}, by="manager")

    def decide(self) -> None:
        waiting = self.listed("reviews/?status=open&page_size=50")
        if not waiting:
            return
        pk = self.rng.choice(waiting)["appointment"]
        outcome = self.rng.choice(["approve", "override", "override", "override", "delay", "decline", "ask"])
        body = {"outcome": outcome, "reason": "Discussed with the patient."}
        if outcome == "override":
            body["reason_code"] = "no-alternative"
        if outcome == "delay":
            body["delay_until"] = f"{clock.today() + timedelta(days=20)}"
        self.ask("decide", f"appointments/{pk}/decision/", body, by="radiologist")

    def treat(self) -> None:
        """Record what was done at a visit: of one who has arrived, at its end, which is now."""
        one = self.ledger.an_appointment(self.rng, "arrived")
        if one is None or one["site"] is None:
            return
        started_at, ended_at = clock.now() - timedelta(minutes=8), clock.now() - timedelta(minutes=1)
        body = {
            "result": self.rng.choice(["given", "given", "part-given", "not-given"]),
            "reason": "As decided.",
            "started_at": started_at.isoformat(),
            "ended_at": ended_at.isoformat(),
            "drug": "methylprednisolone",
            "steroid": True,
            "dose_mg": 40,
            "strength_mg_ml": 40,
            "volume_ml": 1,
            "batch": "B1",
            "reason_code": "no-alternative",
            "checked_today": dict.fromkeys(BEFORE_NEEDLE, True),
            "consent": {"explained": True, "questions_answered": True},
            "complications": "Faint." if self.rng.random() < 0.1 else "",
        }
        self.ask("treat", f"appointments/{one['id']}/procedure/", body, by="radiologist")

    # -- Facts --------------------------------------------------------------------------------------------

    def of_patient(self, what: str) -> str:
        return f"patients/{self.rng.choice(self.patients)}/{what}/"

    def record_injection(self) -> None:
        day = f"{clock.today() - timedelta(days=self.rng.randrange(20, 500))}"
        body = {
            "site": self.rng.choice(ELSEWHERE),
            "side": self.rng.choice(["left", "right", "unknown"]),
            "given": self.rng.choice([day, day[:7], day[:4]]),
            "steroid": self.rng.choice([True, None, False]),
            "origin": "elsewhere",
        }
        self.ask("injection", self.of_patient("injections"), body)

    def correct_injection(self) -> None:
        if known := self.ledger.records.get("injection"):
            day = f"{clock.today() - timedelta(days=self.rng.randrange(20, 500))}"
            body = {"reason": "A letter came.", "given": day}
            self.ask("correct", f"injections/{self.rng.choice(known)}/correct/", body)

    def withdraw_injection(self) -> None:
        if known := self.ledger.records.get("injection"):
            path = f"injections/{self.rng.choice(known)}/withdraw/"
            self.ask("withdraw", path, {"reason": "Another patient's."})

    def answer(self) -> None:
        self.rng.choice([self.answer_all, self.answer_some])()

    def answer_some(self) -> None:
        """One or two of them, of either side, now or on paper some days ago."""
        given = clock.now() - timedelta(days=self.rng.choice([0, 0, 1, 5, 20]))
        answers = {one: self.rng.choice(["no", "yes", "not-sure"]) for one in self.rng.sample(list(FIT), 2)}
        body = {"area": IT, "side": self.rng.choice(["left", "right"]), "answers": answers}
        self.ask("screening", self.of_patient("screening"), {**body, "answered_at": given.isoformat()}, method="PATCH")

    def answer_all(self) -> None:
        changed = {
            question: self.rng.choice(["no", "no", "yes", "not-sure"]) for question in self.rng.sample(list(FIT), 2)
        }
        body = {
            "area": IT,
            "side": "left",
            "answers": FIT | changed,
            "onset": "gradual",
            "main_pain_site": "sit-bone",
            "pain_side": "left",
        }
        self.ask("screening", self.of_patient("screening"), body, method="PUT")

    def set_pathway(self) -> None:
        body = {
            "area": IT,
            "side": "left",
            "specialist_assessment": self.rng.choice(["yes", "yes", "no"]),
            "physiotherapy": self.rng.choice(["completed", "completed", "ongoing"]),
            "response": "not-satisfactory",
            "indications": ["deep-buttock-pain"],
            "mild_and_improving": "no",
            "suspected_avulsion": "no",
        }
        self.ask("pathway", self.of_patient("pathway"), body, method="PUT")

    def add_report(self) -> None:
        body = {
            "modality": "ultrasound",
            "area": self.rng.choice([IT, "greater-trochanter"]),
            "side": "left",
            "performed_on": f"{clock.today() - timedelta(days=self.rng.randrange(60))}",
            "tendinopathy": "yes",
            "bursitis": "no",
            "tear": "none",
            "other_diagnosis": "none",
        }
        self.ask("report", self.of_patient("reports"), body, by="radiologist")

    def plan_activity(self) -> None:
        body = {"kind": self.rng.choice(["sport", "travel", "manual-work"]), "start": self.a_start()}
        self.ask("activity", self.of_patient("activities"), body)

    def withdraw_activity(self) -> None:
        if known := self.ledger.records.get("activity"):
            self.ask("no-activity", f"activities/{self.rng.choice(known)}/", None, method="DELETE")

    def correct_patient(self) -> None:
        body = {"phone": f"07700 900{self.rng.randrange(100, 1000)}"}
        self.ask("patient", f"patients/{self.rng.choice(self.patients)}/", body, method="PATCH")

    def close_call(self) -> None:
        if waiting := self.listed("calls/?page_size=50"):
            path = f"calls/{self.rng.choice(waiting)['id']}/close/"
            self.ask(
                "call",
                path,
                {"reached": "patient", "spoke_to": "The patient", "said": "All is well."},
                by="radiologist",
            )

    def merge(self) -> None:
        into = self.rng.choice(self.patients)
        self.ask("merge", self.of_patient("merge"), {"into": into}, by="manager")


DEEDS = {
    "book": 30,
    "move": 14,
    "cancel": 5,
    "undo": 4,
    "change_and_undo": 6,
    "arrive": 6,
    "miss": 3,
    "enter_in_error": 0.5,
    "decide": 16,
    "treat": 5,
    "record_injection": 2,
    "correct_injection": 1,
    "withdraw_injection": 1,
    "answer": 3,
    "set_pathway": 1,
    "add_report": 1,
    "plan_activity": 2,
    "withdraw_activity": 1,
    "correct_patient": 2,
    "close_call": 4,
    "merge": 0.2,
}
"""How often each is done, relative to the others."""

"""R24: whoever reads everything in the order in which it arrives believes what is true, and hears nothing twice.

Each history is one patient, who is reached by email, text message, letter or phone, with a random sequence of what a
desk does and what goes wrong on the way of a mail or text: the server refuses or hangs up, the worker dies before or
after it has handed one over. The reader goes by the words alone, and a letter is read when it is posted. A text message
that is too short to say it has them follow its link.
In one process: what dies is simulated at each step of the delivery; `test_r24_real_kills.py` kills real workers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from email import message_from_bytes, policy
from random import Random
from typing import Any

import pytest
from django.db import transaction
from django.db.models import Q

from injections.booking.cancel import cancel
from injections.booking.move import MoveRequest, move
from injections.booking.undo import undo
from injections.merging.merge import merge_patients
from injections.patient.identity import correct_patient
from injections.review.decide import DecisionRequest, decide
from injections.visit.arrival import arrive
from injections.visit.outcome import enter_in_error
from pht_clinic import clock
from pht_clinic.errors import Refusal
from pht_clinic.people.actors import PATIENT
from scheduling.clinic.closures import save_closure
from scheduling.messages import desk, drafts, plan, told, words
from scheduling.messages.channels import gateway
from scheduling.messages.render import Letter
from scheduling.messages.sending import claims, deliver, mailer
from scheduling.messages.told import Saying
from scheduling.messages.undelivered import posting
from scheduling.models import Appointment, Message, Patient
from tests.clinic import NOW, Clinic, local, open_clinic
from tests.trials.believing import Belief, Reader, says_a_time

HISTORIES, ALL_HISTORIES = 300, 10_000
AT_ONCE = 50
"""Histories of one test, so that several workers share them."""
MOST_DEEDS = 8
DAYS = ("2026-03-20", "2026-03-24", "2026-04-02")
HOURS = ("09:00", "14:00")
SENT_OVER_HTTP = Q(kind__in=[*plan.NEWS, *plan.REMINDERS])


class Died(BaseException):
    """The worker is gone, in the middle of what it did."""


@dataclass
class Office:
    """The mail on its way, and what goes wrong with it. `fault` is of the next mail."""

    reader: Reader
    truth: Callable[[int], Belief | None]
    now: datetime
    fault: str = ""
    is_dying: bool = False

    def deliver(self, sent: Sent, before_content: Callable[[], None]) -> None:
        fault, self.fault = self.fault, ""
        if fault == "unreachable":
            raise mailer.Unreachable("no server")
        if fault == "dies before":
            self._die()
        before_content()
        visit = sent.row.appointment_id
        if visit is not None and fault in ("lost", "unanswered", "dies after"):
            self.reader.unsure.add(visit)
        if fault == "refused":
            raise mailer.Refused(451, "try again")
        if fault == "bounced":
            raise mailer.Refused(550, "nobody of that name")
        if fault == "lost":
            raise mailer.Unanswered("no answer")
        self.arrives(sent)
        if fault == "unanswered":
            raise mailer.Unanswered("no answer")
        if fault == "dies after":
            self._die()

    def _die(self) -> None:
        self.is_dying = True
        raise Died

    def arrives(self, sent: Sent) -> None:
        row = sent.row
        if row.appointment_id is not None and row.kind in {*plan.NEWS, *plan.REMINDERS}:
            visit, truth = row.appointment_id, self.truth(row.appointment_id)
            if sent.is_text and not says_a_time(sent.text):
                self.reader.follows_the_link(visit, name=sent.name, truth=truth)
            else:
                self.reader.hears(visit, sent.text, name=sent.name, at=self.now, truth=truth)


@dataclass(frozen=True)
class Sent:
    """A mail or a text message on its way, with the name that its copies share."""

    uid: str
    text: str
    is_text: bool = False

    @classmethod
    def of_mail(cls, mail: mailer.Mail) -> Sent:
        parsed = message_from_bytes(mail.content, policy=policy.default)
        body = parsed.get_body(("plain",))
        assert body is not None
        return cls(str(parsed["Message-ID"])[1:].partition("@")[0], body.get_content().replace("\r", ""))

    @property
    def name(self) -> str:
        return f"<{self.uid}@clinic.example>"

    @property
    def row(self) -> Message:
        return Message.objects.get(uid=self.uid)


def faulty(monkeypatch: pytest.MonkeyPatch, office: list[Office]) -> None:
    """Mails and texts go through the office; a worker that is dying writes nothing any more."""

    class Open:
        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None:
            """Nothing is kept open."""

    class Post(Open):
        def ready(self, letter: Letter) -> mailer.Send:
            mail = mailer.compose(letter)

            def send(before_content: Callable[[], None]) -> str:
                office[-1].deliver(Sent.of_mail(mail), before_content)
                return ""

            return send

    class Gateway(Open):
        def send(self, message: gateway.TextMessage, *, before_content: Callable[[], None]) -> None:
            office[-1].deliver(Sent(message.reference, message.text, is_text=True), before_content)

    finish = claims.finish

    def finish_unless_dying(*given: Any, **named: Any) -> bool:
        return False if office[-1].is_dying else finish(*given, **named)

    monkeypatch.setattr(mailer, "Post", Post)
    monkeypatch.setattr(gateway, "Gateway", Gateway)
    monkeypatch.setattr(claims, "finish", finish_unless_dying)


@dataclass
class History:
    """One patient, what is done to their visits, and what they read."""

    clinic: Clinic
    draw: Random
    office: Office = field(init=False)
    reader: Reader = field(default_factory=Reader)
    patient: Patient = field(init=False)
    done: Counter[str] = field(default_factory=Counter)
    closures: list[int] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.office = Office(self.reader, self.truth, self.clinic.now)
        self.patient = self.clinic.fit_patient(**self.draw.choice(REACHED_BY))
        if self.draw.random() < 0.5:
            self.facts_change()

    # -- the desk --------------------------------------------------------------------------------------------

    def live(self) -> None:
        """Everything that happens, with what goes out in between."""
        while not Appointment.objects.exists():
            self.book()
        for _ in range(self.draw.randint(2, MOST_DEEDS)):
            deed = self.draw.choice(DEEDS)
            try:
                self.log.append(f"{self.clinic.now:%d %H:%M} {deed}")
                getattr(self, deed)()
                self.done[deed] += 1
                self.log[-1] += ", done"
            except Refusal as refusal:
                self.log[-1] += f": {refusal.sentence}"
            self.goes_by(timedelta(minutes=self.draw.choice((0, 1, 4, 30, 240, 900))))
            self.post_goes()
        self.ends()

    def a_visit(self) -> Appointment:
        return self.draw.choice(list(Appointment.objects.order_by("pk")))

    def a_start(self) -> datetime:
        return local(self.draw.choice(DAYS), self.draw.choice(HOURS))

    def is_spoken(self) -> bool:
        """Whether the patient is on the phone, and hears it then."""
        return self.draw.random() < 0.2

    def speak(self, visit: Appointment) -> None:
        """What was noted as said just now, the patient heard."""
        for row in Message.objects.filter(appointment=visit, status="told"):
            self.hear(row)

    def hear(self, row: Message) -> None:
        assert row.appointment_id is not None
        text = desk.preview(row).text
        name = f"<{row.uid}@clinic.example>"
        if row.reason == told.NEVER_TOLD:  # whoever phones knows that, and begins with it
            self.reader.is_told_from_the_start(row.appointment_id, text)
        self.reader.hears(row.appointment_id, text, name=name, at=self.clinic.now, truth=self.truth(row.appointment_id))

    def book(self) -> None:
        kind = self.draw.choice(("injection", "injection", "follow-up"))
        spoken = self.is_spoken()
        found = self.clinic.book(self.patient, self.a_start(), kind=kind, tell_patient=not spoken).appointment
        if found is not None and spoken:
            self.speak(found)

    def move(self) -> None:
        visit, spoken = self.a_visit(), self.is_spoken()
        by = PATIENT if self.draw.random() < 0.2 and not spoken else self.clinic.reception
        ask = MoveRequest(start=self.a_start(), tell_patient=not spoken)
        move(visit.pk, ask, by=by, now=self.clinic.now)
        self.speak(visit)

    def cancel(self) -> None:
        visit, spoken = self.a_visit(), self.is_spoken()
        cancel(visit.pk, reason="asked for", tell_patient=not spoken, by=self.clinic.reception, now=self.clinic.now)
        self.speak(visit)

    def undo(self) -> None:
        visit, spoken = self.a_visit(), self.is_spoken()
        undo(visit.pk, tell_patient=not spoken, by=self.clinic.reception, now=self.clinic.now)
        self.speak(visit)

    def decide(self) -> None:
        outcome = self.draw.choice(("approve", "ask", "delay", "decline"))
        until = date(2026, 6, 1) if outcome == "delay" else None
        ask = DecisionRequest(outcome=outcome, reason="Which tablets", delay_until=until)
        waiting = Appointment.objects.filter(status="pending").first() or self.a_visit()
        decide(waiting.pk, ask, by=self.clinic.radiologist, now=self.clinic.now)

    def facts_change(self) -> None:
        self.clinic.answer(self.patient, {"immunosuppressed": self.draw.choice(("yes", "no"))})

    def arrive(self) -> None:
        arrive(self.a_visit().pk, by=self.clinic.reception, now=self.clinic.now)

    def in_error(self) -> None:
        enter_in_error(self.a_visit().pk, reason="A mistake", by=self.clinic.manager, now=self.clinic.now)

    def close(self) -> None:
        """Or open again."""
        day = self.draw.choice(DAYS)
        pk = self.closures.pop() if self.closures and self.draw.random() < 0.5 else None
        if pk is not None:
            day = "2026-03-03"
        values = {"starts_at": local(day, "00:00"), "ends_at": local(day, "23:00"), "reason": "Water"}
        row = save_closure(pk, values, confirm=True, by=self.clinic.manager, now=self.clinic.now).row
        if pk is None:
            self.closures.append(int(row.pk))

    def contact(self) -> None:
        email = self.draw.choice(("", "new@mail.example", "birch@mail.example"))
        change = {"email": email, "email_opt_in": self.draw.random() < 0.8}
        correct_patient(self.patient.pk, changes=change, by=self.clinic.reception, now=self.clinic.now)

    def merge(self) -> None:
        other = self.clinic.patient("Birche", email=self.patient.email)
        merge_patients(self.patient.pk, into_id=other.pk, by=self.clinic.manager, now=self.clinic.now)
        self.patient = other

    def phones(self) -> None:
        """Somebody works off the list of whom to phone."""
        for row in list(Message.objects.filter(Message.TO_PHONE, SENT_OVER_HTTP).order_by("pk")):
            desk.close_task(row.pk, reason="Told them", by=self.clinic.reception, now=self.clinic.now)
            self.hear(row)

    def posts(self) -> None:
        """Somebody takes the letters to the post."""
        waiting = list(posting.letters_to_post().filter(SENT_OVER_HTTP))
        why_not = posting.why_not_printed(waiting)
        for row in [row for row in waiting if row.pk not in why_not]:
            desk.mark_posted(row.pk, by=self.clinic.reception, now=self.clinic.now)
            self.hear(row)

    def in_words(self) -> str:
        """What was done, and what stands in the outbox."""
        rows = [
            f"{row.pk} visit {row.appointment_id} {row.kind} {row.status} {row.occasion} {row.values.get('when')} "
            f"{row.reason} told {row.told_at} handed {row.handed_over_at} task {row.phone_task} closed {row.closed_at}"
            for row in Message.objects.filter(SENT_OVER_HTTP).order_by("pk")
        ]
        reached = f"reached by: {self.patient.preferred_contact or self.patient.email or 'nothing'}"
        return "\n".join([*self.reader.wrong, reached, *self.log, *rows])

    # -- the mail ----------------------------------------------------------------------------------------------

    def goes_by(self, span: timedelta) -> None:
        self.clinic.now += span
        self.office.now = self.clinic.now

    def post_goes(self) -> None:
        """What is due goes out, or does not."""
        self.office.is_dying = False
        self.office.fault = self.draw.choice(("", "", "", *FAULTS))
        self.log.append(f"{self.clinic.now:%d %H:%M} post: {self.office.fault or 'all well'}")
        with suppress(Died):
            deliver.drain(now=lambda: self.clinic.now, seconds=5)

    def truth(self, visit_id: int) -> Belief | None:
        visit = Appointment.objects.select_related("practitioner").get(pk=visit_id)
        how = {"booked": "stands", "pending": "waits", "cancelled": "off", "entered-in-error": "off"}.get(visit.status)
        if how is None or visit.start_at <= self.clinic.now:
            return None
        if how == "off":
            return self.believed_off(visit_id)
        return Belief(how, words.when(visit.start_at, clock.zone()), visit.practitioner.name)

    def believed_off(self, visit_id: int) -> Belief | None:
        """That it is off is true at whatever time they knew it for."""
        knew = self.reader.beliefs.get(visit_id)
        return Belief("off", knew.when) if knew else None

    # -- the end -------------------------------------------------------------------------------------------------

    def ends(self) -> None:
        """All is quiet: every mail arrives, every task is worked off; then what they believe is compared."""
        for closure in self.closures:
            values = {"starts_at": local("2026-03-03", "00:00"), "ends_at": local("2026-03-03", "23:00"), "reason": ""}
            save_closure(closure, values, confirm=True, by=self.clinic.manager, now=self.clinic.now)
        self.clinic.now = local((self.clinic.now.date() + timedelta(days=1)).isoformat(), "12:00")
        self.all_arrives()
        self.posts()
        self.phones()
        for visit in Appointment.objects.all():
            truth, belief = self.truth(visit.pk), self.reader.beliefs.get(visit.pk)
            is_off = visit.status in ("cancelled", "entered-in-error") and visit.start_at > self.clinic.now
            if is_off and belief is not None and belief.how != "off":
                self.reader.wrong.append(f"visit {visit.pk}: believed {belief}, and it is {visit.status}")
            if (
                truth is not None
                and truth.how != "off"
                and (belief is None or (belief.how, belief.when) != (truth.how, truth.when))
            ):
                self.reader.wrong.append(f"visit {visit.pk}: believed {belief}, true is {truth}")

    def all_arrives(self) -> None:
        """Nothing goes wrong any more, and what waits for its next try has it."""
        for _ in range(6):
            self.office.is_dying, self.office.fault = False, ""
            deliver.drain(now=lambda: self.clinic.now, seconds=5)
            self.goes_by(timedelta(minutes=20))


DEEDS = (
    *("book", "move", "move", "move", "cancel", "undo", "undo", "decide", "decide", "facts_change", "facts_change"),
    *("arrive", "in_error", "close", "contact", "merge", "phones", "phones"),
    *("posts", "posts"),
)
REACHED_BY: tuple[dict[str, str], ...] = (
    *({},) * 5,
    {"email": ""},
    *({"preferred_contact": "sms"},) * 2,
    *({"preferred_contact": "letter", "address": "1 Elm Road\nLeeds"},) * 2,
    {"preferred_contact": "phone"},
)
FAULTS = ("unreachable", "refused", "bounced", "lost", "unanswered", "dies before", "dies after")


def histories(numbers: range, monkeypatch: pytest.MonkeyPatch) -> Iterator[History]:
    """These, one after the other, each on its own and undone afterwards."""
    office: list[Office] = []
    faulty(monkeypatch, office)
    for number in numbers:
        with transaction.atomic():
            clinic = open_clinic(NOW)
            history = History(clinic, Random(f"r24 {number}"))
            office.append(history.office)
            history.live()
            yield history
            transaction.set_rollback(True)


@pytest.fixture(autouse=True)
def leases_end_at_once(settings: Any, db: None) -> None:
    settings.OUTBOX_LEASE_SECONDS = -1
    settings.SMS_GATEWAY_URL = "https://sms.example/v2"  # never asked: the office stands in its place


@pytest.mark.full_trial(one_in=6)
@pytest.mark.parametrize("part", range(HISTORIES // AT_ONCE))
def test_r24_what_the_patient_believes_is_true(part: int, monkeypatch: pytest.MonkeyPatch, is_full_trial: bool) -> None:
    at_once = ALL_HISTORIES * AT_ONCE // HISTORIES if is_full_trial else AT_ONCE
    done: Counter[str] = Counter()
    heard = 0
    for history in histories(range(part * at_once, (part + 1) * at_once), monkeypatch):
        assert history.reader.wrong == [], history.in_words()
        done += history.done
        heard += len(history.reader.read)
    assert done.keys() == set(DEEDS), "a deed that never came to anything tries nothing"
    assert heard > at_once


def wrong_in(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    return [one for history in histories(range(AT_ONCE), monkeypatch) for one in history.reader.wrong]


@pytest.mark.full_trial(one_in=3)
def test_r24_where_planned_counts_as_told_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = Q(status__in=[Message.State.QUEUED, Message.State.SENDING])
    monkeypatch.setattr(told, "_TOLD", told._TOLD | waiting)
    assert any(
        "they knew None" in one or "and they knew" in one or "believed None" in one for one in wrong_in(monkeypatch)
    )


@pytest.mark.full_trial
def test_r24_where_everything_is_said_again_it_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    what_to_say = told.what_to_say

    def again(*given: Any, **named: Any) -> Saying:
        return what_to_say(*given, **{**named, "is_asked": True})

    monkeypatch.setattr(drafts, "what_to_say", again)
    assert any("once more" in one for one in wrong_in(monkeypatch))

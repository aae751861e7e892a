"""What patients answer after an injection, and whom somebody must phone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, Q, Value, When

from injections.models.assessment import Decision
from injections.models.recorded import Recorded, by_whom
from injections.safety.warning_signs import SIGNS
from injections.words import GIVERS
from pht_clinic import clock
from pht_clinic.audit.append_only import AppendOnlyModel
from scheduling.messages.words import when
from scheduling.models import Appointment, OfPatientQuerySet, Patient

BY_LINK = ("patient", "carer")
"""Who may answer behind a patient's link."""


@dataclass(frozen=True, slots=True)
class CallReason:
    """One reason to phone: what is said, and the instant from which it held."""

    at: datetime
    text: str


class RecoveryAnswer(Recorded):
    """What a patient answered by link after an injection visit; every answer is a row of its own.

    `question` is which of the clinic's questions it answers. `pain` runs from 0 to 10; `change` and the two abilities
    compare with the time before the injection. Whoever ticks one of the `signs` (codes of `safety.warning_signs`)
    need not answer the rest. `answered_by` is the patient or, where the carer may speak for them, the carer.
    """

    class Question(models.TextChoices):
        FLARE_CHECK = "flare-check", "the day after"
        DAY_4 = "day-4", "day 4"
        TWO_WEEKS = "recovery-14d", "2 weeks"
        SIX_WEEKS = "recovery-6wk", "6 weeks"
        THREE_MONTHS = "recovery-3mo", "3 months"

    class Change(models.TextChoices):
        BETTER = "better", "better"
        SAME = "same", "the same"
        WORSE = "worse", "worse"

    appointment = models.ForeignKey(Appointment, on_delete=models.PROTECT, related_name="recovery_answers")
    question = models.CharField(max_length=20, choices=Question.choices)
    pain = models.PositiveSmallIntegerField(null=True)
    change = models.CharField(max_length=10, choices=Change.choices, blank=True)
    sitting = models.CharField(max_length=10, choices=Change.choices, blank=True)
    moving = models.CharField("running or walking", max_length=10, choices=Change.choices, blank=True)
    signs = ArrayField(models.CharField(max_length=40), default=list)
    answered_at = models.DateTimeField()
    answered_by = models.CharField(max_length=12, default="patient", choices=[(one, GIVERS[one]) for one in BY_LINK])

    class Meta(Recorded.Meta):
        ordering = ["id"]
        indexes = [models.Index(fields=["patient", "id"], name="recovery_of_patient")]
        constraints = [models.CheckConstraint(condition=Q(pain__lte=10), name="recovery_pain_up_to_10")]

    def __str__(self) -> str:
        return f"recovery answer {self.pk}"

    @property
    def sign_words(self) -> list[str]:
        """The signs as the patient read them."""
        return [SIGNS[code].text for code in self.signs]


class Call(models.Model):
    """An entry of the call list: somebody must phone the patient, and say here what came of it.

    `urgency` follows from the rest, here and nowhere else; the list begins with the lowest. `is_emergency`: what was
    answered is a reason to call 999, or a complication is severe. `say` is what opened it; what comes while it is open
    stands in `later`, each with its time. `reached` is whom the phone call that closed it reached; "" where it closed
    by itself, or before anybody asked.
    `is_of_reports`: imaging reports alone called for it, all the time that it is open. When they are withdrawn it
    closes with them: nobody was spoken to then.
    """

    class Why(models.TextChoices):
        RED_FLAG = "red-flag", "a red-flag answer"
        WARNING_SIGN = "warning-sign", "a warning sign after an injection"
        COMPLICATION = "complication", "a complication of an injection"
        UNDECIDED = "undecided", "a visit cancelled because nobody decided in time"
        NOT_BETTER = "not-better", "not better some weeks after an injection"
        ACTIVITY = "activity", "a plan too soon after an injection"
        NOT_BACK = "not-back", "a visit that did not come back"
        SILENCE = "silence", "no answer after an injection"
        NEXT_DAY = "next-day", "a call that was promised at an injection"
        TO_BE_MOVED = "to-be-moved", "a visit that has to be moved"
        CONSENT = "consent", "consent to an injection was withdrawn"
        NOT_ANSWERED = "not-answered", "no answer to a visit that was moved"

    class Urgency(models.IntegerChoices):
        EMERGENCY = 1, "an emergency"
        AFTER_INJECTION = 2, "today, after an injection"
        RED_FLAG = 3, "today, a red flag"
        LATER = 4, "not urgent"

    class Reached(models.TextChoices):
        PATIENT = "patient", "the patient"
        CARER = "carer", "a carer"
        SOMEONE_ELSE = "someone-else", "somebody else"

    patient = models.ForeignKey(Patient, on_delete=models.PROTECT, related_name="calls")
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="calls")
    why = models.CharField(max_length=20, choices=Why.choices)
    rule = models.CharField(max_length=40, blank=True)
    say = models.TextField()
    later = models.JSONField(default=list)
    is_of_reports = models.BooleanField(default=False)
    is_emergency = models.BooleanField(default=False, db_default=False)
    urgency = models.GeneratedField(
        expression=Case(
            When(is_emergency=True, then=Value(Urgency.EMERGENCY.value)),
            When(why__in=[Why.WARNING_SIGN.value, Why.COMPLICATION.value], then=Value(Urgency.AFTER_INJECTION.value)),
            When(why=Why.RED_FLAG.value, then=Value(Urgency.RED_FLAG.value)),
            default=Value(Urgency.LATER.value),
        ),
        output_field=models.PositiveSmallIntegerField(),
        db_persist=True,
    )
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = by_whom()
    reached = models.CharField(max_length=12, blank=True, choices=Reached.choices)
    spoke_to = models.CharField(max_length=200, blank=True)
    said = models.TextField(blank=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["opened_at", "id"]
        constraints = [
            # one open call for one reason: asking twice does not make two phone calls
            models.UniqueConstraint(
                fields=["patient", "why", "rule"], condition=Q(closed_at__isnull=True), name="one_open_call"
            )
        ]

    def __str__(self) -> str:
        return f"call {self.pk}"

    @property
    def urgency_words(self) -> str:
        """How urgent it is, as the list says it."""
        return str(self.Urgency(self.urgency).label)

    @property
    def reasons(self) -> list[CallReason]:
        """Why somebody must phone: what opened it, then what came since, in the order of their times."""
        later = [CallReason(at=datetime.fromisoformat(one["at"]), text=one["text"]) for one in self.later]
        return [CallReason(at=self.opened_at, text=self.say), *later]

    @property
    def in_full(self) -> str:
        """All of its reasons as somebody reads them, a line each."""
        since = (f"Since then, {when(one.at, clock.zone())}: {one.text}" for one in self.reasons[1:])
        return "\n".join((self.say, *since))


class CallAttempt(AppendOnlyModel):
    """Somebody phoned, and did not reach whom the call is for: it stays open."""

    class Result(models.TextChoices):
        NO_ANSWER = "no-answer", "no answer"
        VOICEMAIL = "voicemail", "left a voicemail"
        SOMEONE_ELSE = "someone-else", "reached somebody else"

    call = models.ForeignKey(Call, on_delete=models.PROTECT, related_name="attempts")
    at = models.DateTimeField()
    by = by_whom()
    result = models.CharField(max_length=12, choices=Result.choices)
    note = models.TextField(blank=True)

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"attempt {self.pk} at call {self.call_id}"


class Recall(AppendOnlyModel):
    """A patient whose visit was delayed was called back, or needs it no more; `note` says which."""

    decision = models.OneToOneField(Decision, on_delete=models.PROTECT, related_name="recall")
    at = models.DateTimeField()
    by = by_whom()
    note = models.TextField()

    class Meta(AppendOnlyModel.Meta):
        ordering = ["id"]

    def __str__(self) -> str:
        return f"recall after decision {self.decision_id}"

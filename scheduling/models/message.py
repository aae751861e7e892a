"""The outbox: what must leave the building."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from scheduling.models.appointment import Appointment
from scheduling.models.clinic_version import ClinicVersion
from scheduling.models.patient import OfPatientQuerySet, Patient
from scheduling.models.wording import Wording

_OPEN_TASK = Q(phone_task=True, closed_at__isnull=True)
TO_A_COLLEAGUE = "colleague:"
"""How the subject of a message begins that goes to somebody outside who treats the patient too."""
PHONE, POST = "Phone the patient.", "Print the letter and post it."
_LETTER = Q(channel=Patient.Contact.LETTER.value)
"""What somebody does in the place of a mail that did not arrive."""


class Message(models.Model):
    """One row of the outbox: something that must leave the building, planned in the transaction that called for it.

    `channel` is how it goes: by email or text message to the `recipient`, an address or a phone number; on paper, or by
    a person on the phone, where nobody is the recipient and it becomes a task when it is due.
    `subject` is "appointment:<id>", after the injection "patient:<id>", "staff:<what>", or "colleague:<what>", which
    goes to an address of its own: such a row names no patient, so that nothing that changes with a patient (their
    address, their wish, a merge, a death) changes it. `occasion` called for it.
    Everything it prints is in `values`, so that sending reads only this row and its appointment's status; `wording` is
    the version of the clinic's own words that it was sent with, noted when it is claimed, None for the standard ones;
    `clinic` the same of what the clinic says of itself, None for what the environment says.
    `language` is the code of the language in which it was handed over, noted just before it was; None until then.
    `due_at` is when it is tried (next). `handovers` counts how often its content may have reached the mail server
    without an answer; `handed_over_at` is the last such moment while nobody knows how it ended. `phone_task` marks
    news that did not reach the patient: somebody phones, until `closed_at`. One that is being sent and has `closed_at`
    was taken back in that moment: it is not tried again. `told_at` is when a person said it to the patient: whoever
    closed its phone task, or changed the visit together with them (`closed_by`). What the patient was told is what was
    sent, may have been, or was said (`told.py`). `provider_id` is what a mail provider calls it, "" where none said.
    Since `contents_removed_at` nobody knows any more what it said, nor to which address it went.
    """

    class State(models.TextChoices):
        QUEUED = "queued"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        UNKNOWN = "unknown"
        CANCELLED = "cancelled"
        SKIPPED = "skipped"
        TOLD = "told"

    OPEN_TASK = _OPEN_TASK
    """It did not reach whom it is for, and nobody has phoned, or posted it, yet."""
    TO_POST = _OPEN_TASK & _LETTER
    """It is a letter, and nobody has posted it yet."""
    IS_QUEUED_LETTER = Q(status="queued") & _LETTER
    TO_PHONE = _OPEN_TASK & ~_LETTER
    """Somebody phones; to a colleague somebody posts what no email brought."""
    OF_COLLEAGUES = Q(subject__startswith=TO_A_COLLEAGUE)

    kind = models.CharField(max_length=40)
    template = models.CharField(max_length=60)
    subject = models.CharField(max_length=60)
    occasion = models.CharField(max_length=80)
    appointment = models.ForeignKey(Appointment, null=True, on_delete=models.PROTECT, related_name="messages")
    patient = models.ForeignKey(Patient, null=True, on_delete=models.PROTECT, related_name="messages")
    channel = models.CharField(max_length=10, choices=Patient.Contact, default=Patient.Contact.EMAIL)
    recipient = models.CharField(max_length=254, blank=True)
    values = models.JSONField(default=dict)
    # without an index: nobody looks for the messages of a version, and every claim would have to keep it
    wording = models.ForeignKey(Wording, null=True, on_delete=models.PROTECT, related_name="+", db_index=False)
    clinic = models.ForeignKey(
        ClinicVersion, to_field="version", null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    language = models.CharField(max_length=10, null=True)
    due_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    status = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=200, blank=True)
    keeps_quiet_hours = models.BooleanField(default=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    handovers = models.PositiveSmallIntegerField(default=0)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    revision = models.PositiveIntegerField(null=True)
    lease_expires_at = models.DateTimeField(null=True)
    handed_over_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    retry_of = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="retries", db_index=False)
    phone_task = models.BooleanField(default=False)
    closed_at = models.DateTimeField(null=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    closed_reason = models.TextField(blank=True)
    told_at = models.DateTimeField(null=True)
    provider_id = models.CharField(max_length=200, blank=True, default="")
    contents_removed_at = models.DateTimeField(null=True)

    objects = OfPatientQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "kind", "occasion"],
                condition=~Q(status__in=["cancelled", "failed"]),
                name="one_message_per_occasion",
            ),
            models.CheckConstraint(
                condition=Q(
                    status__in=["queued", "sending", "sent", "failed", "unknown", "cancelled", "skipped", "told"]
                ),
                name="message_status_is_known",
            ),
            models.CheckConstraint(
                condition=Q(channel__in=["email", "sms", "letter", "phone"]), name="message_channel_is_known"
            ),
            models.CheckConstraint(
                condition=Q(status="sending", lease_expires_at__isnull=False)
                | (~Q(status="sending") & Q(lease_expires_at__isnull=True)),
                name="message_lease_while_sending",
            ),
        ]
        indexes = [
            # serves the claim: due rows only, whatever lies planned behind them
            models.Index(fields=["due_at", "id"], condition=Q(status="queued"), name="message_queued_due"),
            # serves the end of leases; by the id, so that the lease is renewed at a hand-over without any index's work
            models.Index(fields=["id"], condition=Q(status="sending"), name="message_leases"),
            # serves the question whether a message was tried again; most never are
            models.Index(fields=["retry_of"], condition=Q(retry_of__isnull=False), name="message_retries"),
            # serves an announcement, which replaces what its appointment has queued
            models.Index(fields=["subject", "status"], name="message_subject"),
            # serves a provider's news of what it took
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="message_provider_id"),
            # serves the list of patients to phone
            models.Index(fields=["due_at", "id"], condition=_OPEN_TASK, name="message_phone_tasks"),
            # serves the list of letters to post, and the look for those that would come too late
            models.Index(fields=["due_at", "id"], condition=_OPEN_TASK & _LETTER, name="message_letters_to_post"),
            # serves the mail that tells the staff what nobody sent in time
            models.Index(fields=["expires_at"], condition=Q(status="skipped"), name="message_skipped"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"

    @property
    def is_to_a_colleague(self) -> bool:
        """As `OF_COLLEAGUES`."""
        return self.subject.startswith(TO_A_COLLEAGUE)

    @property
    def what_to_do(self) -> str:
        """What somebody does where the mail does not arrive."""
        return POST if self.is_to_a_colleague else PHONE

    @property
    def is_open_task(self) -> bool:
        """As `OPEN_TASK`."""
        return self.phone_task and self.closed_at is None

    @property
    def is_letter(self) -> bool:
        """Whether it goes on paper."""
        return self.channel == Patient.Contact.LETTER

"""Whether a patient still agrees to the injection of a visit."""

from __future__ import annotations

from collections.abc import Iterable

from injections.facts.patient_rows import Part, current, one_of
from injections.models import ConsentWithdrawal
from pht_clinic.errors import Conflict
from scheduling.models import Appointment
from scheduling.states import HOLDING

STANDING_WITHDRAWALS = Part(
    ConsentWithdrawal,
    through="appointment",
    where=f"{current(ConsentWithdrawal)} AND {one_of('status', HOLDING, of='via')}",
    extra={"visit": "to_jsonb(via)"},
    rows={"visit": Appointment},
)
"""Those of visits that are still to take place, each with its `visit`."""


class ConsentWithdrawn(Conflict):
    """Nothing is injected against what the patient said last."""

    code = "consent-withdrawn"
    sentence = (
        "The patient withdrew consent to this injection. Talk to them, and record that they agree again before it is "
        "recorded as given."
    )


def withdrawn_consent(appointment: Appointment) -> ConsentWithdrawal | None:
    """The withdrawal that stands for this visit, None where there is none. One query."""
    return (
        ConsentWithdrawal.objects.current().filter(appointment=appointment).select_related("recorded_by").order_by("pk")
    ).last()


def check_consent_stands(appointment: Appointment, withdrawals: Iterable[ConsentWithdrawal]) -> None:
    """Raise ConsentWithdrawn where one of these, the patient's that stand (`History.withdrawals`), is of this visit."""
    if any(row.appointment_id == appointment.pk for row in withdrawals):
        raise ConsentWithdrawn

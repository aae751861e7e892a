"""The call about what came of an injection: it names what and how bad, and what comes later is added to it."""

from __future__ import annotations

from datetime import datetime

from injections.assessment import open_calls
from injections.models import Call, Complication, Injection
from injections.safety.dates import in_words, partial_in_words

ASK = "Phone the patient and ask how they are."


def call_about(injection: Injection, what: str, *, is_severe: bool = False, now: datetime) -> None:
    """Put the patient on the call list, or add it to their open call and tell the staff again. Hazard H12.

    `what` is the complication in words. One that `is_severe` makes the call an emergency. The patient is locked.
    """
    text = what.strip().rstrip(".")
    day = partial_in_words(injection.given or None)
    open_calls.open_call(
        injection.patient.kept,
        why=Call.Why.COMPLICATION,
        appointment=injection.appointment,
        say=f"A complication of the injection of {day}: {text}. {ASK}",
        is_emergency=is_severe,
        now=now,
    )


def complication_words(row: Complication) -> str:
    """ "Bleeding or a large bruise; mild, passed by itself; noticed on 2 March 2026; as big as a hand"."""
    severity = str(row.get_severity_display())
    named = (str(row.get_kind_display()), f"{severity[:1].lower()}{severity[1:]}", f"noticed on {in_words(row.on)}")
    return "; ".join(filter(None, (*named, row.note)))

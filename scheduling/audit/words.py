"""What the audit trail calls its entries: words for what was done, and for what was looked at.

Each half has words for its own; other apps register theirs from `ready()`.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Final

DONE: Final[dict[str, str]] = {
    "access-refused": "Refused: not theirs to see or do",
    "appointment-arrived": "Patient arrived",
    "appointment-cancelled": "Visit cancelled",
    "appointment-ended-by-death": "Visit cancelled, the patient has died",
    "appointment-entered-in-error": "Visit marked as entered in error",
    "appointment-expected": "Patient said they are coming",
    "appointment-fulfilled": "Visit completed",
    "appointment-given-back": "Held time released",
    "appointment-handed-over": "Visit handed over to the record that is kept",
    "appointment-held": "Time held while booking",
    "appointment-link-replaced": "Patient’s link replaced",
    "appointment-missed": "Visit marked as missed",
    "appointment-moved": "Visit moved",
    "appointment-requested": "Visit asked for",
    "appointment-restored": "Last change of a visit undone",
    "audit-copy-made": "Copy for the patient made: who saw and changed their record",
    "audit-exported": "Audit trail asked for as a file",
    "audit-fetched": "Audit trail downloaded",
    "closure-added": "Closure added",
    "closure-changed": "Closure changed",
    "closure-lifted": "Closure lifted: open again",
    "command-failed": "Command at the server failed",
    "command-run": "Command run at the server",
    "details-changed": "Clinic’s details changed",
    "duplicate-dismissed": "Two records said to be of two people",
    "duplicate-found": "Possible duplicate found by the search",
    "duplicate-passed": "Registered although a similar patient is known",
    "duplicate-reported": "Possible duplicate reported",
    "feed-read": "Calendar feed fetched",
    "feed-refused": "Calendar feed refused: unknown address",
    "mail-bounced": "Email came back",
    "mail-complained": "Email was reported as unwanted",
    "mail-delivered": "Email arrived",
    "mail-refused": "Email was not sent by the provider",
    "message-hurried": "Message sent now",
    "message-posted": "Message posted as a letter",
    "message-to-post": "Message put with the letters to post",
    "message-retried": "Message tried again",
    "message-withheld": "Message held back",
    "password-changed": "Own password changed",
    "password-given": "New password given",
    "patient-email-trusted": "Email address trusted again",
    "patient-link-printed": "Patient’s link printed",
    "patient-link-sent": "Patient’s link sent",
    "patient-link-shown": "Patient’s link shown on a screen",
    "patient-opted-in": "All emails asked for again",
    "patient-opted-out": "Only emails about booked visits asked for",
    "patient-registered": "Patient registered",
    "phone-attempted": "Attempt to phone about a message",
    "phone-task-closed": "Phone task closed",
    "practitioner-added": "Practitioner added",
    "practitioner-changed": "Practitioner changed",
    "recovery-code-used": "A recovery code was used in place of the second factor",
    "recovery-codes-made": "Fresh recovery codes made",
    "room-added": "Room added",
    "room-changed": "Room changed",
    "schedule-added": "Session added",
    "schedule-changed": "Session changed",
    "second-factor-added": "Second factor set up",
    "second-factor-failed": "Second factor was wrong",
    "second-factor-removed": "Second factor removed",
    "second-factor-required": "Second factor required, or no longer required",
    "second-factor-reset": "Second factor reset by a manager",
    "session-ended": "Signed out on another device",
    "sessions-ended": "Signed out everywhere by a manager",
    "settings-changed": "Settings found changed at a start",
    "sign-in-failed": "Sign-in failed",
    "sign-in-locked": "Sign-in refused: too many wrong passwords",
    "sign-in-unlocked": "Waiting after wrong passwords ended by a manager",
    "signed-in": "Signed in",
    "signed-out": "Signed out",
    "signed-out-everywhere": "Signed out everywhere",
    "spelling-passed": "Name in letters of two alphabets confirmed",
    "strangers-refused": "More refusals of strangers than are told apart",
    "token-issued": "API token made at the server",
    "token-refused": "API token refused",
    "token-revoked": "API token ended",
    "unusual-use-closed": "Unusual use looked at",
    "unusual-use-found": "Unusual use found",
    "user-changed": "Staff member changed",
    "user-created": "Staff member added at the server",
    "user-invited": "Staff member invited",
    "webhook-added": "Webhook added",
    "webhook-changed": "Webhook changed",
    "webhook-paused": "Webhook paused",
    "webhook-removed": "Webhook removed",
    "webhook-replayed": "Deliveries of a webhook sent again",
    "webhook-resumed": "Webhook resumed",
    "webhook-secret-renewed": "New secret for a webhook",
    "wording-changed": "Message wording changed",
    "wording-tested": "Message wording tested",
}
"""By the verb of an entry."""

SEEN: Final[dict[str, str]] = {
    "audit-export": "audit trail as a file",
    "audit-export-file": "audit trail, the finished file",
    "audit-list": "audit trail",
    "audit-copy": "audit trail, copy for the patient",
    "audit-patients": "audit trail, finding a patient",
    "clinic-change": "clinic settings, what a change would hit",
    "message": "message",
    "message-letter": "letter of a message",
    "message-close": "closing a phone task",
    "message-letters": "letters to post",
    "message-letters-file": "letters to post, as one file",
    "message-attempt": "recording an attempt to phone",
    "message-list": "messages",
    "moving-list": "visits to be moved",
    "api-appointment-messages": "messages of a visit, by the API",
    "api-audit": "audit trail, by the API",
    "api-message-preview": "message, by the API",
    "api-message-retry": "trying a message again, by the API",
    "api-message-send-now": "sending a message now, by the API",
    "api-message-withhold": "holding a message back, by the API",
    "api-messages": "messages, by the API",
}
"""By the action that an entry "viewed" names: the name of the route, or what a view calls it that shows several."""

OLD: Final[dict[str, str]] = {
    "audit_export": "audit-export",
    "audit_list": "audit-list",
    "clinic_form": "clinic-change",
    "message_list": "message-list",
    "moving_list": "moving-list",
}
"""What is called by its action now, by what entries named before: the file of the page that was shown."""

ABOUT: Final[dict[str, str]] = {
    "appointment": "visit",
    "clinic": "version",
    "closure": "closure",
    "death": "death",
    "groupvisit": "class",
    "message": "message",
    "patient": "record",
    "possibleduplicate": "possible duplicate",
    "practitioner": "practitioner",
    "room": "room",
    "schedule": "session",
    "unusualuse": "unusual use",
    "user": "staff member",
    "webhook": "webhook",
    "wording": "message wording",
}
"""By what stands before the number in the subject of an entry."""

NO_ACTIVITY: Final = {
    "viewed",
    "audit-copy-made",
    "audit-exported",
    "patient-link-printed",
    "patient-link-sent",
    "patient-link-shown",
}
"""The verbs of what changes nothing about a patient."""

REFUSALS: Final = {
    *("access-refused", "feed-refused", "mail-refused", "strangers-refused", "token-refused"),
    *("command-failed", "second-factor-failed", "sign-in-failed", "sign-in-locked"),
}
"""The verbs of what somebody tried and was refused, or what did not work."""

TAKEN_OUT: Final = {"audit-exported", "message-letters-file"}
"""What takes data out as a file: verbs, and actions of "viewed"."""

FEED_READ: Final = "feed-read"
"""The verb of a calendar feed that was fetched, by whoever has its address."""

PAGES: Final[dict[str, str]] = {
    "closure": "closure",
    "message": "message",
    "practitioner": "practitioner",
    "room": "room",
    "schedule": "schedule",
    "user": "staff-member",
    "webhook": "webhook",
}
"""By what stands before the number in the subject of an entry: the page of what it is about, by the name of its
address, which takes the number.
"""

DOOR_WORDS: Final = {"page": "page", "api": "the API", "link": "the patient’s link", "task": "a task in the background"}
"""By the door of an entry."""
_LARGEST_DIGITS: Final = 18


def register(
    *,
    done: Mapping[str, str],
    seen: Mapping[str, str],
    old: Mapping[str, str],
    about: Mapping[str, str],
    no_activity: Collection[str] = (),
) -> None:
    """Make words known, and verbs that change nothing about a patient; registering one again replaces it."""
    DONE.update(done)
    SEEN.update(seen)
    OLD.update(old)
    ABOUT.update(about)
    NO_ACTIVITY.update(no_activity)


def register_kinds(
    *, refusals: Collection[str] = (), taken_out: Collection[str] = (), pages: Mapping[str, str] = MappingProxyType({})
) -> None:
    """Make known which verbs are refusals, what takes data out, and where there is a page of what an entry is about."""
    REFUSALS.update(refusals)
    TAKEN_OUT.update(taken_out)
    PAGES.update(pages)


def done_words(verb: str) -> str:
    """What was done, as a phrase; a verb that has no words here is said as it is: "room-painted" → "Room painted"."""
    return DONE.get(verb, verb.replace("-", " ").capitalize())


def entry_words(verb: str, subject: str) -> str:
    """What was done, or looked at, in one phrase."""
    if verb == "viewed":
        action = OLD.get(subject, subject)
        return f"Viewed: {SEEN.get(action, action.replace('_', ' ').replace('-', ' '))}"
    return done_words(verb)


def subject_words(verb: str, subject: str) -> str:
    """What it was about: "visit 12"; nothing where the words of the entry say it already."""
    noun, _, number = subject.partition(":")
    return f"{ABOUT.get(noun, noun)} {number}" if number and verb != "viewed" else ""


def page_of(subject: str) -> tuple[str, int]:
    """The name of the address of the page of what an entry is about, and its number; "" where there is none."""
    noun, _, number = subject.partition(":")
    is_number = number.isascii() and number.isdigit() and len(number) <= _LARGEST_DIGITS
    return (PAGES[noun], int(number)) if noun in PAGES and is_number else ("", 0)

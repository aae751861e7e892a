"""What the audit trail calls the entries of the waiting list. Data."""

from __future__ import annotations

from typing import Final

from scheduling.audit.words import register, register_kinds

DONE: Final = {
    "offer-accepted": "Offer of an earlier time accepted",
    "offer-declined": "Offer of an earlier time declined",
    "offer-lapsed": "Offer of an earlier time ended without an answer",
    "offer-made": "Earlier time offered",
    "offer-taken-back": "Offer of an earlier time withdrawn",
    "offer-link-closed": "Link of an offer closed, too many wrong dates of birth",
    "offer-link-opened": "Link of an offer opened",
    "offer-link-refused": "Link of an offer refused, wrong date of birth",
    "wish-brought-back": "Patient back on the waiting list, the time they were given was undone",
    "wish-changed": "What a patient waits for changed",
    "wish-fulfilled": "Time given to a patient of the waiting list",
    "wish-put-on": "Patient put on the waiting list",
    "wish-taken-off": "Patient taken off the waiting list",
}
SEEN: Final = {
    "patient-offer": "own page, an earlier time",
    "waiting-add": "putting on the waiting list",
    "waiting-change": "changing what somebody waits for",
    "waiting-free": "home, free times for patients on the waiting list",
    "waiting-list": "waiting list",
    "waiting-off": "taking off the waiting list",
    "waiting-offer": "offering an earlier time",
    "api-waitlist": "waiting list, by the API",
    "api-waitlist-free-times": "free times for patients on the waiting list, by the API",
    "api-waitlist-matches": "who waits for a free time, by the API",
    "api-waitlist-offer": "offering an earlier time, by the API",
    "api-waitlist-offer-answer": "answering an offer, by the API",
    "api-waitlist-wish": "who waits for what, by the API",
}
ABOUT: Final = {"waitingwish": "wish on the waiting list"}


def register_words() -> None:
    """Make them known to the audit trail; called once, when the apps are ready."""
    register(done=DONE, seen=SEEN, old={}, about=ABOUT)
    register_kinds(refusals=("offer-link-refused",))

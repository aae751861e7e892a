"""Who may do what: one table of actions. Use cases, pages, the API and buttons ask it; nobody asks for a role by hand.

What also hangs on the state of something is asked of its own check (`check_may_move`), which asks here first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from pht_clinic.errors import Forbidden
from pht_clinic.people.actors import IMPORT, PATIENT, Actor
from pht_clinic.people.roles import EVERY_ROLE, MANAGER, RADIOLOGIST, RECEPTION
from pht_clinic.people.scopes import BOOK, DECIDE


@dataclass(frozen=True, slots=True)
class Permission:
    """Who may do something, by role or, for whoever has none, by kind of actor; `sentence` says so to others."""

    who: frozenset[str]
    sentence: str


_DESK = frozenset({RECEPTION, RADIOLOGIST})
_BY_LINK = frozenset({PATIENT.kind})
_BY_IMPORT = frozenset({IMPORT})
"""An import acts for whoever may `import-records`: it brings in what others record one by one."""

_STAFF_ONLY = "Only clinic staff see this."
_DESK_ONLY = "Only reception and radiologists see this."

_ACTIONS: Final[Mapping[frozenset[str], Mapping[str, str]]] = {
    EVERY_ROLE: {
        "read-clinic": _STAFF_ONLY,
        "read-diary": _STAFF_ONLY,
        "read-messages": _STAFF_ONLY,
        "read-patients": _STAFF_ONLY,
        "read-rules": _STAFF_ONLY,
        "use-box": "Only clinic staff say which box of a drug is in use.",
        "correct-patient": "Only clinic staff correct a patient's details.",
        "report-duplicate": "Only clinic staff report possible duplicates.",
        "take-back-death": "Only clinic staff undo a recorded death.",
        "end-hold": "Only clinic staff release a held time.",
        "keep-tokens": "Only clinic staff have tokens and sessions.",
    },
    _DESK: {
        "read-records": _DESK_ONLY,  # parts of the record by themselves; on pages of a patient every role reads it
        "read-calls": _DESK_ONLY,
        "find-batch": _DESK_ONLY,
        "chase-answers": _DESK_ONLY,
        "book": "Only reception and radiologists book visits.",
        "change-class": "Only reception and radiologists move, cancel or resize a whole class.",
        "keep-waiting-list": "Only reception and radiologists keep the waiting list.",
        "add-target": "Only reception and radiologists add a target to a visit.",
        "arrive": "Only reception and radiologists say that a patient has arrived.",
        "no-show": "Only reception and radiologists say that a patient did not come.",
        "undo": "Only reception and radiologists undo a change.",
        "withdraw-consent": "Only reception and radiologists record that consent was withdrawn or given again.",
        "fulfil": "Only reception and radiologists complete a visit.",
        "replace-link": "Only reception and radiologists replace a patient's link.",
        "open-link": "Only reception and radiologists open a patient's link again.",
        "correct-injection": "Only reception and radiologists correct injections.",
        "send-letter": "Only reception and radiologists send letters.",
        "call-back": "Only reception and radiologists call delayed patients back.",
        "arrange-physiotherapy": "Only reception and radiologists arrange physiotherapy after an injection.",
        "close-call": "Only reception and radiologists record calls.",
        "close-at-short-notice": "Only reception and radiologists close somebody or a room at short notice.",
    },
    _DESK | _BY_LINK: {
        "move": "Only reception, radiologists and the patient move a visit.",
        "cancel": "Only reception, radiologists and the patient cancel a visit.",
        "answer-offer": "Only reception, radiologists and the patient answer an offer.",
    },
    EVERY_ROLE | _BY_IMPORT: {
        "register-patient": "Only clinic staff register patients.",
        "record-death": "Only clinic staff record a death.",
    },
    _DESK | _BY_IMPORT: {
        "withdraw-injection": "Only reception and radiologists withdraw injections.",
        "record-condition": "Only reception and radiologists record allergies, conditions and medicines.",
        "withdraw-condition": "Only reception and radiologists withdraw allergies, conditions and medicines.",
        "record-pathway": "Only reception and radiologists record the pathway.",
        "plan-activity": "Only reception and radiologists record plans.",
        "withdraw-activity": "Only reception and radiologists withdraw plans.",
        "record-outcome": "Only reception and radiologists record scores.",
        "write-note": "Only reception and radiologists write notes on patients.",
    },
    _DESK | _BY_LINK | _BY_IMPORT: {
        "answer-screening": "Only reception, radiologists and the patient answer the questions.",
        "record-injection": "Only reception, radiologists and the patient record earlier injections.",
    },
    frozenset({RADIOLOGIST}) | _BY_IMPORT: {
        "record-report": "Only a radiologist records imaging reports.",
        "withdraw-report": "Only a radiologist withdraws imaging reports.",
    },
    _BY_LINK: {
        "book-again": "Only the patient books another time in place of a cancelled one here.",
        "confirm-coming": "Only the patient says that they are coming.",
        "answer-recovery": "Only the patient says how they are.",
    },
    frozenset({RADIOLOGIST}): {
        "review": "Only a radiologist reviews.",
        "decide": "Only a radiologist decides.",
        "correct-report": "Only a radiologist corrects imaging reports.",
        "correct-procedure": "What was injected here is corrected by a radiologist only.",
        "withdraw-procedure": "What was injected here is withdrawn by a radiologist only.",
        "see-milder": "Only a radiologist sees what reception changed so that a verdict became milder.",
        "record-procedure": "Only a radiologist records a procedure.",
        "record-complication": "Only a radiologist records a complication.",
        "write-letter": "Only a radiologist writes clinical letters.",
        "excuse-physiotherapy": "Only a clinician's reason why physiotherapy is not possible counts.",
        "close-clinical-call": "A call about a red flag, or about what came after an injection, is closed by a "
        "radiologist who reached the patient.",
    },
    frozenset({RADIOLOGIST, MANAGER}): {
        "try-threshold": "Only radiologists and managers try a tighter threshold.",
        "read-restricted": "This person was erased. Only radiologists and managers see what is kept of them.",
        "read-statistics": "Only radiologists and managers see statistics.",
        "stand-in-for-duty": "Only radiologists and managers are told what did not reach the duty address.",
    },
    frozenset({RECEPTION, MANAGER}): {
        "send-messages": "Only reception and managers act on messages.",
        "copy-patient": "Only reception and managers make a copy of all that is held of a patient.",
    },
    frozenset({MANAGER}): {
        "end-hold-of-others": "Only the person who holds a time, or a manager, can release it.",
        "enter-in-error": "Only a manager marks an appointment as entered in error.",
        "decide-duplicate": "Only a manager decides on possible duplicates.",
        "erase-patient": "Only a manager erases a patient.",
        "export-patient": "Only a manager exports a patient's record.",
        "export-clinic": "Only a manager exports the clinic's records.",
        "merge-patients": "Only a manager merges records.",
        "unmerge-patients": "Only a manager undoes a merge.",
        "take-back-death-later": "Only a manager undoes a recorded death later.",
        "manage-clinic": "Only a manager changes the clinic.",
        "keep-drugs": "Only a manager keeps the list of drugs.",
        "change-details": "Only a manager changes what the clinic says of itself.",
        "read-settings": "Only a manager sees the settings.",
        "manage-staff": "Only a manager changes who works here.",
        "manage-webhooks": "Only a manager says to whom events are told.",
        "word-messages": "Only a manager words messages.",
        "confirm-address": "Only a manager confirms addresses of colleagues.",
        "read-backups": "Only a manager is told of backups.",
        "import-records": "Only a manager imports records.",
        "read-retention": "Only a manager sees what is going to be removed.",
        "read-audit": "Only a manager sees the audit trail.",
        "close-unusual-use": "Only a manager says what unusual use was.",
        "read-incidents": "Only a manager sees the incidents of the whole clinic.",
    },
}

PERMISSIONS: Final[Mapping[str, Permission]] = {
    action: Permission(who, sentence) for who, sentences in _ACTIONS.items() for action, sentence in sentences.items()
}


CONFIRMED_FIRST: Final = frozenset(
    {
        *("manage-staff", "manage-webhooks", "keep-tokens", "word-messages", "change-details"),
        *("merge-patients", "unmerge-patients", "erase-patient"),
        "import-records",
    }
)
"""What can do most harm: who sits there proves first that it is they."""


_READING: Final = frozenset({"find-batch", "try-threshold"})
"""Beside what is called so."""


def is_in_scope(action: str, scope: str) -> bool:
    """Whether a token of this scope may ask for an action that its owner may do; "" is everything that they may.

    To book is what reception does, to decide what radiologists do beside it, and both read.

    Raises: KeyError, as below.
    """
    if not scope or action.startswith("read-") or action in _READING:
        return True
    reached = {BOOK: {RECEPTION}, DECIDE: {RECEPTION, RADIOLOGIST}}.get(scope, set())
    return bool(reached & PERMISSIONS[action].who)


def is_permitted(action: str, by: Actor) -> bool:
    """Whether this actor may do this at all. Nothing here is for `system`: its tasks act on no one's behalf.

    Raises: KeyError for an action that is not in the table.
    """
    return (by.role if by.kind == "user" else by.kind) in PERMISSIONS[action].who


def roles_that_may(action: str) -> frozenset[str]:
    """Whose roles may do this; for whom a task looks when it tells somebody. Raises: KeyError, as above."""
    return PERMISSIONS[action].who


def check_permitted(action: str, by: Actor) -> None:
    """Raise Forbidden, saying who may, unless this actor may do this."""
    if not is_permitted(action, by):
        raise Forbidden(PERMISSIONS[action].sentence)

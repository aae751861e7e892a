"""Every entry that the product can make has words for people, in the half that makes it: each verb, each action."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Final, TypeGuard

import pytest

from injections import audit_words as policy
from injections import transitions
from injections.booking.series import audit_words as series
from injections.booking.waiting_list import audit_words as waiting_list
from injections.doors.cds_hooks import audit_words as cds_hooks
from injections.doors.fhir import audit_words as fhir
from injections.doors.records.coming import audit_words as coming
from injections.doors.records.leaving import audit_words as leaving
from injections.letters import audit_words as letters
from injections.patient.keeping import audit_words as keeping
from injections.procedure.steps.order import STEPS
from injections.visit import audit_words as visits
from injections.visit.classes import audit_words as classes
from injections.visit.consent import audit_words as consent
from scheduling.audit.words import ABOUT, DONE, OLD, SEEN, entry_words, subject_words
from scheduling.models import MailNews
from scheduling.states import VERBS
from tests.scenarios.addresses import all_patterns
from tests.scenarios.test_doors import modules

POLICY, MECHANISM = "injections", "scheduling"
OF_TYPE: Final = ("", "-list", "-search")
"""How routes of the FHIR door go on behind the name of a type."""
_HALF = (policy, waiting_list, series, visits, classes, letters, consent, keeping, leaving, cds_hooks, fhir, coming)
POLICY_DONE = {verb for one in _HALF for verb in one.DONE}
POLICY_SEEN = {route for one in _HALF for route in one.SEEN}
WRITERS: Final = {
    *("record", "note_event", "entry", "_record", "settle", "tell", "_supersede", "_keep_report"),
    *("note_often", "_note", "_note_failed"),
}
"""Functions that are given the verb of an entry, whichever of their arguments it is."""
PUT_TOGETHER: Final = {
    POLICY: {
        *(f"appointment-{verb.past}" for verb in transitions.VERBS.values()),
        *("booking-refused", "move-refused", "target-refused"),
        *("import-tried", "import-begun", "import-withdrawn"),
        *(f"{noun}-{past}" for noun in ("allergy", "condition") for past in ("recorded", "withdrawn")),
        *(f"drug-{past}" for past in ("added", "changed")),
        *(f"{whose}-exported" for whose in ("clinic", "patient")),
    },
    MECHANISM: {
        *(f"patient-link-{where}" for where in ("shown", "printed", "sent")),
        *(f"mail-{kind}" for kind in MailNews.Kind.values),
        *("user-created", "token-issued", "strangers-refused"),
        *(f"appointment-{verb.past}" for name, verb in VERBS.items() if name not in transitions.VERBS),
        *(f"{noun}-added" for noun in ("practitioner", "room", "schedule", "closure")),
        *(f"{noun}-changed" for noun in ("practitioner", "room", "schedule", "closure")),
    },
}
ONLY_ACTS: Final = {
    "activity-withdraw",
    "appointment-arrive",
    "audit-unusual-close",
    "appointment-fulfil",
    "appointment-link-open",
    "appointment-no-show",
    "clinic-details",
    "clinic-settings",
    "duplicate-registered-twice",
    "duplicate-report-other",
    "import-start",
    "import-try",
    "letter-send",
    "letter-send-on",
    "message-by-letter",
    "message-posted",
    "message-retry",
    "milder-verdict-seen",
    "message-send-now",
    "message-withhold",
    "patient-email-works",
    "patient-mails-again",
    "patient-close",
    "patient-code",
    "patient-offer-answer",
    "patient-offer-open",
    "patient-open",
    "waiting-answer",
    "waiting-book",
    "procedure",
    "procedure-go-on",
    "review-open",
    "staff-factor-require",
    "staff-factor-reset",
    "staff-sign-out",
    "staff-unlock",
    "session-end-one",
    "sign-out-everywhere",
    "token-revoke",
    "webhook-pause",
    "webhook-remove",
    "webhook-replay",
    "webhook-resume",
    "statistics",
}
"""Routes that lead on to another one."""
SHOWS_NOBODY: Final = {
    "fhir-metadata",
    *(f"fhir-questionnaire{what}" for what in OF_TYPE),
    *(f"fhir-{name}{what}" for name in ("location", "practitioner", "schedule", "slot") for what in OF_TYPE),
    "api-hold",
    "api-holds",
    "address-list",
    "address-add",
    "address-withdraw",
    "audit-unusual",
    "calendar-address",
    "call-news",
    "cds-discovery",
    "cds-feedback",
    "clinic-export",
    "closure-list",
    "drug-box",
    "drug-list",
    "group-places",
    "import-columns",
    "import-list",
    "import-withdraw",
    "mail-news",
    "mails-off",
    "practitioner-list",
    "room-list",
    "own-mails",
    "own-tokens",
    "rules",
    "schedule-list",
    "staff-invite",
    "staff-list",
    "staff-member",
    "staff-password",
    "statistic",
    "statistic-file",
    "waiting-times",
    "webhook",
    "webhook-add",
    "webhook-change",
    "webhook-list",
    "webhook-replay-since",
    "webhook-secret",
    "wording",
    "wording-list",
    "api-calendar-feed",
    "api-webhook",
    "api-webhook-deliveries",
    "api-webhook-delivery-replay",
    "api-webhook-events",
    "api-webhook-pause",
    "api-webhook-replay",
    "api-webhook-resume",
    "api-webhook-secret",
    "api-webhooks",
    "api-closure",
    "api-closures",
    "api-drug",
    "api-drugs",
    "api-practitioner",
    "api-practitioners",
    "api-room",
    "api-rooms",
    "api-schedule",
    "api-schedules",
    "api-sites",
    "api-statistic",
}
SHOW_SEVERAL: Final = {
    "clinic-change": {
        "closure",
        "closure-add",
        "outage",
        "drug",
        "drug-add",
        "practitioner",
        "practitioner-add",
        "room",
        "room-add",
        "schedule",
        "schedule-add",
        "schedule-extra",
    },
    **{f"procedure-{step}": {"procedure-step"} for step in STEPS},
    "procedure-not-now": {"procedure-step"},
    "review-being-read": {"review-open"},
    "decision-override": set[str](),
    "patient-merge-with": set[str](),
}
"""Actions that a view names itself, and the routes that show nothing else."""


def verbs(half: str) -> set[str]:
    """What stands as text among the arguments of a function that writes entries, itself or under a name of its own.

    What both halves stand on counts with the mechanism.
    """
    return {
        verb
        for path, tree in modules()
        if path.startswith(POLICY) == (half == POLICY)
        for verb in _verbs(tree)
        if verb != "viewed"
    }


def _verbs(tree: ast.Module) -> Iterator[str]:
    writers = WRITERS | {
        str(alias.asname)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "pht_clinic.audit.record"
        for alias in node.names
    }
    named = _named_texts(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and name_of(node.func) in writers:
            for given in node.args:
                yield from [str(given.value)] if is_text(given) else named.get(name_of(given), [])


def _named_texts(tree: ast.Module) -> dict[str, list[str]]:
    """What stands as text in a constant, or in a variable called `verb`, by its name."""
    return {
        target.id: list(texts(node.value))
        for node in ast.walk(tree)
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name) and (target.id == "verb" or target.id.isupper())
    }


def name_of(node: ast.AST) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def is_text(node: ast.AST) -> TypeGuard[ast.Constant]:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def texts(node: ast.AST) -> Iterator[str]:
    """Every text in it, as the values of a mapping."""
    for inner in ast.walk(node):
        if is_text(inner):
            yield str(inner.value)


def routes() -> dict[str, str]:
    """Every route of the two halves, and whose it is."""
    found = {}
    for _, pattern in all_patterns():
        view = getattr(pattern.callback, "view_class", pattern.callback)
        found[str(pattern.name)] = view.__module__.partition(".")[0]
    return {name: half for name, half in found.items() if half in (POLICY, MECHANISM)}


def named_by_views() -> set[str]:
    """What views call an action that their route does not name."""
    return {
        str(given.value.value)
        for path, tree in modules()
        if path.endswith("pages.py") or path.startswith("scheduling/clinic/")
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and name_of(node.func) in ("page", "note_viewed")
        for given in node.keywords
        if given.arg == "what" and is_text(given.value)
    }


@pytest.mark.parametrize("half", [POLICY, MECHANISM])
def test_every_verb_has_words_in_its_half(half: str) -> None:
    found = verbs(half) | PUT_TOGETHER[half]
    assert len(found) > 25
    said = POLICY_DONE if half == POLICY else DONE.keys() - POLICY_DONE
    assert not found - said, f"The trail has no words for these verbs: add them to the words of {half}"
    assert not said - found, "Nobody notes these any more: take their words out"


@pytest.mark.parametrize("half", [POLICY, MECHANISM])
def test_every_route_that_shows_patients_has_words_in_its_half(half: str) -> None:
    """And there are no words for routes that are no more."""
    own = {name for name, whose in routes().items() if whose == half}
    alone = own - ONLY_ACTS - SHOWS_NOBODY - set().union(*SHOW_SEVERAL.values())
    seen = POLICY_SEEN if half == POLICY else SEEN.keys() - POLICY_SEEN
    assert len(own) > 30
    worded = seen - SHOW_SEVERAL.keys()
    assert not alone - worded, f"The trail has no words for a look at these routes: add them to the words of {half}"
    assert not worded - alone, "These are no routes any more that show patients: take their words out"


def test_what_views_name_themselves_has_words() -> None:
    steps = {f"procedure-{step}" for step in STEPS}
    assert named_by_views() == SHOW_SEVERAL.keys() - steps
    assert SHOW_SEVERAL.keys() <= SEEN.keys()
    assert not SHOW_SEVERAL.keys() & routes().keys()


@pytest.mark.parametrize(
    ("verb", "subject", "said", "about"),
    [
        ("viewed", "procedure-done", "Viewed: procedure, what follows", ""),
        ("viewed", "tea-kitchen", "Viewed: tea kitchen", ""),
        ("appointment-requested", "appointment:12", "Visit asked for", "visit 12"),
        ("room-painted", "kettle:3", "Room painted", "kettle 3"),
        ("patients-merged", "", "Two records merged", ""),
    ],
)
def test_an_entry_is_said_in_words(verb: str, subject: str, said: str, about: str) -> None:
    """Also one that has none, as of an earlier version: as near to words as it comes."""
    assert (entry_words(verb, subject), subject_words(verb, subject)) == (said, about)


@pytest.mark.parametrize(
    ("subject", "said"),
    [
        ("procedure_done", "procedure, what follows"),
        ("patient_merge_with", "merging, comparison"),
        ("_booking_times", "booking, date and time"),
        ("clinic_form", "clinic settings, what a change would hit"),
        ("link-visit", "own page, visit"),
        ("appointment", "visit"),
    ],
)
def test_an_entry_that_names_a_file_of_a_page_still_reads_well(subject: str, said: str) -> None:
    """As they were written before actions had names of their own."""
    assert entry_words("viewed", subject) == f"Viewed: {said}"


def test_every_old_name_leads_to_one_that_has_words() -> None:
    assert set(OLD.values()) <= SEEN.keys()
    assert not OLD.keys() & SEEN.keys()


def test_words_are_told_apart() -> None:
    for table in (DONE, SEEN, ABOUT):
        assert len(set(table.values())) == len(table)

"""The kinds of message about an injection, their words, and what no inbox may show. Data.

What is due when is decided in `aftercare.py`, what is told to whom in `messages.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from injections.facts.policy import effective_policy
from injections.messages.aftercare_plan import LOAD_ADVICE
from injections.messages.consent import CONSENT_WITHDRAWN, against_consent
from injections.visit_kinds import INJECTING
from pht_clinic.clinic_words import emergency_words, thinner_sentence
from scheduling.messages import outbox, render
from scheduling.messages.kinds import BOOKED, CANCELLED, PENDING, VISIT_EXAMPLE, Look, MessageKind, register
from scheduling.messages.plan import NewsKind, Says, register_news
from scheduling.messages.wording import own_words
from scheduling.states import Status

_AFTER = frozenset({Status.FULFILLED.value})
AFTER_EXAMPLE: Final[Mapping[str, object]] = MappingProxyType(
    {
        "visit_day": "Tuesday 24 March",
        "visit_on": "24 March 2026",
        "rest_until": "Thursday 26 March at 09:45",
        "same_day": True,
        "resting": True,
        "one_more_day": True,
        "steroid": True,
        "anaesthetic": True,
        "diabetes": True,
        "type_1": True,
        "ischial": True,
        "loaded": True,
        "tendon": True,
        "joint": False,
        "load_until": "7 April 2026",
        "tear": False,
    }
)
"""What the injection of a made-up patient prints: every sentence but those about a tear and a joint."""

UNSPOKEN: Final = (
    "inject",
    "steroid",
    "cortis",
    "hamstring",
    "tendin",
    "tendon",
    "bursa",
    "bursit",
    "buttock",
    "ischi",
    "trochant",
    "glute",
    "muscle",
    "sciatic",
    r"sit.?bone",
    r"ultra.?sound",
    "physio",
    "needle",
    "anaesth",
    "anesth",
    "numbing",
    "diabet",
    "diagnos",
    "radiolog",
    "symptom",
    "surgery",
    "medrone",
    "kenalog",
    "methylpred",
    "triamcin",
    "lidocain",
    r"\bhips?\b",
    r"\blegs?\b",
    r"\bjoints?\b",
    r"\bthighs?\b",
    r"\bgroin",
    r"\bscans?\b",
    r"\bpain(?:s|ful\w*)?\b",
    r"\baching\b",
    r"\baches?\b",
    r"\btears?\b",
    r"\btorn\b",
    r"\bjabs?\b",
    r"\bsore\b",
    r"\bflares?\b",
    r"\bpht\b",
    r"\bx.?rays?\b",
    r"\bmri\b",
)
"""What a subject or a first paragraph must not name: whoever sees the inbox would know what the visit is about."""
NEWS: Final = {
    "information-needed": NewsKind(Says.WAITS, answers_a_request=True),
    "delayed": NewsKind(Says.IS_OFF),
    "declined": NewsKind(Says.IS_OFF),
}
"""What a decision, or its want, is to the patient."""
A_CALL_IS_OPEN: Final = "Held back while a call about this visit is open."
"""Why messages after an injection wait: stored with them, and shown."""
NAMES: Final = {
    "information-needed": "Questions for the patient",
    "delayed": "Appointment delayed",
    "declined": "Appointment declined",
    "aftercare": "Aftercare",
    "flare-check": "Question for the day after",
    "day-4": "Question for day 4",
    "rest-over": "Next steps after the rest",
    "recovery": "Question about recovery",
    "recovery-3-months": "Question after 3 months",
    "clinical-letter": "Copy of a letter",
}
PROMISED_BY_NOBODY: Final = (r"\bflares?\b",)
"""What no words of the clinic's own may say anywhere: nobody tells from an email what somebody's soreness is."""


def register_kinds() -> None:
    """Make the kinds of this app known to the outbox; called once, when the apps are ready."""
    own_words.keep_out_of_sight(UNSPOKEN)
    own_words.keep_out(PROMISED_BY_NOBODY)
    own_words.say_once(emergency_words)
    register_news(NEWS)
    outbox.register_hold(A_CALL_IS_OPEN)
    outbox.register_hold(CONSENT_WITHDRAWN)
    render.also_prints("load_advice", lambda: gettext(LOAD_ADVICE))
    render.also_prints("thinner_sentence", thinner_sentence)
    render.also_prints("infection_days", lambda: effective_policy().infection_days)
    register(
        [
            _of_a_visit(
                "confirmed",
                "confirmed",
                _("Your appointment on {day}"),
                calendar="confirmed",
                opening=_("Your appointment is booked for {when}."),
            ),
            _of_a_visit(
                "moved",
                "moved",
                _("Your appointment has changed"),
                calendar="confirmed",
                opening=_("Your appointment is now on {when}."),
            ),
            _of_a_visit(
                "reminder-week",
                "reminder_week",
                _("Your appointment on {day}"),
                opening=_("Your appointment is on {when}."),
                withheld=against_consent,
            ),
            _of_a_visit(
                "reminder-2-days",
                "reminder_2_days",
                _("Your appointment on {weekday} at {time}"),
                opening=_("Your appointment is on {when}."),
                withheld=against_consent,
            ),
            MessageKind(
                "information-needed",
                template_of("information_needed"),
                _("We need some information from you"),
                PENDING,
                opening=_(
                    "We are holding {when} for you, and we need some information from you before we can confirm it."
                ),
            ),
            MessageKind(
                "delayed",
                template_of("delayed"),
                _("We need to change your appointment"),
                CANCELLED,
                "cancelled",
                opening=_("Your appointment on {when} will not take place."),
                example={**VISIT_EXAMPLE, "delay_until": "4 May 2026"},
            ),
            MessageKind(
                "declined",
                template_of("declined"),
                _("About your appointment"),
                CANCELLED,
                "cancelled",
                opening=_("Your appointment on {when} will not take place."),
            ),
            _afterwards(
                "aftercare",
                "aftercare",
                _("Your aftercare information"),
                _("This is what to do, and what to look out for, after your visit on {visit_day}."),
            ),
            _afterwards(
                "flare-check",
                "flare_check",
                _("How are you today?"),
                _("Your visit to us was on {visit_day}. Please take a minute for these questions."),
            ),
            _afterwards(
                "day-4",
                "day_4",
                _("How are you today?"),
                _("It is a few days since your visit on {visit_day}. Please take a minute for these questions."),
            ),
            _afterwards(
                "rest-over",
                "rest_over",
                _("Your next steps"),
                _(
                    "Your rest after your visit on {visit_day} is over. From here, return to your activities step "
                    "by step."
                ),
            ),
            _afterwards(
                "recovery",
                "recovery",
                _("A short question about your recovery"),
                _("It is a few weeks since your visit on {visit_on}. Please take a minute for these questions."),
                is_optional=True,
            ),
            _afterwards(
                "recovery-3-months",
                "recovery_3_months",
                _("A short question about your recovery"),
                _("It is about 3 months since your visit on {visit_on}. Please take a minute for these questions."),
                is_optional=True,
            ),
            _afterwards(
                "clinical-letter",
                "clinical_letter",
                _("A letter about your visit"),
                _("A letter about your visit on {visit_on} is ready for you."),
            ),
        ],
        NAMES,
    )


def template_of(name: str) -> str:
    """Where the words of this app's messages stand."""
    return f"injections/mail/{name}"


def _of_a_visit(
    name: str, template: str, subject_line: str, *, opening: str, calendar: str = "", withheld: Look | None = None
) -> MessageKind:
    about = template_of(template), subject_line, BOOKED, calendar
    return MessageKind(name, *about, visits=INJECTING, opening=opening, withheld=withheld)


def _afterwards(name: str, template: str, subject_line: str, opening: str, *, is_optional: bool = False) -> MessageKind:
    return MessageKind(
        name,
        template_of(template),
        subject_line,
        _AFTER,
        is_optional=is_optional,
        opening=opening,
        placeholders=("visit_day", "visit_on"),
        example=AFTER_EXAMPLE,
    )

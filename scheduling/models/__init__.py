"""The tables of this half, by topic."""

from scheduling.models.appointment import Appointment, AppointmentChange
from scheduling.models.clinic import Closure, Practitioner, Room, Schedule
from scheduling.models.clinic_version import ClinicVersion
from scheduling.models.death import Death
from scheduling.models.duplicate import DuplicateSearch, Merge, PossibleDuplicate
from scheduling.models.edit import RecordEdit
from scheduling.models.erasure import Erasure
from scheduling.models.group import GroupVisit
from scheduling.models.mail_news import MailNews
from scheduling.models.message import Message
from scheduling.models.patient import NameWord, OfPatient, OfPatientQuerySet, Patient
from scheduling.models.phone_attempt import PhoneAttempt
from scheduling.models.series import VisitSeries
from scheduling.models.setting_seen import SettingSeen
from scheduling.models.unusual import UnusualUse
from scheduling.models.webhook import WebhookDelivery, WebhookEndpoint, WebhookEvent
from scheduling.models.wording import Wording

__all__ = [
    "Appointment",
    "AppointmentChange",
    "ClinicVersion",
    "Closure",
    "Death",
    "DuplicateSearch",
    "Erasure",
    "GroupVisit",
    "MailNews",
    "Merge",
    "Message",
    "NameWord",
    "OfPatient",
    "OfPatientQuerySet",
    "Patient",
    "PhoneAttempt",
    "PossibleDuplicate",
    "Practitioner",
    "RecordEdit",
    "Room",
    "Schedule",
    "SettingSeen",
    "UnusualUse",
    "VisitSeries",
    "WebhookDelivery",
    "WebhookEndpoint",
    "WebhookEvent",
    "Wording",
]

"""The tables of this half, by topic."""

from scheduling.models.appointment import Appointment, AppointmentChange, LinkGuesses, LinkTries
from scheduling.models.clinic import Closure, Practitioner, Room, Schedule
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
from scheduling.models.wording import Wording

__all__ = [
    "Appointment",
    "AppointmentChange",
    "Closure",
    "Death",
    "DuplicateSearch",
    "Erasure",
    "GroupVisit",
    "LinkGuesses",
    "LinkTries",
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
    "VisitSeries",
    "Wording",
]

"""What is gathered while one resource after the other is read: facts, answers, and what was not understood."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.resource import Resource

from injections.doors.coded.table import rows_of
from injections.safety.codes import NO, NOT_APPLICABLE, NOT_SURE, YES
from injections.safety.facts import BookedInjection, GivenInjection, LoadingVisit, Report, Request
from injections.safety.policy import Policy

_RANK: Final = {NOT_APPLICABLE: 0, NO: 1, NOT_SURE: 2, YES: 3}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unread:
    """What was there and says nothing here: which resource (Procedure/7), and why."""

    reference: str
    reason: str


class AnswersOnRecord:
    """The answers to questions, from wherever they come. Of two that differ the more serious stands: a record that says
    "yes" is not undone by a questionnaire that says "no".
    """

    def __init__(self) -> None:
        self.answers: dict[str, str] = {}
        self.times: dict[str, datetime | None] = {}

    def say(self, question: str, answer: str, at: datetime | None = None) -> None:
        """Note an answer and when it was given, None where that is not known."""
        before = self.answers.get(question)
        if before is not None and _RANK[before] > _RANK[answer]:
            return
        if before == answer:
            known = self.times[question]
            at = None if at is None or known is None else max(at, known)
        self.answers[question], self.times[question] = answer, at


class Gathered:
    """What was read so far, for one request, in one clinic's zone."""

    def __init__(self, request: Request, zone: ZoneInfo, policy: Policy) -> None:
        self.request, self.zone, self.policy = request, zone, policy
        self.date_of_birth: date | None = None
        self.injections: list[tuple[str, GivenInjection]] = []
        self.booked: list[BookedInjection] = []
        self.loading: list[LoadingVisit] = []
        self.reports: list[Report] = []
        self.sheet = AnswersOnRecord()
        self.blood_thinners: set[str | None] = set()
        self.open_calls: set[str] = set()
        self.is_avulsion_suspected = self.poorly_controlled = self.open_warning_sign = False
        self.medications: dict[str, list[CodeableConcept]] = {}
        self.unread: list[Unread] = []

    def leave(self, name: str, reason: str) -> None:
        """Note that something was there and was not understood."""
        self.unread.append(Unread(reference=name, reason=reason))

    def leave_unmapped(self, name: str, where: str, concepts: Iterable[CodeableConcept | None] | None) -> None:
        """Note each concept that has no code of the table; what it says is unknown."""
        for concept in concepts or ():
            if concept is not None and not rows_of(concept):
                self.leave(name, f"{where}: {in_words(concept)} is not in the table of codes")


def in_words(concept: CodeableConcept | None) -> str:
    """A concept as somebody finds it again: system and code of its first coding, or its text."""
    codings = (concept.coding if concept else None) or ()
    coded = [f"{coding.system or 'no system'}|{coding.code}" for coding in codings if coding.code]
    if coded:
        return coded[0][:120]
    return f"the text “{concept.text[:60]}”" if concept is not None and concept.text else "nothing coded"


def status_code(concept: CodeableConcept | None) -> str | None:
    """The code of a status that FHIR holds as a concept: clinicalStatus, verificationStatus."""
    codings = (concept.coding if concept else None) or ()
    return next((coding.code for coding in codings if coding.code), None)


def kind_of(resource: Resource) -> str:
    """Its resourceType."""
    return str(resource.get_resource_type())

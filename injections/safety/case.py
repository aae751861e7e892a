"""What one assessment works out once and every rule reads: local dates, the history as it counts, the newest
reports, the newest decision.
"""

from datetime import date, datetime

from injections.safety.codes import GIVEN_STATUSES, INJECTION, NOT_SURE, YES
from injections.safety.dates import PastDate, local_date, past_date, span_of, when_in_words
from injections.safety.facts import (
    BookedInjection,
    EarlierDecision,
    Facts,
    GivenInjection,
    PathwayFacts,
    Report,
    ScreeningFacts,
)
from injections.safety.policy import Policy
from injections.safety.scans import newest, newest_of_each
from injections.safety.sites import area_of, sides_match, sites_match

NO_SCREENING = ScreeningFacts()
NO_PATHWAY = PathwayFacts()


class Prior:
    """Another injection of the patient, given or booked, as it counts for the request that is judged.

    `on` is the local date it counts as.
    """

    __slots__ = ("booked", "given", "in_area", "on", "past", "side", "site")

    def __init__(
        self,
        *,
        on: date,
        past: PastDate,
        in_area: bool,
        given: GivenInjection | None = None,
        booked: BookedInjection | None = None,
    ) -> None:
        self.on, self.past, self.in_area = on, past, in_area
        self.given, self.booked = given, booked
        injection = given or booked
        assert injection is not None  # noqa: S101 - one of the two is always passed
        self.site, self.side = injection.site, injection.side

    @property
    def when(self) -> str:
        """Its day as it was said: "on 10 May 2026", "some time in 2025, counted as 31 December"."""
        return when_in_words(self.given.given if self.given else self.on.isoformat(), self.on)

    @property
    def first_possible_day(self) -> date | None:
        """The first day it can have been: the 1st of a month or year given so. None for a date not known."""
        said = self.given.given if self.given else self.on.isoformat()
        return span_of(said).first if said is not None else None

    def evidence(self) -> dict[str, object]:
        """Its area, side and the day it counts as, alike whether it is booked or given; what was said of a day that is
        not exact. So a decision goes on covering it when a booked one has been given.
        """
        shown: dict[str, object] = {
            "area": area_of(self.site) or self.site,
            "side": self.side,
            "counted_on": self.on.isoformat(),
        }
        if self.given is not None and not self.past.is_exact:
            shown["given"] = self.given.given
        return shown


class Case:
    """The facts of one assessment with what several rules need. Built once; rules only read it."""

    __slots__ = (
        "answers",
        "area",
        "facts",
        "matching_reports",
        "newest_of_each",
        "newest_reports",
        "pathway",
        "policy",
        "priors",
        "request",
        "same_area",
        "screening",
        "side",
        "start_on",
        "yes",
        "zone",
    )

    def __init__(self, facts: Facts, policy: Policy) -> None:
        self.facts, self.policy, self.request = facts, policy, facts.request
        self.zone = policy.zone
        self.start_on = local_date(facts.request.start, self.zone)
        self.side = facts.request.side or ""
        self.area = area_of(facts.request.site) if facts.request.site else None
        self.screening = facts.screening or NO_SCREENING
        self.pathway = facts.pathway or NO_PATHWAY
        self.answers = self.screening.answers
        self.yes = {question for question, answer in self.answers.items() if answer == YES}
        self.priors = [*self._given(), *self._booked()] if facts.request.kind == INJECTION else []
        self.same_area = [prior for prior in self.priors if prior.in_area and sides_match(prior.side, self.side)]
        self.matching_reports = self._matching_reports()
        self.newest_reports = newest(self.matching_reports)
        self.newest_of_each = newest_of_each(self.matching_reports)

    def is_not_sure(self, question: str) -> bool:
        return self.answers.get(question) == NOT_SURE

    def local(self, instant: datetime) -> date:
        return local_date(instant, self.zone)

    def day_of(self, answer: str) -> str | None:
        """The local day on which an answer was given; None is not known. Of what passes (a fever, an infection) it is
        part of the evidence: when it comes again, no earlier decision covers it.
        """
        answered_at = self.screening.time_of(answer)
        return self.local(answered_at).isoformat() if answered_at else None

    def newest_decision(self) -> EarlierDecision | None:
        """The newest one on this area and side by its day; of one day the later in order."""
        found = [one for one in self.facts.decisions if (one.area, one.side) == (self.area, self.side)]
        return max(reversed(found), key=lambda one: one.decided_on, default=None)

    def _given(self) -> list[Prior]:
        found = []
        for injection in self.facts.injections:
            if not counts_as_given(injection):
                continue
            past = past_date(injection.given, injection.recorded_on)
            in_area = sites_match(injection.site, self.area or "")
            found.append(Prior(on=past.counted_on(self.start_on), past=past, in_area=in_area, given=injection))
        return found

    def _booked(self) -> list[Prior]:
        found = []
        for booking in self.facts.booked:
            on = local_date(booking.start, self.zone)
            in_area = sites_match(booking.site, self.area or "")
            found.append(Prior(on=on, past=PastDate(on, True), in_area=in_area, booked=booking))
        return found

    def _matching_reports(self) -> list[Report]:
        """Reports of the request's area and side up to its date. A report of unknown side matches none."""
        return [
            report
            for report in self.facts.reports
            if report.area == self.area and report.side == self.side and report.performed_on <= self.start_on
        ]


def counts_as_given(injection: GivenInjection) -> bool:
    """Given or part-given, and steroid or not known to be none."""
    return injection.status in GIVEN_STATUSES and injection.steroid is not False

"""What one assessment works out once and every rule reads: local dates, the history as it counts, the
newest report.
"""

from datetime import date, datetime, timedelta

from injections.safety.codes import GIVEN_STATUSES, INJECTION, NOT_SURE, YES
from injections.safety.dates import PastDate, local_date, past_date
from injections.safety.facts import BookedInjection, Facts, GivenInjection, PathwayFacts, Report, ScreeningFacts
from injections.safety.policy import Policy
from injections.safety.sites import area_of, sides_match, sites_match

NO_SCREENING = ScreeningFacts()
NO_PATHWAY = PathwayFacts()


class Prior:
    """Another injection of the patient, given or booked, as it counts for the request that is judged.

    `on` is the local date it counts as; `same_visit` ones do not judge the request, they only count for the
    day.
    """

    __slots__ = ("booked", "given", "in_area", "on", "past", "same_visit", "side", "site")

    def __init__(
        self,
        *,
        on: date,
        past: PastDate,
        in_area: bool,
        same_visit: bool,
        given: GivenInjection | None = None,
        booked: BookedInjection | None = None,
    ) -> None:
        self.on, self.past, self.in_area, self.same_visit = on, past, in_area, same_visit
        self.given, self.booked = given, booked
        injection = given or booked
        assert injection is not None  # noqa: S101 - one of the two is always passed
        self.site, self.side = injection.site, injection.side

    def evidence(self) -> dict[str, object]:
        """Values that identify it to a reader, and the date it counts as."""
        shown: dict[str, object] = {"site": self.site, "side": self.side, "counted_on": self.on.isoformat()}
        if self.given is not None:
            shown |= {"status": self.given.status, "given": self.given.given, "steroid": self.given.steroid}
        else:
            shown["status"] = "booked"
        return shown


class Case:
    """The facts of one assessment with what several rules need. Built once; rules only read it."""

    __slots__ = (
        "answers",
        "area",
        "facts",
        "matching_reports",
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

    def is_not_sure(self, question: str) -> bool:
        return self.answers.get(question) == NOT_SURE

    def local(self, instant: datetime) -> date:
        return local_date(instant, self.zone)

    def _given(self) -> list[Prior]:
        found = []
        for injection in self.facts.injections:
            if not counts_as_given(injection):
                continue
            past = past_date(injection.given, injection.recorded_on)
            on = past.counted_on(self.start_on)
            found.append(
                Prior(
                    on=on,
                    past=past,
                    in_area=sites_match(injection.site, self.area or ""),
                    same_visit=on == self.start_on and self._is_same_visit(injection.ended_at, injection.ended_at),
                    given=injection,
                )
            )
        return found

    def _booked(self) -> list[Prior]:
        found = []
        for booking in self.facts.booked:
            on = local_date(booking.start, self.zone)
            found.append(
                Prior(
                    on=on,
                    past=PastDate(on, True),
                    in_area=sites_match(booking.site, self.area or ""),
                    same_visit=on == self.start_on and self._is_same_visit(booking.start, booking.end),
                    booked=booking,
                )
            )
        return found

    def _is_same_visit(self, start: datetime | None, end: datetime | None) -> bool:
        """Whether the later of the two starts within the minutes of one visit after the earlier's end.

        Of a given injection only its end is known: it is taken for its start too, which joins fewer.
        Unknown: no.
        """
        if start is None or end is None:
            return False
        gap = timedelta(minutes=self.policy.same_visit_minutes)
        return start < self.request.end + gap and self.request.start < end + gap

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


def newest(reports: list[Report]) -> list[Report]:
    """The reports of the newest date: all of them where several share it, so that the worst one speaks."""
    if not reports:
        return []
    latest = max(report.performed_on for report in reports)
    return [report for report in reports if report.performed_on == latest]

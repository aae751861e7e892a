"""What the rules look at: frozen values of one patient, for one request, with unknown kept as unknown.

Every instant must carry an offset and is held in UTC. Dates are clinic-local. None means "not known", never
"no". Raises: ValueError (an instant is naive).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from injections.safety.codes import INJECTION
from injections.safety.dates import utc


def _hold_in_utc(value: object, *names: str) -> None:
    for name in names:
        instant = getattr(value, name)
        if instant is not None:
            object.__setattr__(value, name, utc(instant))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What is asked for. `site` and `side` are None only for what loads the tendon: a visit of a loading kind, or a
    plan of the patient's own (a kind of activity), which alone may have been `agreed_to_move`.
    """

    start: datetime
    end: datetime
    kind: str = INJECTION
    site: str | None = None
    side: str | None = None
    targets: tuple[str, ...] = ()
    ultrasound_guided: bool = True
    includes_scan: bool = False
    agreed_to_move: bool = False

    def __post_init__(self) -> None:
        _hold_in_utc(self, "start", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientFacts:
    """`open_warning_sign`: a call opened by a warning sign or complication after an injection is not closed.

    `open_calls`: the ☎ rules, by id, about which a call is not closed, whatever area and side it was opened for. Those
    that this very assessment shows as critical speak for themselves.
    """

    date_of_birth: date | None
    open_warning_sign: bool = False
    open_calls: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenInjection:
    """An injection of the past, here or elsewhere. `given` is a partial date; `steroid` None is unknown.

    `rest_hours` are the radiologist's own for this injection. `helped` is "yes", "no", "not-sure" or None.
    """

    site: str
    side: str = "unknown"
    given: str | None = None
    steroid: bool | None = None
    status: str = "given"
    ended_at: datetime | None = None
    recorded_on: date | None = None
    rest_hours: int | None = None
    rest_reason: str | None = None
    helped: str | None = None

    def __post_init__(self) -> None:
        _hold_in_utc(self, "ended_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class BookedInjection:
    """Another injection visit that is pending, booked or arrived."""

    site: str
    side: str
    start: datetime
    end: datetime
    rest_hours: int | None = None

    def __post_init__(self) -> None:
        _hold_in_utc(self, "start", "end")


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadingVisit:
    """A visit at the clinic that loads the tendon: physiotherapy or exercise-class."""

    kind: str
    start: datetime

    def __post_init__(self) -> None:
        _hold_in_utc(self, "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class Activity:
    """The patient's own plan: sport, race, travel or manual-work."""

    kind: str
    start: datetime
    agreed_to_move: bool = False

    def __post_init__(self) -> None:
        _hold_in_utc(self, "start")


@dataclass(frozen=True, slots=True, kw_only=True)
class ScreeningFacts:
    """The answers that count for one area and side. A question that is not in `answers` is unanswered.

    `answered` has the times of single answers, by question (onset, injury_on, main_pain_site and pain_side too), where
    they differ from `answered_at`. None is not known.
    """

    answered_at: datetime | None = None
    answered: Mapping[str, datetime] = field(default_factory=dict)
    answers: Mapping[str, str | None] = field(default_factory=dict)
    onset: str | None = None
    injury_on: date | None = None
    main_pain_site: str | None = None
    pain_side: str | None = None
    diabetes_poorly_controlled: str | None = None
    surgery_on: date | None = None
    next_event_on: date | None = None
    blood_thinner_kind: str | None = None
    inr: float | None = None
    inr_on: date | None = None

    def __post_init__(self) -> None:
        _hold_in_utc(self, "answered_at")
        object.__setattr__(self, "answered", {answer: utc(instant) for answer, instant in self.answered.items()})

    def time_of(self, answer: str) -> datetime | None:
        """When this answer was given, in UTC: its own time, else that of all of them; None is not known."""
        return self.answered.get(answer, self.answered_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class PathwayFacts:
    """What was tried and who has looked, for one area and side.

    `not_possible_reason` is a clinician's; what others wrote there is left out (None). `loading_stage`, 1 to 4, informs
    and decides nothing.
    """

    specialist_assessment: str | None = None
    physiotherapy: str | None = None
    response: str | None = None
    not_possible_reason: str | None = None
    indications: tuple[str, ...] = ()
    mild_and_improving: str | None = None
    suspected_avulsion: str | None = None
    treatments_tried: tuple[str, ...] = ()
    loading_stage: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An ultrasound or MRI report of one area and side; unknown side counts for none."""

    modality: str
    area: str
    side: str
    performed_on: date
    tendinopathy: str
    bursitis: str
    tear: str
    other_diagnosis: str
    tear_grade: str | None = None
    tear_size_mm: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierDecision:
    """What a radiologist decided about an injection of one area and side, on a clinic-local day; a delay has its
    `until`, the day to come back on.
    """

    outcome: str
    decided_on: date
    area: str
    side: str
    until: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one assessment looks at. `booked` leaves out the request itself; `decisions` stand in the order in
    which they were made, without those on visits entered in error.
    """

    request: Request
    patient: PatientFacts
    injections: tuple[GivenInjection, ...] = ()
    booked: tuple[BookedInjection, ...] = ()
    loading: tuple[LoadingVisit, ...] = ()
    activities: tuple[Activity, ...] = ()
    screening: ScreeningFacts | None = None
    pathway: PathwayFacts | None = None
    reports: tuple[Report, ...] = ()
    decisions: tuple[EarlierDecision, ...] = ()

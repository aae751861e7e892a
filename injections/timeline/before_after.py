"""How it was before an injection and how it is after it, for each area and side: a chart, and the same as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Final

from injections import words
from injections.facts.answers import fits
from injections.models import Injection, OutcomeMeasure, RecoveryAnswer, VisaScore
from injections.models.outcome import BEFORE_WITHIN, WORST_PAIN
from injections.safety.sites import area_of
from injections.statistics.charts import Chart, Series, columns
from pht_clinic import clock
from scheduling.messages.words import full_date

Occasion = OutcomeMeasure.Occasion
DOING: Final = {"pain_sitting": "Sitting", "pain_walking": "Walking", "pain_running": "Running"}
_SAID: Final = (*DOING, "strength", "goal", "goal_reached", "stage", "stage_pain")


@dataclass(slots=True)
class Point:
    """What was said at one occasion, None and "" where nothing was; `change` is the answer about the whole."""

    occasion: Occasion
    on: date | None = None
    pain_sitting: int | None = None
    pain_walking: int | None = None
    pain_running: int | None = None
    strength: str = ""
    goal: str = ""
    goal_reached: str = ""
    stage: int | None = None
    stage_pain: int | None = None
    change: str = ""

    @property
    def label(self) -> str:
        return str(self.occasion.label).capitalize()

    @property
    def says_anything(self) -> bool:
        return self.on is not None or bool(self.change)

    @property
    def pains(self) -> list[int | None]:
        return [getattr(self, name) for name in DOING]

    @property
    def strength_words(self) -> str:
        return str(OutcomeMeasure.Strength(self.strength).label) if self.strength else ""

    @property
    def goal_words(self) -> str:
        return str(OutcomeMeasure.GoalReached(self.goal_reached).label) if self.goal_reached else ""

    @property
    def change_words(self) -> str:
        return str(RecoveryAnswer.Change(self.change).label) if self.change else ""

    @property
    def stage_words(self) -> str:
        """ "2, isotonic with little hip flexion", "none"."""
        if self.stage is None:
            return ""
        pain = f", pain {self.stage_pain}" if self.stage_pain is not None else ""
        return f"{self.stage}, {words.LOADING_STAGES[self.stage]}{pain}" if self.stage else "none"


@dataclass(slots=True)
class BeforeAfter:
    """One injection given here, or none yet where `given_on` is None; its points in their order."""

    area: str
    side: str
    given_on: date | None
    points: list[Point] = field(default_factory=list)

    @property
    def goal(self) -> str:
        return self.points[0].goal

    @property
    def title(self) -> str:
        """ "Sit bone (ischial tuberosity), left: injection of 10 March 2026"."""
        area = words.AREA_NAMES.get(self.area, "All areas")
        side = words.SIDES.get(self.side, "Both sides").lower()
        what = f"injection of {full_date(self.given_on)}" if self.given_on else "before an injection"
        return f"{area}, {side}: {what}"

    @property
    def sentence(self) -> str:
        """ "Sitting 6 before, 3 at 6 weeks. Overall better at 6 weeks."; what nobody was asked before has no before."""
        said = [text for name, label in DOING.items() if (text := self._path(name, label))]
        latest = next((point for point in reversed(self.points) if point.change), None)
        if latest:
            said.append(f"Overall {latest.change_words} at {latest.occasion.label}")
        return ". ".join(said) + "." if said else "No pain was said as a number."

    def _path(self, name: str, label: str) -> str:
        found = [point for point in self.points if getattr(point, name) is not None]
        if not found:
            return ""
        shown = [found[0], found[-1]] if len(found) > 1 else found
        parts = [
            f"{getattr(one, name)} {'' if one.occasion == Occasion.BEFORE else 'at '}{one.occasion.label}"
            for one in shown
        ]
        return f"{label} {', '.join(parts)}"

    @property
    def chart(self) -> Chart | None:
        """Columns of pain from 0 to 10, each with its number; None where nobody said one, or of a single occasion."""
        if len(self.points) == 1 or not any(pain is not None for point in self.points for pain in point.pains):
            return None
        series = [Series(label, [getattr(point, name) for point in self.points]) for name, label in DOING.items()]
        return columns([point.label for point in self.points], series, highest=WORST_PAIN, is_numbered=True)


def before_and_after(
    injections: Iterable[Injection], measures: Sequence[OutcomeMeasure], recovery: Sequence[RecoveryAnswer]
) -> list[BeforeAfter]:
    """Of each injection given here about which anything was said, and of each place asked about since; newest first.

    `injections` are those that stand, `measures` and `recovery` every row of the patient. "Before" is of each field
    what was said last in the 90 days up to the injection; boundary: an answer of its very start counts as before.
    """
    ours = [row for row in injections if row.status in Injection.GIVEN and row.appointment_id and row.started_at]
    ours.sort(key=lambda row: (row.started_at, row.pk), reverse=True)
    found = [_of_injection(row, measures, recovery) for row in ours]
    return [
        *_not_yet_given(ours, measures),
        *(one for one in found if any(point.says_anything for point in one.points)),
    ]


def _of_injection(
    row: Injection, measures: Sequence[OutcomeMeasure], recovery: Sequence[RecoveryAnswer]
) -> BeforeAfter:
    area, side, started_at = area_of(row.site) or "", row.side, row.started_at
    assert started_at is not None  # noqa: S101 - as chosen above
    before = [
        one
        for one in measures
        if one.occasion == Occasion.BEFORE
        and fits(one, area, side)
        and started_at - BEFORE_WITHIN <= one.answered_at <= started_at
    ]
    points = [_point(Occasion.BEFORE, before)]
    for occasion in list(Occasion)[1:]:
        said = [one for one in measures if (one.appointment_id, one.occasion) == (row.appointment_id, occasion)]
        points.append(_point(occasion, said))
        answered = [one for one in recovery if (one.appointment_id, one.question) == (row.appointment_id, occasion)]
        newest = max(answered, key=lambda one: one.pk, default=None)
        if newest is not None:
            points[-1].change = newest.change
            points[-1].on = points[-1].on or _day(newest.answered_at)
    return BeforeAfter(area, side, date.fromisoformat(row.given), points)


def _not_yet_given(ours: Iterable[Injection], measures: Sequence[OutcomeMeasure]) -> list[BeforeAfter]:
    """The places about which somebody was asked after the last injection there, if there was any."""
    last: dict[tuple[str, str], datetime] = {}
    for row in ours:
        assert row.started_at is not None  # noqa: S101 - as chosen above
        last.setdefault((area_of(row.site) or "", row.side), row.started_at)
    open_ones: dict[tuple[str, str], list[OutcomeMeasure]] = {}
    for one in measures:
        given_at = [at for place, at in last.items() if fits(one, *place)]
        if one.occasion == Occasion.BEFORE and not any(one.answered_at <= at for at in given_at):
            open_ones.setdefault((one.area, one.side), []).append(one)
    return [BeforeAfter(area, side, None, [_point(Occasion.BEFORE, rows)]) for (area, side), rows in open_ones.items()]


def _point(occasion: Occasion, rows: Iterable[OutcomeMeasure]) -> Point:
    """Of each field what was said last."""
    point = Point(occasion)
    for row in sorted(rows, key=lambda one: (one.answered_at, one.pk)):
        point.on = _day(row.answered_at)
        for name in _SAID:
            value: Any = getattr(row, name)
            if value not in (None, ""):
                setattr(point, name, value)
    return point


def _day(instant: datetime) -> date:
    return clock.local_date(instant)


def visa_scores(rows: Iterable[VisaScore]) -> list[VisaScore]:
    """VISA-H totals, newest day first; of one day and side the one recorded last."""
    newest = {(row.scored_on, row.side): row for row in sorted(rows, key=lambda one: one.pk)}
    return sorted(newest.values(), key=lambda row: (row.scored_on, row.pk), reverse=True)

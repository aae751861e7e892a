"""A clean case on a fixed day, and facts that differ from it in what a table row says."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from injections.safety.assess import assess
from injections.safety.codes import NO
from injections.safety.facts import (
    Activity,
    BookedInjection,
    EarlierDecision,
    Facts,
    GivenInjection,
    LoadingVisit,
    PathwayFacts,
    PatientFacts,
    Report,
    Request,
    ScreeningFacts,
)
from injections.safety.findings import Finding
from injections.safety.questions import QUESTIONS
from injections.safety.rules.red_flags import FITTING_PAIN
from injections.safety.sites import SITE_BY_CODE

LONDON = ZoneInfo("Europe/London")
START = "2026-06-30 10:00"
ALL_NO = dict.fromkeys(QUESTIONS, NO)
SAME = "same"
"""Stands for the area or side of the request, so that a row can be mirrored."""


def at(text: str) -> datetime:
    """ "2026-06-30 10:00" in London, with an optional Z for UTC; a date alone means 10:00."""
    if text.endswith("Z"):
        return datetime.fromisoformat(text)
    moment = text if len(text) > len("2026-06-30") else f"{text} 10:00"
    return datetime.fromisoformat(moment).replace(tzinfo=LONDON)


def on(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None


def clean(
    *,
    kind: str = "injection",
    site: str = "hamstring-origin",
    side: str = "left",
    start: str = START,
    minutes: int = 30,
    targets: tuple[str, ...] | None = None,
    ultrasound_guided: bool = True,
    includes_scan: bool = False,
    date_of_birth: str | None = "1980-05-01",
    open_warning_sign: bool = False,
    open_calls: tuple[str, ...] = (),
    agreed_to_move: bool = False,
    given: tuple[str | dict[str, Any], ...] = (),
    booked: tuple[str | dict[str, Any], ...] = (),
    loading: dict[str, str] | None = None,
    activities: tuple[dict[str, Any], ...] = (),
    screening: dict[str, Any] | None = None,
    no_screening: bool = False,
    pathway: dict[str, Any] | None = None,
    no_pathway: bool = False,
    reports: tuple[dict[str, Any], ...] = ({},),
    decisions: tuple[dict[str, Any], ...] = (),
    mirror: bool = False,
    **answers: str | None,
) -> Facts:
    """Facts of a case that is clear, but for what is passed; any other keyword is an answer to a question.

    `mirror` turns left and right round everywhere.
    """
    side = _turned(side, mirror)
    starts = at(start)
    where = {"site": site, "side": side} if kind == "injection" else {"site": None, "side": None}
    request = Request(
        kind=kind,
        **where,
        start=starts,
        end=starts + timedelta(minutes=minutes),
        targets=(SITE_BY_CODE[site].default_target or "",) if targets is None else targets,
        ultrasound_guided=ultrasound_guided,
        includes_scan=includes_scan,
        agreed_to_move=agreed_to_move,
    )
    return Facts(
        request=request,
        patient=PatientFacts(
            date_of_birth=on(date_of_birth), open_warning_sign=open_warning_sign, open_calls=open_calls
        ),
        injections=tuple(_given(one, site, side, mirror) for one in given),
        booked=tuple(_booked(one, site, side, mirror) for one in booked),
        loading=tuple(LoadingVisit(kind=kind, start=at(moment)) for kind, moment in (loading or {}).items()),
        activities=tuple(Activity(**{**one, "start": at(one["start"])}) for one in activities),
        screening=None if no_screening else _screening(site, side, start, answers, screening or {}, mirror),
        pathway=None if no_pathway else _pathway(pathway or {}),
        reports=tuple(_report(one, site, side, start, mirror) for one in reports),
        decisions=_decisions(decisions, site, side, mirror),
    )


def the(rule: str, **facts: Any) -> Finding:
    """What one rule says of a case. Raises StopIteration where it is silent."""
    return next(finding for finding in assess(clean(**facts)).findings if finding.rule == rule)


def _given(one: str | dict[str, Any], site: str, side: str, mirror: bool) -> GivenInjection:
    values = {"given": one} if isinstance(one, str) else dict(one)
    if "recorded_on" in values:
        values["recorded_on"] = on(values["recorded_on"])
    if "ended_at" in values:
        values["ended_at"] = at(values["ended_at"])
    return GivenInjection(**{"site": site, "steroid": True, **values, "side": _side(values, side, mirror)})


def _booked(one: str | dict[str, Any], site: str, side: str, mirror: bool) -> BookedInjection:
    values = {"start": one} if isinstance(one, str) else dict(one)
    starts = at(values.pop("start"))
    ends = starts + timedelta(minutes=values.pop("minutes", 30))
    return BookedInjection(
        **{"site": site, **values, "start": starts, "end": ends, "side": _side(values, side, mirror)}
    )


def _screening(
    site: str, side: str, start: str, answers: dict[str, Any], changes: dict[str, Any], mirror: bool
) -> ScreeningFacts:
    values: dict[str, Any] = {
        "answered_at": at(start) - timedelta(days=3),
        "onset": "gradual",
        "main_pain_site": FITTING_PAIN[SITE_BY_CODE[site].area or ""][0],
        "pain_side": SAME,
        **changes,
    }
    for name in ("injury_on", "surgery_on", "next_event_on", "inr_on"):
        values[name] = on(values.get(name))
    if isinstance(values["answered_at"], str):
        values["answered_at"] = at(values["answered_at"])
    values["answered"] = {name: at(moment) for name, moment in values.get("answered", {}).items()}
    if values["pain_side"] == SAME:
        values["pain_side"] = side
    else:
        values["pain_side"] = _turned(values["pain_side"], mirror)
    return ScreeningFacts(answers={**ALL_NO, **answers}, **values)


def _pathway(changes: dict[str, Any]) -> PathwayFacts:
    return PathwayFacts(
        **{
            "specialist_assessment": "yes",
            "physiotherapy": "completed",
            "response": "not-satisfactory",
            "indications": ("deep-buttock-pain",),
            "mild_and_improving": "no",
            "suspected_avulsion": "no",
            **changes,
        }
    )


def _report(changes: dict[str, Any], site: str, side: str, start: str, mirror: bool) -> Report:
    values: dict[str, Any] = {
        "modality": "ultrasound",
        "area": SITE_BY_CODE[site].area,
        "performed_on": (at(start) - timedelta(days=30)).date().isoformat(),
        "tendinopathy": "yes",
        "bursitis": "no",
        "tear": "none",
        "other_diagnosis": "none",
        **changes,
    }
    values["performed_on"] = on(values["performed_on"])
    return Report(**{**values, "side": _side(changes, side, mirror)})


def _decisions(made: tuple[dict[str, Any], ...], site: str, side: str, mirror: bool) -> tuple[EarlierDecision, ...]:
    """In the order given; of this area and side unless they say otherwise."""
    return tuple(
        EarlierDecision(
            outcome=one["outcome"],
            decided_on=date.fromisoformat(one["decided_on"]),
            until=on(one.get("until")),
            area=one.get("area", SITE_BY_CODE[site].area),
            side=_side(one, side, mirror),
        )
        for one in made
    )


def _side(values: dict[str, Any], side: str, mirror: bool) -> str:
    return _turned(values["side"], mirror) if "side" in values else side


def _turned(side: str | None, mirror: bool) -> Any:
    """Left for right and right for left in a mirrored case; any other side, and any in other cases, as it is."""
    return {"left": "right", "right": "left"}.get(side or "", side) if mirror else side

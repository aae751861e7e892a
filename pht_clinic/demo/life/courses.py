"""The courses of the year: what brings somebody, what is found, what is done, and how it goes on. Each is told as it
happens, up to the present, where `Present` ends it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Final

from injections.patient.injections import EarlierInjection, record_injection
from pht_clinic import clock
from pht_clinic.demo.life import acts
from pht_clinic.demo.life.stage import Stage
from scheduling.models import Appointment

AGAIN: Final = timedelta(days=125)
"""When a second injection is asked for, by those who were helped for a while."""


def play(stage: Stage) -> None:
    """This person's course from now on, up to the present at most. Raises: Present."""
    _COURSES[stage.person.course](stage)


def _injected(stage: Stage) -> None:
    """Everything is in order: booked, treated, asked how it is; some are helped for a while and come again."""
    acts.answer(stage)
    acts.refer(stage)
    ended_at = _has_injection(stage, "injection")
    if ended_at is not None and stage.happens(0.45):
        _comes_to_follow_up(stage)
    if ended_at is not None and stage.happens(0.3):
        stage.until(ended_at + AGAIN - timedelta(days=12))
        acts.answer(stage, steroid_injection_last_12_months="yes")
        _has_injection(stage, "injection", site=acts.SITES[1])


def _scanned(stage: Stage) -> None:
    """Nobody has looked with ultrasound yet: scan and injection in one visit."""
    acts.answer(stage)
    acts.refer(stage, scanned_days_ago=None)
    _has_injection(stage, "scan-and-injection")


def _reviewed(stage: Stage) -> None:
    """A medicine to weigh: the time is held until a radiologist decides."""
    acts.answer(stage, **({"blood_thinner": "yes"} if stage.happens(0.6) else {"diabetes": "yes"}))
    acts.refer(stage)
    _has_injection(stage, "injection")


def _refused(stage: Stage) -> None:
    """Injected elsewhere a few weeks ago: refused, and booked for when it is safe."""
    given = clock.local_date(stage.now) - timedelta(days=stage.chance.randint(25, 75))
    told = EarlierInjection(
        site=acts.SITES[0], side=stage.person.side, given=given.isoformat(), steroid=True, origin="elsewhere"
    )
    record_injection(stage.patient.pk, told, by=stage.staff.reception, now=stage.now)
    acts.answer(stage, steroid_injection_last_12_months="yes")
    acts.refer(stage)
    if acts.booked(stage, "injection", stage.staff.injects, in_days=8) is None:
        wait = (given + timedelta(days=130) - clock.local_date(stage.now)).days
        _has_injection(stage, "injection", in_days=wait)


def _called(stage: Stage) -> None:
    """A red flag among the answers: a radiologist phones, and the patient is seen by somebody else first."""
    acts.answer(stage, fever="yes")
    acts.refer(stage)
    stage.days(1)
    acts.calls_closed(stage, "Had a cold. No temperature for a week, feels well; the GP has looked.")
    stage.days(14)
    acts.answer(stage)
    _has_injection(stage, "injection")


def _therapy(stage: Stage) -> None:
    """Exercise first: some weeks of physiotherapy, after which one in three is sent on."""
    acts.answer(stage)
    for _ in range(stage.chance.randint(3, 6)):
        visit = acts.booked(stage, "physiotherapy", stage.staff.treats, in_days=stage.chance.randint(5, 9))
        if visit is None:
            return
        if stage.happens(0.08):
            stage.until(visit.start_at - timedelta(days=2))
            acts.cancelled(stage, visit)
        elif acts.comes(stage, visit):
            acts.ended(stage, visit)
    if stage.happens(0.33):
        stage.days(3)
        acts.answer(stage)
        acts.refer(stage, scanned_days_ago=2)
        _has_injection(stage, "injection")


def _advised(stage: Stage) -> None:
    """Comes to see somebody, and goes home with exercises."""
    acts.answer(stage)
    _comes_to_follow_up(stage)


_COURSES: Final[Mapping[str, Callable[[Stage], None]]] = {
    "injected": _injected,
    "scanned": _scanned,
    "reviewed": _reviewed,
    "refused": _refused,
    "called": _called,
    "therapy": _therapy,
    "advised": _advised,
}


def _has_injection(
    stage: Stage, kind: str, *, site: str = acts.SITES[0], in_days: int | None = None
) -> datetime | None:
    """Book, decide where somebody has to, come, be injected and recover; when it ended, None where it came to nothing.

    Raises: Present.
    """
    ahead = in_days if in_days is not None else stage.chance.randint(8, 26)
    visit = acts.booked(stage, kind, stage.staff.injects, in_days=ahead, site=site)
    if visit is None:
        return None
    if visit.status == "pending" and not _is_allowed(stage, visit):
        return None
    if stage.happens(0.09):
        stage.until(visit.start_at - timedelta(days=stage.chance.randint(1, 5)))
        acts.cancelled(stage, visit)
        return _has_injection(stage, kind, site=site) if stage.happens(0.6) else None
    if not acts.comes(stage, visit):
        return None
    ended_at = acts.injected(stage, visit)
    acts.recovers(stage, visit, ended_at)
    return ended_at


def _is_allowed(stage: Stage, visit: Appointment) -> bool:
    """A radiologist decides within a day or two, and says no to one in six. Raises: Present."""
    stage.until(stage.now + timedelta(hours=stage.chance.choice([2, 5, 22, 26])))
    acts.calls_closed(stage, "Went through the answers.")
    if stage.happens(0.17):
        acts.decided(stage, visit, "decline", "The risk outweighs the benefit. Shockwave therapy is offered instead.")
        return False
    if stage.happens(0.6):
        acts.decided(stage, visit, "approve", "Seen; the medicine goes on, pressure is kept on the site for longer.")
    else:
        acts.decided(
            stage,
            visit,
            "override",
            "Talked through with the patient, who wants it and knows the risk.",
            reason_code="benefit-outweighs-risk",
        )
    return True


def _comes_to_follow_up(stage: Stage) -> None:
    """Raises: Present."""
    visit = acts.booked(stage, "follow-up", stage.staff.injects, in_days=stage.chance.randint(7, 21))
    if visit is not None and acts.comes(stage, visit):
        acts.ended(stage, visit)

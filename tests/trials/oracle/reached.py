"""The corners of the rules that random histories must reach, each as a plain question about one line.

A severity is reached more easily than a boundary: this names the boundaries, so that a generator that no longer
meets one is noticed.
"""

from collections.abc import Callable
from datetime import date, timedelta

from tests.trials.oracle.clinical import FORTNIGHT
from tests.trials.oracle.days import ONE_DAY, add_months, counts_as, first_possible_day, instant, local_day
from tests.trials.oracle.words import (
    answered_at,
    booked,
    booked_day,
    date_in_screening,
    given,
    in_same_area,
    is_ischial_or_trochanteric,
    matching_reports,
    newest,
    newest_of_each_kind,
    pathway,
    request_area,
    request_end,
    request_start,
    screening,
    start_day,
    times_of_answers,
    yes,
)

MINUTE = timedelta(minutes=1)
HISTORY = "steroid_injection_last_12_months"


def activities_after(line: dict, kind: str, elapsed: timedelta) -> list[dict]:
    """The activities of this kind that start so long after the requested injection ends."""
    found = []
    for activity in line.get("activities") or []:
        if activity["kind"] == kind and instant(activity["start"]) - request_end(line) == elapsed:
            found.append(activity)
    return found


def race_after(elapsed: timedelta) -> Callable[[dict], bool]:
    return lambda line: is_ischial_or_trochanteric(line) and bool(activities_after(line, "race", elapsed))


def sport_after(elapsed: timedelta) -> Callable[[dict], bool]:
    return lambda line: is_ischial_or_trochanteric(line) and bool(activities_after(line, "sport", elapsed))


def same_area_the_same_day(line: dict) -> bool:
    return any(in_same_area(line, one) and booked_day(one) == start_day(line) for one in booked(line))


def in_same_area_given(count: int) -> Callable[[dict], bool]:
    return lambda line: sum(in_same_area(line, injection) for injection in given(line)) == count


def history_answer_day(line: dict) -> date:
    at = answered_at(line, HISTORY)
    return start_day(line) if at is None else local_day(at)


def year_of_one_ends(days_later: int) -> Callable[[dict], bool]:
    """Whether 12 months after some injection are over so many days after the day of the answer."""

    def asked(line: dict) -> bool:
        last = history_answer_day(line) + days_later * ONE_DAY
        return any(add_months(counts_as(one, start_day(line)), 12) == last for one in given(line))

    return asked


def year_of_one_begins(days_later: int) -> Callable[[dict], bool]:
    """Whether the first possible day of some injection is so many days after the day of the answer."""

    def asked(line: dict) -> bool:
        first = history_answer_day(line) + days_later * ONE_DAY
        return any(one.get("given") and first_possible_day(one["given"]) == first for one in given(line))

    return asked


def one_ended_after_the_answer(gap: timedelta) -> Callable[[dict], bool]:
    def asked(line: dict) -> bool:
        at = answered_at(line, HISTORY)
        ends = [instant(one["ended_at"]) for one in given(line) if one.get("ended_at")]
        return at is not None and at + gap in ends

    return asked


def tried_and_not_recorded(line: dict) -> bool:
    return "earlier-injection" in (pathway(line, "treatments_tried") or []) and not given(line)


def both_kinds_of_scan(line: dict, *, one_day: bool) -> bool:
    """Whether both kinds show the requested place, on one day or not, and only one of them sees a tear."""
    newest_two = newest_of_each_kind(matching_reports(line))
    kinds = {report["modality"] for report in newest_two}
    days = {report["performed_on"] for report in newest_two}
    tears = {report["tear"] for report in newest_two}
    return len(kinds) == 2 and (len(days) == 1) == one_day and len(tears) > 1 and "none" in tears


def only_the_older_scan_sees_it(line: dict) -> bool:
    found = matching_reports(line)
    latest = {report["tear"] for report in newest(found)}
    return {report["tear"] for report in newest_of_each_kind(found)} != latest == {"none"}


def old_injury(report_days_later: int) -> Callable[[dict], bool]:
    """Whether an old injury with a sign has a report of the place made so many days after it."""

    def asked(line: dict) -> bool:
        injury_on = date_in_screening(line, "injury_on")
        if injury_on is None or start_day(line) < injury_on + 84 * ONE_DAY:
            return False
        days = [one["performed_on"] for one in matching_reports(line)]
        signs = yes(line, "sudden_pop", "bruising", "marked_weakness", "difficulty_walking")
        return signs and (injury_on + report_days_later * ONE_DAY).isoformat() in days

    return asked


def injured(days_before: int) -> Callable[[dict], bool]:
    return lambda line: date_in_screening(line, "injury_on") == start_day(line) - days_before * ONE_DAY


def infection_answered(before: timedelta) -> Callable[[dict], bool]:
    def asked(line: dict) -> bool:
        at = answered_at(line, "infection_or_antibiotics")
        return yes(line, "infection_or_antibiotics") and at is not None and request_start(line) - at == before

    return asked


def own_time_of_an_answer_decides(line: dict) -> bool:
    """Whether the answers are stale by the time of a single one, or fresh again by those of all."""
    text, times = screening(line, "answered_at"), times_of_answers(line)
    if text is None or not times:
        return False
    start = request_start(line)
    return (start - instant(text) >= FORTNIGHT) != (start - min(times) >= FORTNIGHT)


def inr_taken(days_before: int) -> Callable[[dict], bool]:
    return lambda line: (
        yes(line, "blood_thinner")
        and screening(line, "blood_thinner_kind") == "warfarin"
        and date_in_screening(line, "inr_on") == start_day(line) - days_before * ONE_DAY
        and (screening(line, "inr") or 9) <= 3
    )


def decisions_here(line: dict, outcome: str) -> list[dict]:
    here = {"area": request_area(line), "side": line["request"]["side"], "outcome": outcome}
    return [one for one in line.get("decisions") or [] if here.items() <= one.items()]


def declined_for_12_months_until(days_later: int) -> Callable[[dict], bool]:
    def asked(line: dict) -> bool:
        last = start_day(line) + days_later * ONE_DAY
        found = decisions_here(line, "decline")
        return any(add_months(date.fromisoformat(one["decided_on"]), 12) == last for one in found)

    return asked


def delayed_until(days_later: int) -> Callable[[dict], bool]:
    def asked(line: dict) -> bool:
        last = start_day(line) + days_later * ONE_DAY
        return any(date.fromisoformat(one["until"]) == last for one in decisions_here(line, "delay"))

    return asked


def decided_twice_in_a_day(line: dict) -> bool:
    no = [one["decided_on"] for one in decisions_here(line, "decline") + decisions_here(line, "delay")]
    return any(one["decided_on"] in no for one in decisions_here(line, "approve"))


CORNERS: dict[str, Callable[[dict], bool]] = {
    "another one of the same area and side on the same day": same_area_the_same_day,
    "the third injection": in_same_area_given(2),
    "the fourth injection": in_same_area_given(3),
    "history asked the day before 12 months are over": year_of_one_ends(1),
    "history asked when 12 months are over": year_of_one_ends(0),
    "history asked the day before the first possible day": year_of_one_begins(1),
    "history asked on the first possible day": year_of_one_begins(0),
    "history asked a minute before one ended": one_ended_after_the_answer(MINUTE),
    "history asked when one ended": one_ended_after_the_answer(0 * MINUTE),
    "an earlier injection tried and none recorded": tried_and_not_recorded,
    "a race a minute under 14 days": race_after(FORTNIGHT - MINUTE),
    "a race in 14 days": race_after(FORTNIGHT),
    "sport a minute under 72 hours": sport_after(timedelta(hours=72) - MINUTE),
    "sport in 72 hours": sport_after(timedelta(hours=72)),
    "sport a minute under 14 days": sport_after(FORTNIGHT - MINUTE),
    "sport in 14 days": sport_after(FORTNIGHT),
    "both scans on one day, one sees a tear": lambda line: both_kinds_of_scan(line, one_day=True),
    "both scans on two days, one sees a tear": lambda line: both_kinds_of_scan(line, one_day=False),
    "only the older scan sees a tear": only_the_older_scan_sees_it,
    "injured 83 days before": injured(83),
    "injured 84 days before": injured(84),
    "an old injury and a report of the day before it": old_injury(-1),
    "an old injury and a report of its day": old_injury(0),
    "infection answered a minute under 14 days ago": infection_answered(FORTNIGHT - MINUTE),
    "infection answered 14 days ago": infection_answered(FORTNIGHT),
    "stale or fresh by single answers": own_time_of_an_answer_decides,
    "a good INR of 7 days ago": inr_taken(7),
    "a good INR of 8 days ago": inr_taken(8),
    "declined a day under 12 months ago": declined_for_12_months_until(1),
    "declined 12 months ago": declined_for_12_months_until(0),
    "delayed until the day after": delayed_until(1),
    "delayed until the day": delayed_until(0),
    "approved and declined or delayed in one day": decided_twice_in_a_day,
}

"""Which message goes out when after an injection; P is its end."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from injections.messages import aftercare_plan
from injections.messages.aftercare_plan import Given

LONDON = ZoneInfo("Europe/London")
HOUR = timedelta(hours=1)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=LONDON).astimezone(UTC)


def local(instant: datetime) -> str:
    return f"{instant.astimezone(LONDON):%Y-%m-%d %H:%M}"


def given(end: str, recorded: str | None = None, **values: object) -> Given:
    return Given(ended_at=at(end), recorded_at=at(recorded or end), **values)  # type: ignore[arg-type]


def steps(found: Given) -> list[aftercare_plan.Step]:
    return aftercare_plan.plan(found, now=found.recorded_at, zone=LONDON)


def shown(found: Given) -> dict[str, object]:
    return aftercare_plan.printed(found, now=found.recorded_at, zone=LONDON)


def due(found: Given) -> dict[str, str]:
    return {f"{step.planned.kind} {step.occasion}": local(step.planned.due_at) for step in steps(found)}


def kinds(found: Given) -> list[str]:
    return [step.planned.kind for step in steps(found)]


def test_one_visit_is_followed_for_three_months() -> None:
    assert due(given("2026-03-12 14:00", "2026-03-12 14:10")) == {
        "aftercare 2026-03-12": "2026-03-12 14:10",
        "flare-check 2026-03-12": "2026-03-13 14:00",
        "rest-over 2026-03-12": "2026-03-15 09:00",
        "day-4 2026-03-12": "2026-03-17 09:00",
        "recovery 2026-03-12/14d": "2026-03-26 09:00",
        "recovery 2026-03-12/6wk": "2026-04-23 09:00",
        "recovery-3-months 2026-03-12/3mo": "2026-06-12 09:00",
    }


@pytest.mark.parametrize(
    ("end", "check", "rest_over"),
    [
        ("2026-03-12 08:59", "2026-03-13 09:00", "2026-03-14 09:00"),
        ("2026-03-12 09:00", "2026-03-13 09:00", "2026-03-14 09:00"),
        ("2026-03-12 09:01", "2026-03-13 09:01", "2026-03-15 09:00"),
        ("2026-03-12 19:59", "2026-03-13 19:59", "2026-03-15 09:00"),
        ("2026-03-12 20:00", "2026-03-14 09:00", "2026-03-15 09:00"),
        # 24 and 48 elapsed hours over the spring change: 15:00 on the wall
        ("2026-03-28 14:00", "2026-03-29 15:00", "2026-03-31 09:00"),
        ("2026-03-28 08:00", "2026-03-29 09:00", "2026-03-30 09:00"),
        # and over the autumn change: 13:00 on the wall
        ("2026-10-24 14:00", "2026-10-25 13:00", "2026-10-27 09:00"),
        ("2026-10-24 09:30", "2026-10-25 09:00", "2026-10-26 09:00"),
    ],
)
def test_times_after_the_end_are_elapsed_and_fall_in_the_day(end: str, check: str, rest_over: str) -> None:
    found = {step.planned.kind: local(step.planned.due_at) for step in steps(given(end))}
    assert (found["flare-check"], found["rest-over"]) == (check, rest_over)


@pytest.mark.parametrize(
    ("end", "hours", "until"),
    [
        ("2026-03-28 14:00", 48, "Monday 30 March at 15:00"),
        ("2026-10-24 14:00", 48, "Monday 26 October at 13:00"),
        ("2026-03-12 14:00", 72, "Sunday 15 March at 14:00"),
    ],
)
def test_the_rest_is_printed_as_day_and_hour(end: str, hours: int, until: str) -> None:
    assert shown(given(end, rest_hours=hours))["rest_until"] == until


@pytest.mark.parametrize(
    ("recorded", "loaded", "says"),
    [
        ("2026-03-12 14:30", True, True),
        ("2026-03-12 14:30", False, False),
        ("2026-03-25 23:59", True, True),
        ("2026-03-26 00:00", True, False),
    ],
)
def test_h9_a_loaded_tendon_is_spared_for_two_weeks_of_the_clinics_days(
    recorded: str, loaded: bool, says: bool
) -> None:
    """With or without a tear; on the 14th day after the injection the two weeks are over."""
    for tear in (True, False):
        found = shown(given("2026-03-12 14:00", recorded, loaded=loaded, tear=tear))
        assert (found["loaded"], found["load_until"]) == (says, "26 March 2026")


@pytest.mark.parametrize(
    ("late", "same_day", "resting"),
    [
        (24 * HOUR, True, True),
        (24 * HOUR + timedelta(seconds=1), False, True),
        (48 * HOUR - timedelta(seconds=1), False, True),
        (48 * HOUR, False, False),
    ],
)
def test_recorded_late_it_drops_what_is_past(late: timedelta, same_day: bool, resting: bool) -> None:
    found = given("2026-03-12 14:00")
    values = shown(replace(found, recorded_at=found.ended_at + late))
    assert (values["same_day"], values["resting"]) == (same_day, resting)


def test_a_question_comes_an_hour_after_what_was_said_last() -> None:
    """Recorded 10 minutes before the question of the day after would have gone out."""
    planned = due(given("2026-03-12 14:00", "2026-03-13 13:50"))
    assert planned["aftercare 2026-03-12"] == "2026-03-13 13:50"
    assert planned["flare-check 2026-03-12"] == "2026-03-13 14:50"


@pytest.mark.parametrize(
    ("recorded", "has_check"), [("2026-03-15 12:59", True), ("2026-03-15 13:00", False), ("2026-03-14 21:00", True)]
)
def test_the_flare_check_is_left_out_72_hours_after_the_end(recorded: str, has_check: bool) -> None:
    """It comes an hour after the aftercare, which goes out when it is recorded."""
    assert ("flare-check" in kinds(given("2026-03-12 14:00", recorded))) is has_check


def test_what_is_overdue_when_recorded_waits_for_the_day_and_aftercare_does_not() -> None:
    found = due(given("2026-03-12 14:00", "2026-03-13 21:00"))
    assert found["aftercare 2026-03-12"] == "2026-03-13 21:00"
    assert found["flare-check 2026-03-12"] == "2026-03-14 08:00"


def test_aftercare_expires_72_hours_after_it_was_recorded() -> None:
    found = given("2026-03-12 14:00", "2026-03-14 10:00")
    first = next(step.planned for step in steps(found) if step.planned.kind == "aftercare")
    assert first.expires_at == found.recorded_at + 72 * HOUR
    assert not first.keeps_quiet_hours


def test_with_a_tear_the_clinicians_plan_holds() -> None:
    assert "rest-over" not in kinds(given("2026-03-12 14:00", tear=True))


@pytest.mark.parametrize(
    ("end", "day"), [("2025-11-30 14:00", "2026-03-01 09:00"), ("2026-08-31 14:00", "2026-12-01 09:00")]
)
def test_three_months_are_counted_as_everywhere(end: str, day: str) -> None:
    found = {step.planned.kind: local(step.planned.due_at) for step in steps(given(end))}
    assert found["recovery-3-months"] == day


def test_every_message_has_a_time_after_which_it_is_no_use() -> None:
    """Over a change of the clock a week of elapsed hours ends at another hour of the day."""
    lasts = {
        (step.planned.kind, step.occasion.partition("/")[2]): (step.planned.expires_at, step.planned.keeps_quiet_hours)
        for step in steps(given("2026-03-12 14:00", "2026-03-12 14:10"))
    }
    assert lasts == {
        ("aftercare", ""): (at("2026-03-15 14:10"), False),
        ("flare-check", ""): (at("2026-03-15 14:00"), True),
        ("rest-over", ""): (at("2026-03-18 09:00"), True),
        ("day-4", ""): (at("2026-03-19 09:00"), True),
        ("recovery", "14d"): (at("2026-04-02 10:00"), True),
        ("recovery", "6wk"): (at("2026-04-30 09:00"), True),
        ("recovery-3-months", "3mo"): (at("2026-06-19 09:00"), True),
    }


@pytest.mark.parametrize(
    ("end", "day_4"),
    [
        ("2026-03-12 08:59", "2026-03-16 09:00"),
        ("2026-03-12 09:00", "2026-03-16 09:00"),
        ("2026-03-12 09:01", "2026-03-17 09:00"),
        # 96 elapsed hours over the changes of the clock
        ("2026-03-26 08:00", "2026-03-30 09:00"),
        ("2026-03-26 08:01", "2026-03-31 09:00"),
        ("2026-10-22 10:00", "2026-10-26 09:00"),
        ("2026-10-22 10:01", "2026-10-27 09:00"),
    ],
)
def test_day_4_is_the_first_morning_after_96_hours_and_from_then_on_answers_belong_to_it(end: str, day_4: str) -> None:
    found = {step.planned.kind: step.planned.due_at for step in steps(given(end))}
    assert local(found["day-4"]) == day_4
    for now, question in ((at(day_4) - timedelta(seconds=1), "flare-check"), (at(day_4), "day-4")):
        assert aftercare_plan.question_at(at(end), now=now, zone=LONDON) == question


def test_an_answer_before_anything_is_due_belongs_to_the_first_question() -> None:
    """Also one that comes before the end that was recorded."""
    end = at("2026-03-12 14:00")
    for early in (timedelta(0), timedelta(seconds=1), 2 * HOUR):
        assert aftercare_plan.question_at(end, now=end - early, zone=LONDON) == "flare-check"


@pytest.mark.parametrize("day", ["2026-03-28", "2026-10-24"])
def test_hours_are_elapsed_also_where_the_end_is_told_by_the_clock_on_the_wall(day: str) -> None:
    """The hours of a day on which the clocks change are counted the same from London's time and from UTC's."""
    wall = datetime.fromisoformat(f"{day} 14:00").replace(tzinfo=LONDON)
    told = Given(ended_at=wall, recorded_at=wall + 40 * timedelta(minutes=1))
    same = Given(ended_at=wall.astimezone(UTC), recorded_at=wall.astimezone(UTC) + 40 * timedelta(minutes=1))
    assert (told.rest_until, steps(told)) == (same.rest_until, steps(same))
    assert told.rest_until - wall.astimezone(UTC) == 48 * HOUR
    [mail] = [step.planned for step in steps(told) if step.planned.kind == "aftercare"]
    assert mail.expires_at - mail.due_at == 72 * HOUR


def test_what_nobody_said_of_an_injection_is_told_as_the_careful_side_has_it() -> None:
    """An ordinary steroid for somebody who may have diabetes; nothing of a numbing, the sit bone or a tear."""
    plain = given("2026-03-12 14:00")
    names = ("steroid", "diabetes", "anaesthetic", "ischial", "tear", "one_more_day")
    assert [shown(plain)[name] for name in names] == [True, True, False, False, False, True]
    assert plain.rest_until - plain.ended_at == 48 * HOUR
    assert plain.visit_ends_at is None


@pytest.mark.parametrize("what", ["steroid", "anaesthetic", "diabetes", "ischial", "tear"])
def test_what_holds_for_one_side_is_told_for_the_visit(what: str) -> None:
    nothing = dict.fromkeys(("steroid", "anaesthetic", "diabetes", "ischial", "tear"), False)
    for on_first in (False, True):
        for on_second in (False, True):
            first = given("2026-03-12 14:00", **nothing | {what: on_first})
            second = given("2026-03-12 14:30", **nothing | {what: on_second})
            told = shown(aftercare_plan.together(first, second))
            assert {name: told[name] for name in nothing} == nothing | {what: on_first or on_second}


def test_two_sides_are_told_together_with_what_was_recorded_last() -> None:
    """And with what the clinic advises now, and with what is still to come after the later of them."""
    first = given("2026-03-12 14:00", "2026-03-12 15:00", usual_max_hours=72, visit_ends_at=at("2026-03-12 14:30"))
    second = given("2026-03-12 14:30", "2026-03-12 14:40", usual_max_hours=96, visit_ends_at=at("2026-03-12 15:10"))
    for both in (aftercare_plan.together(first, second), aftercare_plan.together(second, first)):
        assert (both.recorded_at, both.usual_max_hours) == (first.recorded_at, 96)
        assert both.visit_ends_at == second.visit_ends_at


@pytest.mark.parametrize(("minutes", "hours"), [(0, 72), (1, 72), (59, 72), (60, 71), (61, 71)])
def test_a_longer_rest_after_the_earlier_side_is_told_in_whole_hours_and_never_shortened(
    minutes: int, hours: int
) -> None:
    first = given("2026-03-12 14:00", rest_hours=72)
    second = replace(given("2026-03-12 14:00", rest_hours=48), ended_at=first.ended_at + timedelta(minutes=minutes))
    both = aftercare_plan.together(first, second)
    assert both.rest_hours == hours
    assert both.rest_until >= first.rest_until


def test_two_sides_of_one_visit_are_one_injection_with_the_later_end() -> None:
    first = given("2026-03-12 14:00", "2026-03-12 14:05", steroid=False, anaesthetic=True, rest_hours=72)
    second = given("2026-03-12 14:30", "2026-03-12 14:40", steroid=True, ischial=True)
    both = aftercare_plan.together(first, second)
    assert both == aftercare_plan.together(second, first)
    assert (both.ended_at, both.rest_until) == (second.ended_at, first.rest_until + 30 * timedelta(minutes=1))
    assert (both.steroid, both.anaesthetic, both.ischial) == (True, True, True)


@pytest.mark.parametrize(("ends", "due_at"), [("14:45", "14:45"), ("14:05", "14:05"), ("14:01", "14:05")])
def test_the_mail_waits_for_the_other_side_unless_it_should_be_over(ends: str, due_at: str) -> None:
    found = given("2026-03-12 14:00", "2026-03-12 14:05", visit_ends_at=at(f"2026-03-12 {ends}"))
    assert due(found)["aftercare 2026-03-12"] == f"2026-03-12 {due_at}"


@pytest.mark.parametrize("hours", [48, 60, 72])
def test_nothing_but_aftercare_is_planned_in_the_quiet_hours(hours: int) -> None:
    start = datetime(2026, 3, 27, tzinfo=UTC)
    for quarter in range(4 * 24 * 3):
        end = start + timedelta(minutes=15 * quarter)
        for step in steps(Given(ended_at=end, recorded_at=end, rest_hours=hours)):
            wall = step.planned.due_at.astimezone(LONDON)
            assert step.planned.kind == "aftercare" or 8 <= wall.hour < 20, (end, step)
            assert step.planned.due_at < step.planned.expires_at


def test_a_correction_later_on_sends_no_old_aftercare() -> None:
    found = given("2026-03-12 14:00", "2026-03-12 14:10")
    for now, is_planned in (("2026-03-15 14:09", True), ("2026-03-15 14:10", False)):
        planned = [step.planned.kind for step in aftercare_plan.plan(found, now=at(now), zone=LONDON)]
        assert ("aftercare" in planned) is is_planned


@pytest.mark.parametrize(("rest", "usual_max", "offered"), [(48, 72, True), (49, 72, False), (72, 96, True)])
def test_one_more_day_is_offered_within_the_rest_this_clinic_advises(rest: int, usual_max: int, offered: bool) -> None:
    after = given("2026-03-12 14:00", "2026-03-12 14:05", rest_hours=rest, usual_max_hours=usual_max)
    assert shown(after)["one_more_day"] is offered

"""Group A: interval, load and rest. The start is Tuesday 30 June 2026, 10:00 to 10:30, unless a row says so."""

from tests.injections.safety.tables.row import Table

interval = Table("repeat-interval")
interval.silent("no other injection")
interval.critical("last given on 31 March, the day before three months are over", given=("2026-03-31",))
interval.critical("given on 29 November 2025, start 28 February 2026", given=("2025-11-29",), start="2026-02-28")
interval.warning("given on 30 March: the three months end on 30 June itself", given=("2026-03-30",))
interval.warning("given on 1 March: the last day before four months are over", given=("2026-03-01",))
interval.silent("given on 28 February: more than four months", given=("2026-02-28",))
interval.critical("30 November + 3 months does not exist: 28 February", given=("2025-11-30",), start="2026-02-28")
interval.warning("30 November + 3 months is 1 March", given=("2025-11-30",), start="2026-03-01")
interval.warning("29 November 2023 + 3 months exists in a leap year", given=("2023-11-29",), start="2024-02-29")
interval.warning("31 October + 4 months does not exist: 28 February", given=("2025-10-31",), start="2026-02-28")
interval.silent("31 October + 4 months is 1 March", given=("2025-10-31",), start="2026-03-01")
interval.critical("31 August + 3 months does not exist: 30 November", given=("2026-08-31",), start="2026-11-30")
interval.warning("31 August + 3 months is 1 December", given=("2026-08-31",), start="2026-12-01")
interval.warning("the last of several counts", given=("2025-01-10", "2026-03-20", "2025-06-01"))
interval.critical("one given too early restarts the clock", given=("2026-01-05", "2026-04-02"))
interval.critical("a start at 23:30 UTC is the next day in London", given=("2026-04-01",), start="2026-06-29 23:30Z")
interval.warning(
    "a start at 23:30 UTC on 30 June is on 1 July in London", given=("2026-04-01",), start="2026-06-30 23:30Z"
)
interval.critical("August only, start on 30 November: 31 August counts", given=("2026-08",), start="2026-11-30")
interval.warning("August only, start on 1 December", given=("2026-08",), start="2026-12-01")
interval.critical("2025 only: 31 December counts", given=("2025",), start="2026-03-30")
interval.warning("2025 only, three months after 31 December", given=("2025",), start="2026-03-31")
interval.silent("2025 only, four months after 31 December", given=("2025",), start="2026-05-01")
interval.warning(
    "2025 only, recorded on 2 March 2025", given=({"given": "2025", "recorded_on": "2025-03-02"},), start="2025-06-02"
)
interval.critical("2026 only, still running: it can have been today", given=("2026",))
interval.critical("date unknown, recorded on 31 March", given=({"given": None, "recorded_on": "2026-03-31"},))
interval.warning("date unknown, recorded on 30 March", given=({"given": None, "recorded_on": "2026-03-30"},))
interval.critical("date unknown, no day of recording: no limit", given=({"given": None},))
interval.critical(
    "exact date is not moved by the day of recording", given=({"given": "2026-05-01", "recorded_on": "2026-01-01"},)
)
interval.critical("given later than the start: the later is measured from the earlier", given=("2026-09-29",))
interval.warning("given three months after the start", given=("2026-09-30",))
interval.silent("given four months after the start", given=("2026-10-30",))
interval.critical("the same date", given=("2026-06-30",))
interval.critical("booked the day before three months later are over", booked=("2026-09-29",))
interval.warning("booked three months later", booked=("2026-09-30",))
interval.warning("booked the day before four months later", booked=("2026-10-29",))
interval.silent("booked four months later", booked=("2026-10-30",))
interval.critical("booked less than three months before", booked=("2026-03-31",))
interval.critical("booked on the same date, more than an hour away", booked=("2026-06-30 11:30",))
interval.silent(
    "bursa of the same area in the same visit", booked=({"start": "2026-06-30 11:29", "site": "ischiogluteal-bursa"},)
)
interval.silent("the same visit, the other one first", booked=({"start": "2026-06-30 08:31"},))
interval.critical("an hour between the other one's end and this one", booked=({"start": "2026-06-30 08:30"},))
interval.silent("just injected in the same visit", given=({"given": "2026-06-30", "ended_at": "2026-06-30 09:01"},))
interval.critical("injected an hour before", given=({"given": "2026-06-30", "ended_at": "2026-06-30 09:00"},))
interval.silent(
    "injected just after, in the same visit", given=({"given": "2026-06-30", "ended_at": "2026-06-30 11:29"},)
)
interval.critical("injected an hour after", given=({"given": "2026-06-30", "ended_at": "2026-06-30 11:30"},))
interval.critical(
    "close in time, but on another local date", start="2026-06-30 00:10", booked=({"start": "2026-06-29 23:20"},)
)
interval.critical("another site of the same area", given=({"given": "2026-05-01", "site": "ischiogluteal-bursa"},))
interval.silent("another area", given=({"given": "2026-05-01", "site": "trochanteric-bursa"},))
interval.silent("the other side", given=({"given": "2026-05-01", "side": "right"},))
interval.critical("both sides", given=({"given": "2026-05-01", "side": "both"},))
interval.critical("side unknown", given=({"given": "2026-05-01", "side": "unknown"},))
interval.critical("hip region, not specified", given=({"given": "2026-05-01", "site": "hip-region-unspecified"},))
interval.critical(
    "hip region, for the hip joint",
    site="hip-joint",
    given=({"given": "2026-05-01", "site": "hip-region-unspecified"},),
)
interval.silent("a knee", given=({"given": "2026-05-01", "site": "other-site"},))
interval.critical("part-given", given=({"given": "2026-05-01", "status": "part-given"},))
interval.silent("not given", given=({"given": "2026-05-01", "status": "not-given"},))
interval.critical("steroid unknown", given=({"given": "2026-05-01", "steroid": None},))
interval.silent("no steroid in it", given=({"given": "2026-05-01", "steroid": False},))

history = Table("injection-history-unknown")
_ASKED = "steroid_injection_last_12_months"
history.silent("no, and none is recorded")
history.warning("unanswered", **{_ASKED: None})
history.warning("not sure", **{_ASKED: "not-sure"})
history.warning("not sure, though one is recorded", given=("2026-01-10",), **{_ASKED: "not-sure"})
history.warning("no screening at all", no_screening=True)
history.warning("yes, and none is recorded", **{_ASKED: "yes"})
history.silent("yes, and one is recorded", given=("2026-01-10",), **{_ASKED: "yes"})
history.silent(
    "yes, and one in the knee is recorded", given=({"given": "2026-01-10", "site": "other-site"},), **{_ASKED: "yes"}
)
history.silent("yes, answered on 27 June: 28 June 2025 lies within 12 months", given=("2025-06-28",), **{_ASKED: "yes"})
history.warning("yes, answered on 27 June: 27 June 2025 does not", given=("2025-06-27",), **{_ASKED: "yes"})
history.warning(
    "yes, time of the answer unknown: counted from the start",
    given=("2025-06-30",),
    screening={"answered_at": None},
    **{_ASKED: "yes"},
)
history.silent(
    "yes, time of the answer unknown: a day later",
    given=("2025-07-01",),
    screening={"answered_at": None},
    **{_ASKED: "yes"},
)
history.silent(
    "yes, answered at 23:30 UTC on 26 June, which is 27 June in London",
    given=("2025-06-28",),
    screening={"answered_at": "2026-06-26 23:30Z"},
    **{_ASKED: "yes"},
)
history.warning(
    "yes, answered at 23:30 UTC: 27 June is a day too old",
    given=("2025-06-27",),
    screening={"answered_at": "2026-06-26 23:30Z"},
    **{_ASKED: "yes"},
)
history.warning(
    "yes, and the only one recorded had no steroid",
    given=({"given": "2026-01-10", "steroid": False},),
    **{_ASKED: "yes"},
)
history.warning("yes, and one is only booked", booked=("2026-05-10",), **{_ASKED: "yes"})
history.warning("no, and one is recorded", given=("2026-01-10",))
history.warning("does not apply, and one is recorded", given=("2026-01-10",), **{_ASKED: "not-applicable"})
history.silent("does not apply", **{_ASKED: "not-applicable"})
history.silent("no, and one is booked", booked=("2026-12-10",))
history.silent("no, and an old one is recorded", given=("2025-06-27",))

number = Table("repeat-number")
number.silent("no given one")
number.info("one given years ago", given=("2019",))
number.info("one given on the same day", given=("2026-06-30",))
number.info("two given, one that helped", given=("2024-01-10", {"given": "2025-01-10", "helped": "yes"}))
number.info("one given that did not help", given=({"given": "2025-01-10", "helped": "no"},))
number.silent("one is booked", booked=("2026-12-01",))
number.silent("one on the other side", given=({"given": "2019", "side": "right"},))
number.silent("one without steroid", given=({"given": "2019", "steroid": False},))

without = Table("repeat-without-physiotherapy")
without.silent("no given one, no physiotherapy", pathway={"physiotherapy": "none"})
without.warning("physiotherapy none", given=("2024-01-10",), pathway={"physiotherapy": "none"})
without.warning("physiotherapy not possible", given=("2024-01-10",), pathway={"physiotherapy": "not-possible"})
without.warning("physiotherapy unknown", given=("2024-01-10",), pathway={"physiotherapy": None})
without.warning("no pathway at all", given=("2024-01-10",), no_pathway=True)
without.silent("physiotherapy ongoing", given=("2024-01-10",), pathway={"physiotherapy": "ongoing"})
without.silent("physiotherapy completed", given=("2024-01-10",))
without.silent("one is booked only", booked=("2026-12-10",), pathway={"physiotherapy": "none"})
without.warning(
    "trochanteric bursa", site="trochanteric-bursa", given=("2024-01-10",), pathway={"physiotherapy": "none"}
)
without.silent("hip joint", site="hip-joint", given=("2024-01-10",), pathway={"physiotherapy": "none"})
without.silent("sacroiliac joint", site="sacroiliac-joint", given=("2024-01-10",), pathway={"physiotherapy": "none"})

rest = Table("rest-window")
rest.silent("nothing loads the tendon")
rest.critical("physiotherapy at the injection's end", loading={"physiotherapy": "2026-06-30 10:30"})
rest.silent("physiotherapy that begins before the end", loading={"physiotherapy": "2026-06-30 10:29"})
rest.critical("physiotherapy 47 h 59 min after", loading={"physiotherapy": "2026-07-02 10:29"})
rest.info("physiotherapy 48 h after", loading={"physiotherapy": "2026-07-02 10:30"})
rest.info("exercise class 71 h 59 min after", loading={"exercise-class": "2026-07-03 10:29"})
rest.silent("exercise class 72 h after", loading={"exercise-class": "2026-07-03 10:30"})
rest.critical("exercise class 1 h after", loading={"exercise-class": "2026-06-30 11:30"})
rest.warning("own sport 47 h 59 min after", activities=({"kind": "sport", "start": "2026-07-02 10:29"},))
rest.info("own sport 48 h after", activities=({"kind": "sport", "start": "2026-07-02 10:30"},))
rest.silent("own sport 72 h after", activities=({"kind": "sport", "start": "2026-07-03 10:30"},))
rest.info(
    "own sport next day, agreed to move", activities=({"kind": "sport", "start": "2026-07-01", "agreed_to_move": True},)
)
rest.warning("manual work next day", activities=({"kind": "manual-work", "start": "2026-07-01"},))
rest.info("travel at once", activities=({"kind": "travel", "start": "2026-06-30 10:30"},))
rest.info("travel 71 h 59 min after", activities=({"kind": "travel", "start": "2026-07-03 10:29"},))
rest.silent("travel 72 h after", activities=({"kind": "travel", "start": "2026-07-03 10:30"},))
rest.silent("sport before the injection", activities=({"kind": "sport", "start": "2026-06-29"},))
rest.critical(
    "sport next day and physiotherapy the day after: the worst speaks",
    activities=({"kind": "sport", "start": "2026-07-01"},),
    loading={"physiotherapy": "2026-07-02 09:00"},
)
rest.critical(
    "clocks go forward: 28 March 14:00 + 48 h is 30 March 15:00",
    start="2026-03-28 13:30",
    loading={"physiotherapy": "2026-03-30 14:59"},
)
rest.info(
    "clocks go forward: at 15:00 the 48 h are over",
    start="2026-03-28 13:30",
    loading={"physiotherapy": "2026-03-30 15:00"},
)
rest.critical(
    "clocks go back: 24 October 14:00 + 48 h is 26 October 13:00",
    start="2026-10-24 13:30",
    loading={"physiotherapy": "2026-10-26 12:59"},
)
rest.info(
    "clocks go back: at 13:00 the 48 h are over",
    start="2026-10-24 13:30",
    loading={"physiotherapy": "2026-10-26 13:00"},
)

_PHYSIO = {"kind": "physiotherapy"}
rest.silent("physiotherapy without any injection", **_PHYSIO)
rest.critical(
    "physiotherapy 47 h 59 min after a given one",
    given=({"given": "2026-06-28", "ended_at": "2026-06-28 10:01"},),
    **_PHYSIO,
)
rest.info(
    "physiotherapy 48 h after a given one", given=({"given": "2026-06-28", "ended_at": "2026-06-28 10:00"},), **_PHYSIO
)
rest.silent(
    "physiotherapy 72 h after a given one", given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:00"},), **_PHYSIO
)
rest.critical(
    "physiotherapy at the very end of a given one",
    given=({"given": "2026-06-30", "ended_at": "2026-06-30 10:00"},),
    **_PHYSIO,
)
rest.silent(
    "physiotherapy before the end of a given one",
    given=({"given": "2026-06-30", "ended_at": "2026-06-30 10:01"},),
    **_PHYSIO,
)
rest.critical("physiotherapy 1 h after a booked one", booked=("2026-06-30 08:30",), **_PHYSIO)
rest.critical("physiotherapy at the end of a booked one", booked=("2026-06-30 09:30",), **_PHYSIO)
rest.silent("physiotherapy before a booked one", booked=("2026-06-30 12:00",), **_PHYSIO)
rest.info("physiotherapy 48 h after a booked one", booked=("2026-06-28 09:30",), **_PHYSIO)
rest.critical(
    "booked one with 60 h of rest, 59 h after", booked=({"start": "2026-06-27 22:30", "rest_hours": 60},), **_PHYSIO
)
rest.critical(
    "radiologist's 72 h, 71 h 59 min after",
    given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:01", "rest_hours": 72},),
    **_PHYSIO,
)
rest.silent(
    "radiologist's 72 h, 72 h after",
    given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:00", "rest_hours": 72},),
    **_PHYSIO,
)
rest.critical(
    "radiologist's 96 h with a reason, 95 h after",
    given=({"given": "2026-06-26", "ended_at": "2026-06-26 11:00", "rest_hours": 96},),
    **_PHYSIO,
)
rest.silent(
    "radiologist's 96 h, 96 h after",
    given=({"given": "2026-06-26", "ended_at": "2026-06-26 10:00", "rest_hours": 96},),
    **_PHYSIO,
)
rest.critical(
    "radiologist's 24 h with a reason, 23 h after",
    given=({"given": "2026-06-29", "ended_at": "2026-06-29 11:00", "rest_hours": 24},),
    **_PHYSIO,
)
rest.info(
    "radiologist's 24 h, 24 h after",
    given=({"given": "2026-06-29", "ended_at": "2026-06-29 10:00", "rest_hours": 24},),
    **_PHYSIO,
)
rest.critical("known only by date, on that day", given=("2026-06-30",), **_PHYSIO)
rest.silent("known only by date, the day after the visit", given=("2026-07-01",), **_PHYSIO)
rest.critical(
    "known only by date: 47 h 59 min after midnight", given=("2026-06-27",), start="2026-06-29 23:59", **_PHYSIO
)
rest.info("known only by date: 48 h after the midnight", given=("2026-06-27",), start="2026-06-30 00:00", **_PHYSIO)
rest.silent("known only by date: 72 h after the midnight", given=("2026-06-27",), start="2026-07-01 00:00", **_PHYSIO)
rest.critical("some time in June: it can have been today", given=("2026-06",), **_PHYSIO)
rest.info("some time in June, physiotherapy on 3 July", given=("2026-06",), start="2026-07-03 10:00", **_PHYSIO)
rest.critical("any site rests the leg", given=({"given": "2026-06-29", "site": "other-site"},), **_PHYSIO)
rest.silent("no steroid was given", given=({"given": "2026-06-30", "steroid": False},), **_PHYSIO)
rest.silent("not given", given=({"given": "2026-06-30", "status": "not-given"},), **_PHYSIO)
rest.critical("an exercise class is judged the same", kind="exercise-class", given=("2026-06-30",))

yearly = Table("yearly-limit")
yearly.silent("two in the last year", given=("2025-08-01", "2025-12-01"))
yearly.warning("three in the last year", given=("2025-08-01", "2025-10-01", "2025-12-01"))
yearly.warning("the oldest on 1 July 2025", given=("2025-07-01", "2025-10-01", "2025-12-01"))
yearly.silent("the oldest on 30 June 2025: its year is over", given=("2025-06-30", "2025-10-01", "2025-12-01"))
yearly.warning("one of three is booked before", given=("2025-08-01", "2025-10-01"), booked=("2026-02-01",))
yearly.silent("one of three is booked after", given=("2025-08-01", "2025-10-01"), booked=("2026-12-01",))
yearly.warning("one of three on the start date", given=("2025-08-01", "2025-10-01", "2026-06-30"))
yearly.silent(
    "one of three on the other side", given=("2025-08-01", "2025-10-01", {"given": "2025-12-01", "side": "right"})
)
yearly.silent(
    "one of three in another area", given=("2025-08-01", "2025-10-01", {"given": "2025-12-01", "site": "hip-joint"})
)
yearly.silent("both sides count as one injection", given=("2025-08-01", {"given": "2025-12-01", "side": "both"}))
yearly.warning(
    "29 February 2024 + 12 months is 1 March", start="2025-02-28", given=("2024-02-29", "2024-05-01", "2024-08-01")
)
yearly.silent(
    "29 February 2024: its year is over on 1 March",
    start="2025-03-01",
    given=("2024-02-29", "2024-05-01", "2024-08-01"),
)
yearly.warning("one of three in the same visit", given=("2025-08-01", "2025-10-01"), booked=("2026-06-30 11:00",))

_KNEE = {"site": "other-site"}
load = Table("steroid-load")
load.silent("none anywhere")
load.warning("a knee 27 days before", given=({"given": "2026-06-03", **_KNEE},))
load.silent("a knee 28 days before", given=({"given": "2026-06-02", **_KNEE},))
load.warning("a knee the day before", given=({"given": "2026-06-29", **_KNEE},))
load.silent("a knee on the start date", given=({"given": "2026-06-30", **_KNEE},))
load.silent("a knee after the start date", given=({"given": "2026-07-01", **_KNEE},))
load.warning(
    "three knees in a year", given=tuple({"given": day, **_KNEE} for day in ("2025-07-01", "2025-09-01", "2025-12-01"))
)
load.silent(
    "three knees, one a year ago",
    given=tuple({"given": day, **_KNEE} for day in ("2025-06-30", "2025-09-01", "2025-12-01")),
)
load.silent("two knees in a year", given=tuple({"given": day, **_KNEE} for day in ("2025-09-01", "2025-12-01")))
load.silent(
    "two knees before and one on the start date",
    given=tuple({"given": day, **_KNEE} for day in ("2025-09-01", "2025-12-01", "2026-06-30")),
)
load.warning(
    "two given and one booked before, in three areas",
    given=({"given": "2025-09-01", **_KNEE}, "2025-12-01"),
    booked=({"start": "2026-03-01", "site": "hip-joint"},),
)
load.warning("booked anywhere 27 days before", booked=({"start": "2026-06-03", "site": "hip-joint", "side": "right"},))
load.silent("yearly-limit speaks already", given=("2025-08-01", "2025-10-01", "2026-06-20"))
load.silent("a knee without steroid", given=({"given": "2026-06-20", "steroid": False, **_KNEE},))
load.silent("a knee some time in June counts as the start date", given=({"given": "2026-06", **_KNEE},))

per_day = Table("sites-per-day")
_AT = ("2026-06-30 11:00", "2026-06-30 11:30", "2026-06-30 12:00")
per_day.silent("two others on the day", booked=tuple({"start": one, "site": "hip-joint"} for one in _AT[:2]))
per_day.critical("three others on the day", booked=tuple({"start": one, "site": "hip-joint"} for one in _AT))
per_day.critical(
    "two booked and one given",
    given=("2026-06-30",),
    booked=tuple({"start": one, "site": "hip-joint"} for one in _AT[:2]),
)
per_day.silent(
    "the third is on the next day",
    booked=tuple({"start": one, "site": "hip-joint"} for one in (*_AT[:2], "2026-07-01 00:00")),
)
per_day.critical(
    "the third at 23:59", booked=tuple({"start": one, "site": "hip-joint"} for one in (*_AT[:2], "2026-06-30 23:59"))
)
per_day.silent(
    "both sides count as one",
    given=({"given": "2026-06-30", "side": "both"},),
    booked=({"start": _AT[0], "site": "hip-joint"},),
)

bilateral = Table("bilateral-same-day")
bilateral.silent("one side only")
bilateral.warning("the other side booked in the same visit", booked=({"start": "2026-06-30 10:30", "side": "right"},))
bilateral.warning("the other side booked in the afternoon", booked=({"start": "2026-06-30 16:00", "side": "right"},))
bilateral.silent("the other side on the next day", booked=({"start": "2026-07-01", "side": "right"},))
bilateral.warning("the other side given today", given=({"given": "2026-06-30", "side": "right"},))
bilateral.silent("the same side", given=("2026-06-30",))
bilateral.warning("both sides given today", given=({"given": "2026-06-30", "side": "both"},))
bilateral.warning("side unknown, given today", given=({"given": "2026-06-30", "side": "unknown"},))
bilateral.silent(
    "the other side in another area", booked=({"start": "2026-06-30 10:30", "side": "right", "site": "hip-joint"},)
)
bilateral.warning(
    "another site of the area", booked=({"start": "2026-06-30 10:30", "side": "right", "site": "ischiogluteal-bursa"},)
)

sign = Table("open-warning-sign")
sign.silent("no open call")
sign.critical("a warning sign after an earlier injection is open", open_warning_sign=True)

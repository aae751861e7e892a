"""Group A: interval and history. The start is Tuesday 30 June 2026, 10:00 to 10:30, unless a row says so."""

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
interval.critical("booked on the same date, hours away", booked=("2026-06-30 16:00",))
interval.critical(
    "bursa of the same area and side, right after: no exemption for a second appointment of one day",
    booked=({"start": "2026-06-30 10:30", "site": "ischiogluteal-bursa"},),
)
interval.critical("the same date, the other one first", booked=({"start": "2026-06-30 09:30"},))
interval.critical(
    "injected on the same date, just before", given=({"given": "2026-06-30", "ended_at": "2026-06-30 09:59"},)
)
interval.critical(
    "injected on the same date, just after", given=({"given": "2026-06-30", "ended_at": "2026-06-30 11:00"},)
)
interval.silent("another area on the same date", booked=({"start": "2026-06-30 10:30", "site": "trochanteric-bursa"},))
interval.silent("the other side on the same date", booked=({"start": "2026-06-30 10:30", "side": "right"},))
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
history.warning("no, and one is recorded of the day of the answer", given=("2026-06-27",))
history.silent("no, and one is recorded of the day after the answer", given=("2026-06-28",))
history.silent(
    "no, and our own that day ended after the answer", given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:01"},)
)
history.warning(
    "no, and our own that day had ended when it was answered",
    given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:00"},),
    screening={"answered": {_ASKED: "2026-06-27 10:00"}},
)
history.warning("yes, and the only one is of the day after the answer", given=("2026-06-28",), **{_ASKED: "yes"})
history.warning("no, and one some time in June: it may have been before the answer", given=("2026-06",))
history.silent("yes, and one some time in June", given=("2026-06",), **{_ASKED: "yes"})
history.silent(
    "no, answered on 31 May, and one some time in June",
    given=("2026-06",),
    screening={"answered": {_ASKED: "2026-05-31 23:59"}},
)
history.warning(
    "no, answered on 1 June, and one some time in June",
    given=("2026-06",),
    screening={"answered": {_ASKED: "2026-06-01 00:00"}},
)
history.warning("no, and one of unknown date", given=({"given": None},))
history.silent("yes, and one of unknown date", given=({"given": None},), **{_ASKED: "yes"})
history.silent(
    "no, and one of unknown date that was recorded a year before the answer",
    given=({"given": None, "recorded_on": "2025-06-27"},),
)
history.silent(
    "its own time counts: no, answered before the one that is recorded",
    given=("2026-06-10",),
    screening={"answered": {_ASKED: "2026-06-09 10:00"}},
)
history.warning(
    "its own time counts: yes, answered a year after the one that is recorded",
    given=("2025-06-10",),
    screening={"answered_at": "2026-06-01 10:00", "answered": {_ASKED: "2026-06-10 10:00"}},
    **{_ASKED: "yes"},
)
_TRIED = {"treatments_tried": ("shockwave", "earlier-injection")}
history.warning("an earlier injection among the treatments tried, none recorded", pathway=_TRIED)
history.silent(
    "an earlier injection was tried, one of years ago in the knee is recorded",
    pathway=_TRIED,
    given=({"given": "2019", "site": "other-site"},),
)
history.warning(
    "an earlier injection was tried, the only one recorded had no steroid",
    pathway=_TRIED,
    given=({"given": "2019", "steroid": False},),
)
history.warning("an earlier injection was tried, one is only booked", pathway=_TRIED, booked=("2026-12-10",))
history.silent("other treatments were tried", pathway={"treatments_tried": ("shockwave",)})

number = Table("repeat-number")
number.silent("no given one")
number.info("one given years ago", given=("2019",))
number.info("one given on the same day", given=("2026-06-30",))
number.info("two given, one that helped", given=("2024-01-10", {"given": "2025-01-10", "helped": "yes"}))
number.info("one given that did not help", given=({"given": "2025-01-10", "helped": "no"},))
number.info("two given: this would be the third", given=("2019", "2024-01-10"))
number.warning("three given: this would be the fourth", given=("2016", "2019", "2024-01-10"))
number.warning("three given, one of them dated after the start", given=("2019", "2024-01-10", "2026-11-10"))
number.warning("three given, one on both sides", given=("2016", "2019", {"given": "2024-01-10", "side": "both"}))
number.info("two given and one on the other side", given=("2016", "2019", {"given": "2024-01-10", "side": "right"}))
number.info("two given and one booked", given=("2016", "2019"), booked=("2026-12-10",))
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

"""Group A: how many injections, and what stands from before. The start is Tuesday 30 June 2026, 10:00 to 10:30."""

from tests.injections.safety.tables.row import Table

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
yearly.warning("one of three on the same day", given=("2025-08-01", "2025-10-01"), booked=("2026-06-30 11:00",))

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
bilateral.warning("the other side booked right after", booked=({"start": "2026-06-30 10:30", "side": "right"},))
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
sign.critical("a call about a red flag is open, whose answer is a no now", open_calls=("systemic-red-flag",))
sign.silent(
    "a call about a red flag is open that this assessment shows itself", open_calls=("systemic-red-flag",), fever="yes"
)
sign.critical("two calls are open, one of them is shown", open_calls=("systemic-red-flag", "acute-trauma"), fever="yes")
sign.critical("a call is open about what is only a warning now", open_calls=("systemic-red-flag",), night_pain="yes")
sign.critical(
    "a call about a red flag and a warning sign", open_warning_sign=True, open_calls=("systemic-red-flag",), fever="yes"
)

decided = Table("earlier-decision")
_DECLINE = {"outcome": "decline", "decided_on": "2026-01-10"}
_DELAY = {"outcome": "delay", "decided_on": "2026-06-10", "until": "2026-07-01"}
decided.silent("no decision")
decided.warning("declined in January", decisions=(_DECLINE,))
decided.warning(
    "declined on 1 July 2025: the last day of its 12 months", decisions=({**_DECLINE, "decided_on": "2025-07-01"},)
)
decided.silent(
    "declined on 30 June 2025: its 12 months are over", decisions=({**_DECLINE, "decided_on": "2025-06-30"},)
)
decided.warning(
    "29 February 2024 + 12 months is 1 March: 28 February 2025",
    start="2025-02-28",
    decisions=({**_DECLINE, "decided_on": "2024-02-29"},),
)
decided.silent(
    "29 February 2024: its 12 months are over on 1 March 2025",
    start="2025-03-01",
    decisions=({**_DECLINE, "decided_on": "2024-02-29"},),
)
decided.warning("delayed until the day after the start", decisions=(_DELAY,))
decided.silent("delayed until the start date itself", decisions=({**_DELAY, "until": "2026-06-30"},))
decided.warning("delayed more than a year ago until a later day", decisions=({**_DELAY, "decided_on": "2025-01-10"},))
decided.silent("approved", decisions=({"outcome": "approve", "decided_on": "2026-01-10"},))
decided.silent("declined, later approved", decisions=(_DECLINE, {"outcome": "approve", "decided_on": "2026-01-11"}))
decided.silent(
    "declined, overridden the same day", decisions=(_DECLINE, {"outcome": "override", "decided_on": "2026-01-10"})
)
decided.warning(
    "approved, declined the same day: the later in order",
    decisions=({"outcome": "approve", "decided_on": "2026-01-10"}, _DECLINE),
)
decided.warning(
    "the newest by its day, whatever the order",
    decisions=(_DECLINE, {"outcome": "approve", "decided_on": "2026-01-09"}),
)
decided.silent(
    "declined, later delayed until a day that has come", decisions=(_DECLINE, {**_DELAY, "until": "2026-06-30"})
)
decided.silent("declined on the other side", decisions=({**_DECLINE, "side": "right"},))
decided.silent("declined in another area", decisions=({**_DECLINE, "area": "hip-joint"},))
decided.warning(
    "declined here, approved in another area later",
    decisions=(_DECLINE, {"outcome": "approve", "decided_on": "2026-05-01", "area": "hip-joint"}),
)
decided.warning("hip joint", site="hip-joint", decisions=(_DECLINE,))

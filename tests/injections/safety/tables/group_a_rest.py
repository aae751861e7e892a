"""Group A: the rest and the first two weeks after an injection, which ends on 30 June 2026 at 10:30."""

from tests.injections.safety.tables.row import Table

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
rest.warning("a race 47 h 59 min after", activities=({"kind": "race", "start": "2026-07-02 10:29"},))
rest.info("a race 48 h after", activities=({"kind": "race", "start": "2026-07-02 10:30"},))
rest.silent("a race 72 h after", activities=({"kind": "race", "start": "2026-07-03 10:30"},))
rest.info(
    "a race next day, agreed to move", activities=({"kind": "race", "start": "2026-07-01", "agreed_to_move": True},)
)
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
rest.critical(
    "any area rests the leg", given=({"given": "2026-06-29", "site": "hip-joint", "side": "right"},), **_PHYSIO
)
rest.critical(
    "hip region, not specified", given=({"given": "2026-06-29", "site": "hip-region-unspecified"},), **_PHYSIO
)
rest.silent("a knee or another place", given=({"given": "2026-06-29", "site": "other-site"},), **_PHYSIO)
rest.silent("no steroid was given", given=({"given": "2026-06-30", "steroid": False},), **_PHYSIO)
rest.silent("not given", given=({"given": "2026-06-30", "status": "not-given"},), **_PHYSIO)
rest.critical("an exercise class is judged the same", kind="exercise-class", given=("2026-06-30",))
_DONE = ({"given": "2026-06-28", "ended_at": "2026-06-28 10:01"},)
rest.warning("sport that becomes known afterwards, 47 h 59 min after", kind="sport", given=_DONE)
rest.info("sport that becomes known afterwards, agreed to move", kind="sport", given=_DONE, agreed_to_move=True)
rest.warning("a race that becomes known afterwards", kind="race", given=_DONE)
rest.warning("manual work on the day of one known only by date", kind="manual-work", given=("2026-06-30",))
rest.info("travel that becomes known afterwards", kind="travel", given=_DONE)
rest.silent(
    "sport 72 h after one given", kind="sport", given=({"given": "2026-06-27", "ended_at": "2026-06-27 10:00"},)
)
rest.info(
    "radiologist's 96 h: sport after 95 h, agreed to move",
    kind="sport",
    agreed_to_move=True,
    given=({"given": "2026-06-26", "ended_at": "2026-06-26 11:00", "rest_hours": 96},),
)

early = Table("early-load")
early.silent("nothing planned")
early.warning("a race at the injection's end", activities=({"kind": "race", "start": "2026-06-30 10:30"},))
early.silent("a race before the injection's end", activities=({"kind": "race", "start": "2026-06-30 10:29"},))
early.warning("a race 13 days 23 h 59 min after", activities=({"kind": "race", "start": "2026-07-14 10:29"},))
early.silent("a race 14 × 24 h after", activities=({"kind": "race", "start": "2026-07-14 10:30"},))
early.info(
    "a race within two weeks, agreed to move",
    activities=({"kind": "race", "start": "2026-07-10", "agreed_to_move": True},),
)
early.silent(
    "sport 71 h 59 min after is judged by the rest", activities=({"kind": "sport", "start": "2026-07-03 10:29"},)
)
early.info("sport 72 h after", activities=({"kind": "sport", "start": "2026-07-03 10:30"},))
early.info("sport 13 days 23 h 59 min after", activities=({"kind": "sport", "start": "2026-07-14 10:29"},))
early.silent("sport 14 × 24 h after", activities=({"kind": "sport", "start": "2026-07-14 10:30"},))
early.silent("manual work after 72 h", activities=({"kind": "manual-work", "start": "2026-07-04"},))
early.silent("travel after 72 h", activities=({"kind": "travel", "start": "2026-07-04"},))
early.silent("physiotherapy after 72 h", loading={"physiotherapy": "2026-07-04"})
early.warning(
    "sport and a race: the worst speaks",
    activities=({"kind": "sport", "start": "2026-07-04"}, {"kind": "race", "start": "2026-07-10"}),
)
early.warning(
    "14 × 24 h are elapsed hours: the clocks go forward",
    start="2026-03-22 09:30",
    activities=({"kind": "race", "start": "2026-04-05 10:59"},),
)
early.silent(
    "14 × 24 h with the clocks gone forward",
    start="2026-03-22 09:30",
    activities=({"kind": "race", "start": "2026-04-05 11:00"},),
)
_RACE = ({"kind": "race", "start": "2026-07-10"},)
early.warning("trochanteric bursa", site="trochanteric-bursa", activities=_RACE)
early.silent("hip joint", site="hip-joint", activities=_RACE)
early.silent("sacroiliac joint", site="sacroiliac-joint", activities=_RACE)
early.warning("a race that becomes known after the injection", kind="race", given=("2026-06-20",))
early.info("sport that becomes known after the injection", kind="sport", given=("2026-06-20",))
early.silent("a race 14 days after the midnight of one known only by date", kind="race", given=("2026-06-15",))
early.silent("a race after one in the hip joint", kind="race", given=({"given": "2026-06-20", "site": "hip-joint"},))
early.silent("a race after one in the knee", kind="race", given=({"given": "2026-06-20", "site": "other-site"},))
early.warning(
    "a race after one somewhere in the hip region",
    kind="race",
    given=({"given": "2026-06-20", "site": "hip-region-unspecified"},),
)
early.silent("physiotherapy after 72 h is no race", kind="physiotherapy", given=("2026-06-20",))

"""Group B: the pathway and what imaging shows."""

from tests.injections.safety.tables.row import Table

care = Table("conservative-care-first")
care.silent("physiotherapy completed, response not satisfactory")
care.silent("physiotherapy ongoing, response not satisfactory", pathway={"physiotherapy": "ongoing"})
care.warning("physiotherapy none", pathway={"physiotherapy": "none", "response": None})
care.warning("physiotherapy none, whatever the response", pathway={"physiotherapy": "none"})
care.warning("physiotherapy unknown", pathway={"physiotherapy": None})
care.warning("no pathway at all", no_pathway=True)
care.warning("response not recorded", pathway={"response": None})
care.warning("response satisfactory", pathway={"response": "satisfactory"})
care.warning("not possible, without a reason", pathway={"physiotherapy": "not-possible"})
care.warning(
    "not possible, the reason is blank", pathway={"physiotherapy": "not-possible", "not_possible_reason": "  "}
)
care.info("not possible, with a reason", pathway={"physiotherapy": "not-possible", "not_possible_reason": "Frail."})
care.info(
    "not possible with a reason, response unknown",
    pathway={"physiotherapy": "not-possible", "not_possible_reason": "Frail.", "response": None},
)
care.warning("trochanteric bursa", site="trochanteric-bursa", no_pathway=True)
care.silent("hip joint", site="hip-joint", no_pathway=True)
care.silent("sacroiliac joint", site="sacroiliac-joint", no_pathway=True)

specialist = Table("specialist-assessment")
specialist.silent("yes")
specialist.warning("no", pathway={"specialist_assessment": "no"})
specialist.warning("not sure", pathway={"specialist_assessment": "not-sure"})
specialist.warning("not recorded", pathway={"specialist_assessment": None})
specialist.warning("no pathway at all, hip joint", no_pathway=True, site="hip-joint")

indication = Table("no-indication")
indication.silent("one is ticked")
indication.warning("none is ticked", pathway={"indications": ()})
indication.warning("no pathway at all", no_pathway=True)
indication.silent("trochanteric bursa", site="trochanteric-bursa", pathway={"indications": ()})
indication.silent("hip joint", site="hip-joint", pathway={"indications": ()})
indication.silent("sacroiliac joint", site="sacroiliac-joint", pathway={"indications": ()})

mild = Table("mild-and-improving")
mild.warning("yes", pathway={"mild_and_improving": "yes"})
mild.silent("no")
mild.silent("not sure", pathway={"mild_and_improving": "not-sure"})
mild.silent("not recorded", pathway={"mild_and_improving": None})
mild.silent("trochanteric bursa", site="trochanteric-bursa", pathway={"mild_and_improving": "yes"})

side = Table("side-mismatch")
side.silent("the same side")
side.critical("the patient says right, the request left", screening={"pain_side": "right"})
side.silent("both sides", screening={"pain_side": "both"})
side.silent("not known", screening={"pain_side": None})
side.silent("no screening at all", no_screening=True)

_MRI = {"modality": "mri"}
scan = Table("ultrasound-assessment")
scan.silent("an ultrasound of last month")
scan.critical("no report", reports=())
scan.warning("an MRI only", reports=(_MRI,))
scan.silent("no report, the visit includes the scan", reports=(), includes_scan=True)
scan.silent("an old report, the visit includes the scan", reports=({"performed_on": "2020-01-01"},), includes_scan=True)
scan.critical("report of the other side", reports=({"side": "right"},))
scan.critical("report of unknown side", reports=({"side": "unknown"},))
scan.critical("report of another area", reports=({"area": "hip-joint"},))
scan.silent("performed on 1 July 2025", reports=({"performed_on": "2025-07-01"},))
scan.warning("performed on 30 June 2025: twelve months old", reports=({"performed_on": "2025-06-30"},))
scan.warning("an old ultrasound and a new MRI", reports=({"performed_on": "2025-06-30"}, _MRI))
scan.silent(
    "the newest of two ultrasounds counts", reports=({"performed_on": "2025-01-01"}, {"performed_on": "2026-01-01"})
)
scan.critical(
    "report of the day before the injury",
    reports=({"performed_on": "2026-05-31"},),
    screening={"injury_on": "2026-06-01"},
)
scan.silent(
    "report of the day of the injury", reports=({"performed_on": "2026-06-01"},), screening={"injury_on": "2026-06-01"}
)
scan.critical(
    "an MRI from before the injury does not help either",
    reports=({"performed_on": "2026-05-31", **_MRI},),
    screening={"injury_on": "2026-06-01"},
)
scan.critical("a report from after the start does not count yet", reports=({"performed_on": "2026-07-01"},))
scan.silent("a report of the start date", reports=({"performed_on": "2026-06-30"},))
scan.critical("hip joint without report", site="hip-joint", reports=())

guidance = Table("ultrasound-guidance")
guidance.silent("ultrasound in the room")
guidance.critical("no ultrasound in the room", ultrasound_guided=False)

target = Table("no-ultrasound-target")
_NOTHING = {"tendinopathy": "no", "bursitis": "no"}
target.silent("tendinopathy")
target.silent("bursitis", reports=({"tendinopathy": "no", "bursitis": "yes"},))
target.warning("neither", reports=(_NOTHING,))
target.warning(
    "neither in the newest, an MRI",
    reports=({"performed_on": "2026-05-01"}, {**_NOTHING, **_MRI, "performed_on": "2026-05-02"}),
)
target.silent(
    "neither in an older one", reports=({"performed_on": "2026-05-02"}, {**_NOTHING, "performed_on": "2026-05-01"})
)
target.warning("two of one day, one shows neither", reports=({}, {**_NOTHING, **_MRI}))
target.silent("no report", reports=())
target.silent("neither, on the other side", reports=({**_NOTHING, "side": "right"},))
target.silent("trochanteric bursa", site="trochanteric-bursa", reports=(_NOTHING,))

tear = Table("tendon-tear")
_PARTIAL = {"tear": "partial", "tear_grade": "1", "tear_size_mm": 4.0}
_FULL = {"tear": "full", "tear_grade": "3", "tear_size_mm": 20.0}
tear.silent("no tear")
tear.warning("partial tear", reports=(_PARTIAL,))
tear.critical("full tear", reports=(_FULL,))
tear.silent("avulsion has a rule of its own", reports=({"tear": "avulsion"},))
tear.silent("full tear in an older ultrasound", reports=({**_FULL, "performed_on": "2026-01-01"}, {}))
tear.silent("full tear in an older MRI", reports=({**_FULL, **_MRI, "performed_on": "2026-01-01"}, _MRI))
tear.critical(
    "full tear in the older MRI, none in the newer ultrasound",
    reports=({**_FULL, **_MRI, "performed_on": "2026-01-01"}, {}),
)
tear.warning(
    "partial tear in the older ultrasound, none in the newer MRI",
    reports=({**_PARTIAL, "performed_on": "2026-01-01"}, _MRI),
)
tear.critical(
    "partial tear in the ultrasound, full in the older MRI",
    reports=(_PARTIAL, {**_FULL, **_MRI, "performed_on": "2026-01-01"}),
)
tear.critical("full tear in the newest, an MRI", reports=({"performed_on": "2026-01-01"}, {**_FULL, **_MRI}))
tear.critical("two of one day, the worse counts", reports=(_PARTIAL, {**_FULL, **_MRI}))
tear.critical("two of one day, in the other order", reports=({**_FULL, **_MRI}, _PARTIAL))
tear.silent("full tear on the other side", reports=({**_FULL, "side": "right"},))
tear.silent("trochanteric bursa", site="trochanteric-bursa", reports=(_FULL,))
tear.silent("hip joint", site="hip-joint", reports=(_FULL,))

inside = Table("intratendinous-target")
inside.silent("beside the tendon")
inside.critical("inside the tendon", targets=("intratendinous",))
inside.critical("beside and inside", targets=("peritendinous", "intratendinous"), site="trochanteric-bursa")

other = Table("other-imaging-diagnosis")
other.silent("none")
other.critical("stress fracture", reports=({"other_diagnosis": "stress-fracture"},))
other.warning("ischiofemoral impingement", reports=({"other_diagnosis": "ischiofemoral-impingement"},))
other.warning("involvement of the sciatic nerve", reports=({"other_diagnosis": "sciatic-involvement"},))
other.warning("something else, hip joint", site="hip-joint", reports=({"other_diagnosis": "other"},))
other.critical(
    "two of one day, the worse counts",
    reports=({"other_diagnosis": "other"}, {"other_diagnosis": "stress-fracture", **_MRI}),
)
other.critical(
    "stress fracture in the older MRI, none in the newer ultrasound",
    reports=({"other_diagnosis": "stress-fracture", **_MRI, "performed_on": "2026-01-01"}, {}),
)
other.warning(
    "impingement in the older ultrasound, none in the newer MRI",
    reports=({"other_diagnosis": "ischiofemoral-impingement", "performed_on": "2026-01-01"}, _MRI),
)
other.silent(
    "stress fracture in an older report of the same kind",
    reports=({"other_diagnosis": "stress-fracture", "performed_on": "2026-01-01"}, {}),
)
other.silent("stress fracture on the other side", reports=({}, {"other_diagnosis": "stress-fracture", "side": "right"}))

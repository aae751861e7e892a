"""Group C: red flags and mimics."""

from tests.injections.safety.tables.row import Table

saddle = Table("saddle-or-bladder")
saddle.critical("yes", saddle_or_bladder="yes")
saddle.silent("no")
saddle.silent("not sure is judged by screening-incomplete", saddle_or_bladder="not-sure")
saddle.silent("no screening at all", no_screening=True)

weakness = Table("progressive-weakness")
weakness.critical("yes", progressive_weakness="yes")
weakness.silent("no")
weakness.silent("does not apply", progressive_weakness="not-applicable")

systemic = Table("systemic-red-flag")
systemic.silent("none of them")
systemic.critical("fever", fever="yes")
systemic.critical("unexplained weight loss", unexplained_weight_loss="yes")
systemic.warning("cancer in the past", cancer_history="yes")
systemic.warning("pain at night", night_pain="yes")
systemic.warning("inflammatory disease", inflammatory_disease="yes")
systemic.critical("fever and pain at night", fever="yes", night_pain="yes")
systemic.silent("fever not sure", fever="not-sure")
systemic.info("pain at night, trochanteric bursa", site="trochanteric-bursa", night_pain="yes")
systemic.warning("inflammatory disease, trochanteric bursa", site="trochanteric-bursa", inflammatory_disease="yes")
systemic.info("inflammatory disease, sacroiliac joint", site="sacroiliac-joint", inflammatory_disease="yes")
systemic.warning("pain at night, sacroiliac joint", site="sacroiliac-joint", night_pain="yes")
systemic.warning(
    "pain at night and cancer in the past, trochanteric bursa",
    site="trochanteric-bursa",
    night_pain="yes",
    cancer_history="yes",
)
systemic.critical(
    "pain at night and fever, trochanteric bursa", site="trochanteric-bursa", night_pain="yes", fever="yes"
)

avulsion = Table("suspected-avulsion")
avulsion.silent("neither suspected nor shown")
avulsion.critical("suspected by the referrer", pathway={"suspected_avulsion": "yes"})
avulsion.silent("not sure", pathway={"suspected_avulsion": "not-sure"})
avulsion.critical("shown in the newest report", reports=({"tear": "avulsion"},))
avulsion.silent("shown in an older ultrasound", reports=({"tear": "avulsion", "performed_on": "2026-01-01"}, {}))
avulsion.critical(
    "shown in the older MRI, not in the newer ultrasound",
    reports=({"tear": "avulsion", "modality": "mri", "performed_on": "2026-01-01"}, {}),
)
avulsion.silent("shown on the other side", reports=({"tear": "avulsion", "side": "right"},))
avulsion.critical("two of one day, one shows it", reports=({}, {"tear": "avulsion", "modality": "mri"}))
avulsion.silent("a full tear is no avulsion", reports=({"tear": "full"},))
avulsion.critical("hip joint", site="hip-joint", pathway={"suspected_avulsion": "yes"})

_SUDDEN = {"onset": "sudden"}
_UNKNOWN = {"onset": None}
_OLD = {"onset": "sudden", "injury_on": "2026-04-07"}
trauma = Table("acute-trauma")
trauma.silent("sudden onset, no sign", screening=_SUDDEN)
trauma.critical("sudden, bruising, day unknown", screening=_SUDDEN, bruising="yes")
trauma.critical("onset unknown, difficulty walking", screening=_UNKNOWN, difficulty_walking="yes")
trauma.critical("sudden, marked weakness", screening=_SUDDEN, marked_weakness="yes")
trauma.critical("gradual, but a sudden pop", sudden_pop="yes")
trauma.critical("injury on 8 April: 83 days before", screening={**_OLD, "injury_on": "2026-04-08"}, bruising="yes")
trauma.info("injury on 7 April: 84 days before, a later report without full tear", screening=_OLD, bruising="yes")
trauma.info("84 days after a pop, gradual onset stated", screening={**_OLD, "onset": "gradual"}, sudden_pop="yes")
trauma.warning("84 days before, no report", screening=_OLD, bruising="yes", reports=())
trauma.warning(
    "84 days before, report of the day before",
    screening=_OLD,
    bruising="yes",
    reports=({"performed_on": "2026-04-06"},),
)
trauma.info(
    "84 days before, report of the same day", screening=_OLD, bruising="yes", reports=({"performed_on": "2026-04-07"},)
)
trauma.warning(
    "84 days before, the report shows a full tear", screening=_OLD, bruising="yes", reports=({"tear": "full"},)
)
trauma.warning(
    "84 days before, the report shows an avulsion", screening=_OLD, bruising="yes", reports=({"tear": "avulsion"},)
)
trauma.info(
    "84 days before, the report shows a partial tear", screening=_OLD, bruising="yes", reports=({"tear": "partial"},)
)
trauma.warning(
    "84 days before, a full tear in the ultrasound and none in the newer MRI",
    screening=_OLD,
    bruising="yes",
    reports=({"tear": "full", "performed_on": "2026-05-01"}, {"performed_on": "2026-05-02", "modality": "mri"}),
)
trauma.info(
    "84 days before, the newest of two ultrasounds counts",
    screening=_OLD,
    bruising="yes",
    reports=({"tear": "full", "performed_on": "2026-05-01"}, {"performed_on": "2026-05-02"}),
)
trauma.info(
    "84 days before, a full tear in an MRI from before the injury",
    screening=_OLD,
    bruising="yes",
    reports=({"tear": "full", "modality": "mri", "performed_on": "2026-04-06"}, {}),
)
trauma.warning(
    "84 days before, two of one day and one shows a full tear",
    screening=_OLD,
    bruising="yes",
    reports=({}, {"tear": "full"}),
)
trauma.warning("84 days before, report of the other side", screening=_OLD, bruising="yes", reports=({"side": "right"},))
trauma.warning("gradual, marked weakness", marked_weakness="yes")
trauma.info("gradual, bruising", bruising="yes")
trauma.info("gradual, difficulty walking", difficulty_walking="yes")
trauma.warning("gradual, bruising and marked weakness", bruising="yes", marked_weakness="yes")
trauma.silent("no sign")
trauma.silent("a sign not sure is judged by screening-incomplete", sudden_pop="not-sure", screening=_SUDDEN)

nerve = Table("nerve-or-back")
nerve.silent("none of them")
nerve.warning("pain below the knee", pain_below_knee="yes")
nerve.warning("numbness", numbness="yes")
nerve.info("back pain alone", back_pain="yes")
nerve.warning("back pain and numbness", back_pain="yes", numbness="yes")
nerve.silent("back pain alone, sacroiliac joint", site="sacroiliac-joint", back_pain="yes")
nerve.warning("numbness, sacroiliac joint", site="sacroiliac-joint", numbness="yes")
nerve.info("back pain alone, hip joint", site="hip-joint", back_pain="yes")

place = Table("pain-site-mismatch")
_PLACES = ("sit-bone", "buttock-crease", "back-of-thigh", "side-of-hip", "groin", "low-back", "upper-buttock", "other")
_FITTING = {
    "hamstring-origin": ("sit-bone", "buttock-crease", "back-of-thigh"),
    "ischiogluteal-bursa": ("sit-bone", "buttock-crease", "back-of-thigh"),
    "trochanteric-bursa": ("side-of-hip",),
    "hip-joint": ("groin",),
    "sacroiliac-joint": ("low-back", "upper-buttock"),
}
for _site, _fitting in _FITTING.items():
    for _pain in _PLACES:
        _say = place.silent if _pain in _fitting else place.warning
        _say(
            f"{_site.replace('-', ' ')}, pain: {_pain.replace('-', ' ')}",
            site=_site,
            screening={"main_pain_site": _pain},
        )
place.silent("place not known", screening={"main_pain_site": None})

"""Group B: what ultrasound and MRI show, and that both the diagnosis and the needle are guided."""

from typing import Final

from injections.safety import sources
from injections.safety.case import Case, newest
from injections.safety.dates import add_months, in_words
from injections.safety.facts import Report
from injections.safety.findings import Owner, Severity
from injections.safety.registry import Outcome, critical, rule, warning
from injections.safety.sites import ISCHIAL_TUBEROSITY

_TO_REVIEW: Final = ("ischiofemoral-impingement", "sciatic-involvement", "other")
_PRODUCT: Final = sources.external("steroid product information", "not into the tendon")


@rule(
    "ultrasound-assessment",
    group="B",
    thresholds=("ultrasound_valid_months",),
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.DIAGNOSIS, sources.IMAGING, sources.ours("a report is too old after 12 months")),
    clears="An ultrasound report of this area and side that is recent enough, or a visit that includes the scan.",
    action="Book as scan and injection, or get the ultrasound report.",
)
def ultrasound_assessment(case: Case) -> Outcome | None:
    """No ultrasound report of this area and side and no scan at the visit: critical, or a warning where
    there is an MRI. Reports from before the injury do not count. The newest ultrasound is 12 months old
    or older: warning.
    """
    if case.request.includes_scan:
        return None
    injury_on = case.screening.injury_on
    counted = [r for r in case.matching_reports if injury_on is None or r.performed_on >= injury_on]
    scans = newest([report for report in counted if report.modality == "ultrasound"])
    if not scans:
        evidence = {"ultrasound": None, "mri": any(report.modality == "mri" for report in counted)}
        if evidence["mri"]:
            return warning("There is an MRI but no ultrasound report of this area and side.", evidence)
        return critical("No ultrasound report of this area and side.", evidence, Owner.RECEPTION)
    performed_on = scans[0].performed_on
    months = case.policy.ultrasound_valid_months
    if add_months(performed_on, months) > case.start_on:
        return None
    return warning(
        f"The newest ultrasound report is of {in_words(performed_on)}, {months} months old or older.",
        {"ultrasound": performed_on.isoformat(), "start_on": case.start_on.isoformat()},
    )


@rule(
    "ultrasound-guidance",
    group="B",
    severities=(Severity.CRITICAL,),
    sources=(sources.GUIDANCE,),
    clears="A room with ultrasound.",
    action="Book a room with ultrasound.",
)
def ultrasound_guidance(case: Case) -> Outcome | None:
    """The injection would not be guided by ultrasound."""
    if case.request.ultrasound_guided:
        return None
    return critical("No ultrasound in the room: every injection is guided by it.", {"ultrasound_guided": False})


@rule(
    "no-ultrasound-target",
    group="B",
    severities=(Severity.WARNING,),
    sources=(sources.DIAGNOSIS, sources.IMAGING),
    areas=(ISCHIAL_TUBEROSITY,),
    clears="A newer report that shows tendinopathy or bursitis, or a radiologist's decision.",
)
def no_ultrasound_target(case: Case) -> Outcome | None:
    """The newest report of this area and side shows neither tendinopathy nor bursitis."""
    for report in case.newest_reports:
        if report.tendinopathy == "no" and report.bursitis == "no":
            return warning(
                "The newest report shows no tendinopathy or bursitis. A normal scan does not exclude it: consider MRI.",
                _shown(report),
            )
    return None


@rule(
    "tendon-tear",
    group="B",
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.DIAGNOSIS, sources.CONTRAINDICATIONS),
    areas=(ISCHIAL_TUBEROSITY,),
    clears="A newer report without the tear, or a radiologist's decision.",
    action="Say that the scan shows a tear, that this is looked at first, and that the clinic will be in touch.",
)
def tendon_tear(case: Case) -> Outcome | None:
    """The newest report of this area and side shows a full tear (critical) or a partial one (warning)."""
    by_tear = {report.tear: report for report in case.newest_reports}
    if "full" in by_tear:
        return critical("The newest report shows a full tear of the tendon.", _shown(by_tear["full"]))
    if "partial" in by_tear:
        return warning("The newest report shows a partial tear of the tendon.", _shown(by_tear["partial"]))
    return None


@rule(
    "intratendinous-target",
    group="B",
    severities=(Severity.CRITICAL,),
    sources=(sources.clinic("a small dose of steroid close to the tendon"), _PRODUCT),
    clears="A target beside the tendon or in the bursa.",
    action="Ask the radiologist which target is meant: steroid is not put into the tendon.",
)
def intratendinous_target(case: Case) -> Outcome | None:
    """The target lies inside the tendon."""
    if "intratendinous" not in case.request.targets:
        return None
    return critical("Steroid goes close to the tendon, not into it.", {"targets": sorted(case.request.targets)})


@rule(
    "other-imaging-diagnosis",
    group="B",
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.CONTRAINDICATIONS,),
    clears="A newer report without the other diagnosis, or a radiologist's decision.",
    action="Say that the scan shows something else that is looked at first, and that the clinic will be in touch.",
)
def other_imaging_diagnosis(case: Case) -> Outcome | None:
    """The newest report of this area and side names a stress fracture (critical), or ischiofemoral
    impingement, involvement of the sciatic nerve or another diagnosis (warning).
    """
    by_diagnosis = {report.other_diagnosis: report for report in case.newest_reports}
    if "stress-fracture" in by_diagnosis:
        return critical("The newest report names a stress fracture.", _shown(by_diagnosis["stress-fracture"]))
    for diagnosis in _TO_REVIEW:
        if diagnosis in by_diagnosis:
            words = "another diagnosis" if diagnosis == "other" else diagnosis.replace("-", " ")
            return warning(f"The newest report names {words}.", _shown(by_diagnosis[diagnosis]))
    return None


def _shown(report: Report) -> dict[str, object]:
    """The evidence of a report: what it says, not which row it is."""
    return {
        "modality": report.modality,
        "performed_on": report.performed_on.isoformat(),
        "tendinopathy": report.tendinopathy,
        "bursitis": report.bursitis,
        "tear": report.tear,
        "tear_grade": report.tear_grade,
        "tear_size_mm": report.tear_size_mm,
        "other_diagnosis": report.other_diagnosis,
    }

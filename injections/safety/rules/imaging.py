"""Group B: what ultrasound and MRI show, and that both the diagnosis and the needle are guided."""

from typing import Final

from injections.safety import scans, sources
from injections.safety.case import Case
from injections.safety.dates import add_months, in_words
from injections.safety.findings import Owner, Severity
from injections.safety.registry import Outcome, critical, rule, warning
from injections.safety.sites import ISCHIAL_TUBEROSITY

_DIAGNOSES: Final = {
    "stress-fracture": (critical, "a stress fracture"),
    "ischiofemoral-impingement": (warning, "ischiofemoral impingement"),
    "sciatic-involvement": (warning, "sciatic involvement"),
    "other": (warning, "another diagnosis"),
}
"""From the worst on."""
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
    ultrasounds = scans.newest(report for report in counted if report.modality == "ultrasound")
    if not ultrasounds:
        evidence = {"ultrasound": None, "mri": any(report.modality == "mri" for report in counted)}
        if evidence["mri"]:
            return warning("There is an MRI but no ultrasound report of this area and side.", evidence)
        return critical("No ultrasound report of this area and side.", evidence, Owner.RECEPTION)
    performed_on = ultrasounds[0].performed_on
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
                scans.shown(report),
            )
    return None


@rule(
    "tendon-tear",
    group="B",
    severities=(Severity.CRITICAL, Severity.WARNING),
    sources=(sources.DIAGNOSIS, sources.CONTRAINDICATIONS, sources.EACH_KIND_OF_SCAN),
    areas=(ISCHIAL_TUBEROSITY,),
    clears="A newer scan of the same kind without the tear, or a radiologist's decision.",
    action="Say that the scan shows a tear, that this is looked at first, and that the clinic will be in touch.",
)
def tendon_tear(case: Case) -> Outcome | None:
    """The newest ultrasound or the newest MRI of this area and side shows a full tear (critical) or a partial one
    (warning). The worse of the two speaks, and says so where they differ.
    """
    counted = case.newest_of_each
    for tear, judge in (("full", critical), ("partial", warning)):
        for report in counted:
            if report.tear == tear:
                differs = scans.difference(report, counted, lambda one: one.tear)
                return judge(
                    f"The {scans.named(report)} shows a {tear} tear of the tendon{differs}.",
                    {"reports": scans.as_evidence(counted)},
                )
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
    sources=(sources.CONTRAINDICATIONS, sources.EACH_KIND_OF_SCAN),
    clears="A newer scan of the same kind without the other diagnosis, or a radiologist's decision.",
    action="Say that the scan shows something else that is looked at first, and that the clinic will be in touch.",
)
def other_imaging_diagnosis(case: Case) -> Outcome | None:
    """The newest ultrasound or the newest MRI of this area and side names a stress fracture (critical), or
    ischiofemoral impingement, involvement of the sciatic nerve or another diagnosis (warning). The worse of the
    two speaks, and says so where they differ.
    """
    counted = case.newest_of_each
    for diagnosis, (judge, words) in _DIAGNOSES.items():
        for report in counted:
            if report.other_diagnosis == diagnosis:
                differs = scans.difference(report, counted, lambda one: one.other_diagnosis)
                return judge(
                    f"The {scans.named(report)} names {words}{differs}.", {"reports": scans.as_evidence(counted)}
                )
    return None

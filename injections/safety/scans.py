"""Which imaging reports count: the newest of all, or the newest of each kind, and where those differ."""

from collections.abc import Callable, Iterable

from injections.safety.codes import MODALITIES
from injections.safety.dates import in_words
from injections.safety.facts import Report


def newest(reports: Iterable[Report]) -> list[Report]:
    """The reports of the newest date, whatever their kind: all of them where several share it, so that the worst one
    speaks.
    """
    found = list(reports)
    latest = max((report.performed_on for report in found), default=None)
    return [report for report in found if report.performed_on == latest]


def newest_of_each(reports: Iterable[Report]) -> list[Report]:
    """The newest ultrasound and the newest MRI, ultrasound first; several of one kind and day all count.

    A scan of one kind does not take back what the other kind saw. Source: clinic policy.
    """
    found = list(reports)
    return [one for kind in MODALITIES for one in newest(report for report in found if report.modality == kind)]


def named(report: Report) -> str:
    """ "ultrasound of 1 May 2026"."""
    return (
        f"{report.modality.upper() if report.modality == 'mri' else report.modality} of {in_words(report.performed_on)}"
    )


def difference(shown: Report, counted: Iterable[Report], says: Callable[[Report], str]) -> str:
    """ "; the MRI of 2 June 2026 differs" where the newest scan of the other kind says something else, else ""."""
    for other in counted:
        if other.modality != shown.modality and says(other) != says(shown):
            return f"; the {named(other)} differs"
    return ""


def as_evidence(reports: Iterable[Report]) -> list[dict[str, object]]:
    """What the reports say, not which rows they are, always in the same order."""
    return sorted(map(shown, reports), key=lambda one: sorted(map(str, one.items())))


def shown(report: Report) -> dict[str, object]:
    """What one report says."""
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

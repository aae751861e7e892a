"""Group B: has the patient come the right way, and is the right side meant."""

from typing import Final

from injections.safety import sources
from injections.safety.case import Case
from injections.safety.codes import YES
from injections.safety.findings import Owner, Severity
from injections.safety.registry import Outcome, critical, info, rule, warning
from injections.safety.sites import GREATER_TROCHANTER, ISCHIAL_TUBEROSITY, other_side

_NO_PHYSIOTHERAPY: Final = ("none", None)


@rule(
    "conservative-care-first",
    group="B",
    severities=(Severity.WARNING, Severity.INFO),
    sources=(sources.CONSERVATIVE_FIRST,),
    areas=(ISCHIAL_TUBEROSITY, GREATER_TROCHANTER),
    clears="Physiotherapy recorded with a response that is not satisfactory, or a clinician's reason why not possible.",
)
def conservative_care_first(case: Case) -> Outcome | None:
    """Physiotherapy none or unknown, or its response not recorded as not satisfactory: warning.
    Physiotherapy not possible: warning, info with a clinician's reason.
    """
    pathway = case.pathway
    evidence = {"physiotherapy": pathway.physiotherapy, "response": pathway.response}
    if pathway.physiotherapy == "not-possible":
        reason = (pathway.not_possible_reason or "").strip()
        evidence["not_possible_reason"] = reason or None
        if reason:
            return info("Physiotherapy is not possible; a clinician recorded why.", evidence)
        return warning("Physiotherapy is not possible, and no clinician recorded why.", evidence)
    if pathway.physiotherapy in _NO_PHYSIOTHERAPY:
        is_unknown = pathway.physiotherapy is None
        words = "It is not known whether physiotherapy was tried" if is_unknown else "Physiotherapy was not tried"
        return warning(f"{words}; it comes before an injection.", evidence, _if_missing(pathway.physiotherapy))
    if pathway.response == "not-satisfactory":
        return None
    words = "is not recorded" if pathway.response is None else "is satisfactory"
    return warning(f"The response to physiotherapy {words}.", evidence, _if_missing(pathway.response))


@rule(
    "specialist-assessment",
    group="B",
    severities=(Severity.WARNING,),
    sources=(sources.DIAGNOSIS,),
    clears="A clinical assessment by a specialist, recorded in the pathway.",
)
def specialist_assessment(case: Case) -> Outcome | None:
    """Clinical assessment by a specialist is anything but "yes"."""
    answer = case.pathway.specialist_assessment
    if answer == YES:
        return None
    words = "is recorded" if answer is None else "has taken place for certain"
    return warning(
        f"No clinical assessment by a specialist {words}.", {"specialist_assessment": answer}, _if_missing(answer)
    )


@rule(
    "no-indication",
    group="B",
    severities=(Severity.WARNING,),
    sources=(sources.INDICATIONS,),
    areas=(ISCHIAL_TUBEROSITY,),
    clears="At least one indication ticked in the pathway.",
)
def no_indication(case: Case) -> Outcome | None:
    """None of the eight indications for proximal hamstring tendinopathy is ticked."""
    if case.pathway.indications:
        return None
    return warning(
        "None of the indications for proximal hamstring tendinopathy is ticked.",
        {"indications": []},
        _if_missing(case.facts.pathway),
    )


@rule(
    "mild-and-improving",
    group="B",
    severities=(Severity.WARNING,),
    sources=(sources.ALTERNATIVES,),
    areas=(ISCHIAL_TUBEROSITY,),
    clears="Symptoms that are no longer mild and improving, recorded in the pathway.",
)
def mild_and_improving(case: Case) -> Outcome | None:
    """The pathway says yes to mild and improving symptoms; only then."""
    if case.pathway.mild_and_improving != YES:
        return None
    return warning("The symptoms are mild and improving: watching them may be enough.", {"mild_and_improving": YES})


@rule(
    "side-mismatch",
    group="B",
    severities=(Severity.CRITICAL,),
    sources=(sources.ours("the side the patient names"),),
    clears="The side corrected, in the request or in the answer.",
    action="Ask the patient again which side hurts, and correct the request or the answer.",
)
def side_mismatch(case: Case) -> Outcome | None:
    """The patient names the other side. Both sides, or the same one, pass; unknown is judged by
    screening-incomplete.
    """
    if case.screening.pain_side != other_side(case.side):
        return None
    return critical(
        f"The patient says the pain is on the {case.screening.pain_side} side; the injection is for the {case.side}.",
        {"pain_side": case.screening.pain_side, "side": case.side},
    )


def _if_missing(record: object) -> Owner | None:
    """A record that is missing altogether is reception's to get; what is recorded is the radiologist's to
    judge.
    """
    return Owner.RECEPTION if record is None else None

"""What a finding's evidence says of a report, with the words that no rule reads: "something else" says what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from injections import words
from injections.imaging.content import OTHER
from injections.models import ImagingReport


def with_what_else(evidence: Mapping[str, Any], reports: Iterable[ImagingReport]) -> dict[str, Any]:
    """Evidence of one report, or of several under "reports", in which another diagnosis is named as it was written.

    A report that was corrected or withdrawn since is not among `reports`: of it nothing more is said than was judged.
    """
    said = {
        (row.modality, row.performed_on.isoformat()): words.diagnosis(OTHER, row.other_diagnosis_text)
        for row in reports
        if row.other_diagnosis == OTHER
    }
    found = _said(evidence, said)
    if isinstance(found.get("reports"), list):
        found["reports"] = [_said(one, said) for one in found["reports"]]
    return found


def _said(evidence: Mapping[str, Any], said: Mapping[tuple[Any, Any], str]) -> dict[str, Any]:
    key = (evidence.get("modality"), evidence.get("performed_on"))
    is_other = evidence.get("other_diagnosis") == OTHER and key in said
    return {**evidence, **({"other_diagnosis": said[key]} if is_other else {})}

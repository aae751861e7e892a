"""The evidence of every finding there is reads as sentences."""

import json
import re

import pytest

from injections.safety.assess import assess
from injections.safety.findings import Finding
from injections.templatetags.evidence_words import _SAID, advice, evidence_sentences
from injections.words import QUESTION_LABELS
from tests.injections.safety.example import clean, the
from tests.injections.safety.tables import ROWS

CODE = re.compile(r"\b[a-z]+_[a-z_]+\b|\b[a-z]+-[a-z]+(?:-[a-z]+)+\b|\d{4}-\d\d|\[|\{|None|True|False")
"""What a reader would take for a field or a code."""
REPORT = {
    "modality",
    "performed_on",
    "tendinopathy",
    "bursitis",
    "tear",
    "tear_grade",
    "tear_size_mm",
    "other_diagnosis",
}


def findings() -> list[Finding]:
    """Of every row of the tables that fires, as they are read back from the database."""
    found = {}
    for row in ROWS:
        for one in assess(clean(**row.facts)).findings:
            found[one.rule, json.dumps(one.evidence, sort_keys=True)] = one
    return list(found.values())


def test_every_piece_of_evidence_has_a_sentence_of_its_own() -> None:
    """A new piece fails here until somebody has said how it reads."""
    pieces = {key for one in findings() for key in one.evidence}
    assert pieces - _SAID.keys() - QUESTION_LABELS.keys() - REPORT == set()


def test_no_evidence_reads_as_fields_and_codes() -> None:
    for one in findings():
        said = evidence_sentences(json.loads(json.dumps(one.evidence)))
        assert said.endswith((".", "”")), (one.rule, said)
        assert not CODE.search(said), (one.rule, said)


@pytest.mark.parametrize(
    ("rule", "facts", "said"),
    [
        (
            "repeat-interval",
            {"given": ("2026-03",)},
            "Counted: left sit bone (ischial tuberosity), some time in March 2026, counted as 31 March.",
        ),
        (
            "anticoagulant",
            {
                "blood_thinner": "yes",
                "screening": {"blood_thinner_kind": "warfarin", "inr": 4.5, "inr_on": "2026-06-25"},
            },
            "The last INR was 4.5. It was taken on 25 June 2026.",
        ),
        (
            "diabetes",
            {"diabetes": "yes", "screening": {"diabetes_poorly_controlled": "no"}},
            "The diabetes is well controlled.",
        ),
    ],
)
def test_what_a_radiologist_reads(rule: str, facts: dict[str, object], said: str) -> None:
    """NEE12: an answer to a question that is asked in the negative reads as what it means."""
    assert said in evidence_sentences(the(rule, **facts).evidence)


@pytest.mark.parametrize(
    ("given", "change", "said"),
    [
        (1, "same", "Consider a surgical or specialist opinion: the last injection did not help."),
        (1, "better", ""),
        (2, None, ""),
        (3, "better", "Consider a surgical or specialist opinion: this would be injection number 4 here."),
    ],
)
def test_an_opinion_is_thought_of_where_it_did_not_help_and_from_the_4th_on(
    given: int, change: str | None, said: str
) -> None:
    """It stands on pages alone: the finding has no action, as it is never critical."""
    helped = {"better": "yes", "same": "no"}.get(change or "")
    days = ("2023-01-10", "2024-01-10", "2025-01-10")[-given:]
    finding = the("repeat-number", given=tuple({"given": day, "helped": helped} for day in days))
    assert finding.action is None
    assert (advice(finding), advice(json.loads(json.dumps(finding.as_dict())))) == (said, said)


def test_evidence_of_an_earlier_version_of_the_rules_is_read_all_the_same() -> None:
    """Assessments stay as they were stored; what has another shape is said plainly, and nothing is left out."""
    old = {"injections": [{"area": "hip-joint", "on": "2026-01-20"}], "loads": 3, "last": None, "shoe_size": "9"}
    said = evidence_sentences(old)
    assert said == "Injections: area: Hip joint, on: 20 January 2026. Loads: 3. Last: Not known. Shoe size: 9."

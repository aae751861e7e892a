"""Every row of the tables, each also mirrored, and what the tables as a whole must hold."""

import pytest

from injections.safety.assess import assess
from injections.safety.findings import MESSAGE_LIMIT, Judgement
from injections.safety.policy import DEFAULT
from injections.safety.rules import RULES
from tests.injections.safety.example import clean
from tests.injections.safety.tables import ROWS, SILENT, Row

RULE_IDS = {rule.id for rule in RULES}


def said(assessment: Judgement, rule: str) -> str:
    found = [finding.severity.value for finding in assessment.findings if finding.rule == rule]
    assert len(found) <= 1, "a rule gives one finding"
    return found[0] if found else SILENT


@pytest.mark.parametrize("row", ROWS, ids=str)
def test_the_rule_says_what_the_table_says(row: Row) -> None:
    """The row itself, and the same case with left and right exchanged."""
    assert said(assess(clean(**row.facts)), row.rule) == row.then
    assert said(assess(clean(**row.facts, mirror=True)), row.rule) == row.then


def test_the_clean_case_is_clear() -> None:
    """What every row differs from is clear and has nothing to say."""
    assessment = assess(clean())
    assert (assessment.verdict, assessment.findings) == ("clear", ())


@pytest.mark.parametrize("rule", sorted(RULE_IDS))
def test_every_rule_has_rows_that_fire_and_rows_that_do_not(rule: str) -> None:
    """Each severity a rule declares is shown by a row, and silence is too."""
    declared = {severity.value for one in RULES if one.id == rule for severity in one.severities}
    assert {row.then for row in ROWS if row.rule == rule} == declared | {SILENT}


def test_the_tables_name_no_other_rules() -> None:
    """A row of a rule that is gone is found."""
    assert {row.rule for row in ROWS} == RULE_IDS


def test_no_row_is_written_twice() -> None:
    """Two rows in the same words would hide one another in the documentation."""
    assert len({(row.rule, row.when) for row in ROWS}) == len(ROWS)


def test_messages_are_short_and_findings_are_whole() -> None:
    """Every finding of every row: message length, source, what clears it, an action exactly when critical."""
    for row in ROWS:
        for finding in assess(clean(**row.facts)).findings:
            assert len(finding.message) < MESSAGE_LIMIT, finding
            assert finding.rule in RULE_IDS, row
            assert finding.source, finding
            assert finding.clears, finding
            assert (finding.action is not None) == (finding.severity == "critical"), finding
            assert finding.call <= (finding.severity == "critical"), finding
            assert len(finding.concerns[0].digest) == 64, finding


def test_the_same_facts_give_the_same_answer() -> None:
    """No clock and no chance inside."""
    for row in ROWS[::7]:
        assert assess(clean(**row.facts), policy=DEFAULT) == assess(clean(**row.facts))

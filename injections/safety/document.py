"""docs/rules.md, made from the registry, the thresholds and the tables of tests/injections/safety/tables.

`python -m injections.safety.document` writes it; with `--check` it only tells whether the file is up to date.
"""

import sys
from collections.abc import Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Final, Protocol

from injections.safety.emergency import BRITISH
from injections.safety.policy import DEFAULT, MORE, RULES_VERSION, thresholds
from injections.safety.questions import FOLLOW_UPS, QUESTIONS, Question
from injections.safety.registry import Rule
from injections.safety.rules import RULES
from injections.safety.sites import AREAS

ROOT: Final = Path(__file__).parents[2]
TARGET: Final = ROOT / "docs" / "rules.md"
TABLES: Final = "tests.injections.safety.tables"
GROUPS: Final = {
    "A": "Interval, load and rest",
    "B": "Pathway and imaging",
    "C": "Red flags and mimics",
    "D": "Medicines and conditions",
    "E": "Completeness",
}

HEADER: Final = """\
# The safety rules

Made by `python -m injections.safety.document` from the rules, their thresholds and the tables they are tested with;
do not edit. Where each statement of the source documents ended up: [sources.md](sources.md). Where the specification
leaves a choice: [adr/0002-choices-in-the-rules.md](adr/0002-choices-in-the-rules.md).

`clear` books, `review` holds the time until somebody decides, `blocked` is refused. No verdict says "safe to inject":
the radiologist scans, explains, gets consent and decides on the day. ☎ marks the rules whose critical findings put
the patient on the call list.
"""


_ABOUT_THRESHOLDS: Final = """\
## Thresholds

All of them stand in `injections/safety/policy.py`. A clinic may make one stricter by an environment variable
`SAFETY_<NAME>`; a looser value stops the start. What a clinic changed is part of its rules version."""


class TableRow(Protocol):
    """A table row, as far as it is printed."""

    @property
    def rule(self) -> str: ...
    @property
    def when(self) -> str: ...
    @property
    def then(self) -> str: ...


def rules_markdown(rows: Iterable[TableRow]) -> str:
    """The whole document."""
    by_rule: dict[str, list[TableRow]] = {}
    for row in rows:
        by_rule.setdefault(row.rule, []).append(row)
    parts = [HEADER, f"Version of rules, thresholds and sources: **{RULES_VERSION}**.\n", _overview(), _thresholds()]
    for group, title in GROUPS.items():
        parts.append(f"## {group}. {title}\n")
        parts += [_rule(rule, by_rule.get(rule.id, ())) for rule in RULES if rule.group == group]
    return "\n".join([*parts, _questions()])


def _overview() -> str:
    lines = ["| rule | worst | areas | owner |", "|---|---|---|---|"]
    lines += [
        f"| [`{rule.id}`](#{_anchor(rule)}){_phone(rule)} | {rule.severities[0]} | {_areas(rule)} | {rule.owner} |"
        for rule in RULES
    ]
    return "\n".join(lines) + "\n"


def _thresholds() -> str:
    lines = [f"{_ABOUT_THRESHOLDS}\n", "| threshold | value | stricter is | source |", "|---|---|---|---|"]
    for one in thresholds():
        stricter = "more" if one.metadata["stricter"] == MORE else "less"
        value = f"{getattr(DEFAULT, one.name):g} {one.metadata['unit']}"
        lines.append(f"| `{one.name}` | {value} | {stricter} | {one.metadata['source'].cite} |")
    return "\n".join(lines) + "\n"


def _rule(rule: Rule, rows: Sequence[TableRow]) -> str:
    lines = [f"### {rule.id}{_phone(rule)}\n", f"{rule.description}\n"]
    lines += [f"- Source: {source.cite}" for source in rule.sources]
    lines += [f"- Areas: {_areas(rule)}", f"- Owner: {rule.owner}", f"- Cleared by: {rule.clears}"]
    if rule.action:
        lines.append(f"- When critical: {BRITISH.put_into(rule.action)}")
    if rule.thresholds:
        lines.append(f"- Thresholds: {', '.join(f'`{name}`' for name in rule.thresholds)}")
    lines += ["", "| case | finding |", "|---|---|"]
    lines += [f"| {row.when} | {_shown(row.then)} |" for row in rows]
    return "\n".join(lines) + "\n"


def _questions() -> str:
    lines = ["## The questions, as a patient reads them\n", "| question | code | worst |", "|---|---|---|"]
    lines += [
        f"| {question.asked(DEFAULT)} | `{question.code}` | {_worst(question)} |" for question in QUESTIONS.values()
    ]
    lines += ["", "| follow-up | field | asked |", "|---|---|---|"]
    for one in FOLLOW_UPS:
        asked = f"after yes to `{one.after}`" if one.after else "always"
        lines.append(f"| {one.text} | `{one.field}` | {asked} |")
    return "\n".join(lines) + "\n"


def _worst(question: Question) -> str:
    elsewhere = (f"{severity} for {area}" for area, severity in question.worst_by_area.items())
    return "; ".join((question.worst, *elsewhere))


def _shown(then: str) -> str:
    return f"**{then}**" if then in ("critical", "warning") else then


def _phone(rule: Rule) -> str:
    return " ☎" if rule.call else ""


def _anchor(rule: Rule) -> str:
    return f"{rule.id}-" if rule.call else rule.id


def _areas(rule: Rule) -> str:
    return "all" if set(rule.areas) == set(AREAS) else ", ".join(rule.areas)


def main(argv: Sequence[str]) -> int:
    """Write the document, or check it. Returns 1 when it is out of date."""
    # The tables belong to the tests; only this command, run in a checkout, reads them.
    text = rules_markdown(import_module(TABLES).ROWS)
    if "--check" not in argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.relative_to(ROOT)} is out of date: run python -m injections.safety.document\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

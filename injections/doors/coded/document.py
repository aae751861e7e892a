"""Writes docs/doors/codes.md, the table of codes with its sources.

`python -m injections.doors.coded.document`; with `--check` it only says whether the page is this.
"""

import sys
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from injections.doors.coded.own import OWN_SOURCE, system_of
from injections.doors.coded.table import SYSTEMS, CodeRow, PublishedText, rows

ROOT: Final = Path(__file__).resolve().parents[3]
TARGET: Final = ROOT / "docs" / "doors" / "codes.md"
MOST_SHOWN: Final = 40
"""Codes of one meaning out of one text; longer lists are counted, and stand in the data file alone."""

HEAD: Final = """# Codes

What a code of another system means here, and the published text that it was found in. Written from
`injections/doors/coded/codes/` by `python -m injections.doors.coded.document`; `make check` compares. A code that is
not in the table is unknown, never "no", and is named as unread (`test_what_is_not_understood_is_named`); each row is
read in a test as the smallest resource that bears it (`tests/injections/doors/coded/test_table.py`). dm+d codes are
found under the system of SNOMED CT too. The Global Patient Set is © SNOMED International, under the Creative Commons
Attribution 4.0 International Public License; of all texts only codes and their short names were taken.
"""
_KINDS: Final = (
    (
        "site",
        "Where: `bodySite`, `reasonCode`",
        "the site; other codes, and none, are the hip region, which counts for every area",
    ),
    ("side", "Which side: beside the site", "the side; none is unknown, which counts for both"),
    ("area", "The area of a report: `conclusionCode`", "the area"),
    ("injection", "Injections: `Procedure.code`, `Appointment.serviceType`", "what it held"),
    ("drug", "Substances and medicines: `usedCode`, allergies, `medication`", "the kind of drug"),
    ("no-allergy", "Allergies that are known not to be", "to what there is none"),
    ("question", "Conditions, findings and operations: `code`", "the question that is answered with yes"),
    ("follow-up", "More of a condition: `code`", "the follow-up that is answered with yes"),
    ("service", "Visits: `Appointment.serviceType`", "the visit"),
    ("target", "Targets of an injection: `Appointment.serviceType`", "the target"),
    ("modality", "Imaging: `DiagnosticReport.code`", "the examination"),
    ("finding", "Findings: `DiagnosticReport.conclusionCode`", "what was found"),
)


def codes_markdown() -> str:
    """The whole page."""
    parts = [HEAD, *(_kind(*kind) for kind in _KINDS), _texts()]
    return "\n".join(parts)


def _kind(fact: str, heading: str, means: str) -> str:
    found = [row for row in rows() if row.fact == fact]
    lines = [f"## {heading}\n", f"| means: {means} | system | codes | found in |", "|---|---|---|---|"]
    lines += [_group([*group]) for _, group in groupby(found, key=_meaning)]
    return "\n".join(lines) + "\n"


def _meaning(row: CodeRow) -> tuple[object, ...]:
    own = row.value if row.system == system_of(row.fact) else None
    return row.system, row.value, row.site, row.side, row.ever, row.source.title, own


def _group(group: Sequence[CodeRow]) -> str:
    first = group[0]
    shown = "; ".join(f"`{row.code}` {row.display}" for row in group)
    if len(group) > MOST_SHOWN:
        shown = f"{len(group)} codes, from `{first.code}` {first.display} to `{group[-1].code}` {group[-1].display}"
    more = [part for part in (first.site, first.side, "also in the past" if first.ever else None) if part]
    means = ", ".join((f"`{first.value}`", *more))
    return f"| {means} | {_system(first.system)} | {shown.replace('|', ' ')} | {first.source.title} |"


def _system(address: str) -> str:
    return next((name for name, known in SYSTEMS.items() if known == address), "ours")


def _texts() -> str:
    lines = ["## The published texts\n", "| text | address | codes |", "|---|---|---|"]
    for text in dict.fromkeys(row.source for row in rows()):
        lines.append(f"| {text.title} | {_link(text)} | {sum(row.source == text for row in rows())} |")
    systems = (f"| {name} | `{address}` |" for name, address in SYSTEMS.items())
    own = (f"| ours, {fact} | `{system_of(fact)}` |" for fact in _own_facts())
    return "\n".join([*lines, "", "## The systems\n", "| system | address |", "|---|---|", *systems, *own, ""])


def _link(text: PublishedText) -> str:
    return f"`{text.address}`" if text.title == OWN_SOURCE["title"] else f"<{text.address}>"


def _own_facts() -> Iterator[str]:
    yield from dict.fromkeys(row.fact for row in rows() if row.system == system_of(row.fact))


def main(argv: Sequence[str]) -> int:
    """Write the page, or check it. Returns 1 when it is out of date."""
    text = codes_markdown()
    if "--check" not in argv:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    sys.stderr.write(f"{TARGET.relative_to(ROOT)} is out of date: run python -m injections.doors.coded.document\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

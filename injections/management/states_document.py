"""Writes docs/states.md from the transition table: `python -m injections.management.states_document`.
`--check` compares only.
"""

from __future__ import annotations

import sys
from pathlib import Path

from injections.transitions import register_transitions
from scheduling.states import KEEPS_TIME, TRANSITIONS, WORDS, Status, Transition

TARGET = Path(__file__).resolve().parents[2] / "docs" / "states.md"

_SAYS = "Generated from the arrows of both halves by `python -m injections.management.states_document`; CI compares it."


def document() -> str:
    """The states, the diagram and the table as Markdown."""
    states = [f"| {status.value} | {WORDS[status]} | {'yes' if status in KEEPS_TIME else 'no'} |" for status in Status]
    transitions = sorted(TRANSITIONS.values(), key=_by_source)
    arrows = [f"    {_node(arrow.source)} --> {_node(arrow.target)}: {arrow.verb}" for arrow in transitions]
    table = [f"| {_cell(arrow.source)} | {arrow.verb} | {_cell(arrow.target)} | {arrow.by} |" for arrow in transitions]
    return "\n".join(
        [
            "# States of an appointment",
            "",
            _SAYS,
            "",
            "| state | on pages | holds its time |",
            "|---|---|---|",
            *states,
            "",
            "```mermaid",
            "stateDiagram-v2",
            *arrows,
            "```",
            "",
            "| from | verb | to | by |",
            "|---|---|---|---|",
            *table,
            "",
        ]
    )


def main(arguments: list[str]) -> int:
    """Write the document, or with `--check` say whether it is up to date."""
    register_transitions()
    if "--check" not in arguments:
        TARGET.write_text(document(), encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == document():
        return 0
    sys.stderr.write(
        "docs/states.md is not what the transition table says: python -m injections.management.states_document\n"
    )
    return 1


def _cell(status: Status | None) -> str:
    return status.value if status else "–"


def _node(status: Status | None) -> str:
    return "[*]" if status is None else status.value.replace("-", "_")


def _by_source(arrow: Transition) -> tuple[int, str, str]:
    order = list(Status)
    return (order.index(arrow.source) if arrow.source else -1, arrow.verb, arrow.target.value if arrow.target else "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

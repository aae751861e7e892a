"""The hand-written examples: one clean line, and what each row of `examples.jsonl` changes in it.

The first row holds the clean line. In the others `set` maps a dotted path to its new value, `fires` names
every finding expected with its severity; `verdict`, `review_from`, `clear_from` are the rest of the answer.
"""

import copy
import json
from pathlib import Path

EXAMPLES = Path(__file__).with_name("examples.jsonl")


def examples() -> list[tuple[str, dict, dict]]:
    """Each example as its sentence, its batch line, and the expected answer."""
    first, *rows = [json.loads(text) for text in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    return [(row["about"], changed(first["base"], row["set"]), expected(row)) for row in rows]


def changed(base: dict, changes: dict) -> dict:
    line = copy.deepcopy(base)
    for path, value in changes.items():
        *way, last = path.split(".")
        place = line
        for step in way:
            place = place[step]
        place[last] = value
    return line


def expected(row: dict) -> dict:
    return {name: row[name] for name in ("verdict", "review_from", "clear_from", "fires")}


def in_short(answer: dict) -> dict:
    """An answer of either implementation in the shape an example expects."""
    fires = {finding["rule"]: finding["severity"] for finding in answer["findings"]}
    return {**{name: answer[name] for name in ("verdict", "review_from", "clear_from")}, "fires": fires}

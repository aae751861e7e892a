"""Asks every example of the schema anew and keeps what is answered; after a change of shapes.

    .venv/bin/python -m pytest -n 0 tests/scenarios/contract/record.py

By itself, so that ids stay small. What is asked stays as it is in the files; a new operation is given its `query` or
its `body` there first.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from pathlib import Path
from typing import Any, Final

from pht_clinic.web.api import examples as published
from tests.scenarios.contract.asked import Asked
from tests.scenarios.contract.test_contract import JSON, operations
from tests.scenarios.contract.test_examples import asked, populated, shortened
from tests.scenarios.test_api_access import CANARY

__all__ = ["asked", "populated"]  # fixtures

FOLDER: Final = Path(published.__file__).parent


def as_texts(value: Any, name: str = "") -> Any:
    """A body with the ids of other rows as the texts that they are in answers."""
    if isinstance(value, dict):
        return {key: as_texts(inner, key) for key, inner in value.items()}
    return str(value) if name in ("patient", "practitioner", "room") and value is not None else value


def test_what_is_asked_and_answered_is_kept(asked: Asked) -> None:
    """Written to the files of the product."""
    kept: defaultdict[str, dict[str, Any]] = defaultdict(dict)
    for name, (_, method) in asked.where.items():
        body, query = asked.body_of(name), asked.query_of(name)
        answer = asked.ask(name)
        [operation] = [one for one in operations().values() if one["operationId"] == name]
        sent = ({"query": query} if query else {}) | ({"body": as_texts(body)} if body and method != "GET" else {})
        got = {"answer": shortened(answer.json())} if answer.headers.get("Content-Type") == JSON else {}
        kept[operation["tags"][0]][name] = {**sent, "status": answer.status_code, **got}
    for tag, found in kept.items():
        text = (
            json.dumps(found, indent=1, ensure_ascii=False)
            .replace(CANARY, "Halloway")
            .replace(CANARY.lower(), "halloway")
            .replace("1980-05-01", "1974-06-21")  # a day of its own, that nobody is born on whom a test looks for
            .replace("1 May 1980", "21 June 1974")
        )
        text = re.sub(r"whsec_[^\"]+", f"whsec_{'A' * 43}=", text)
        file = next(FOLDER.rglob(f"{tag}.json"), FOLDER / f"{tag}.json")
        file.write_text(text + "\n", encoding="utf-8")

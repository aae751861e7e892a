"""What is asked and answered, as the schema shows it: one file for each tag, by operation; what managers keep and read
lies in `clinic/`.

`query` and `body` are what is sent, `status` and `answer` what came back when a test asked it of an invented clinic; of
a long list the first rows. A test asks all of them again: names and shapes must be the same, ids and times need not.
"""

import json
from functools import cache
from pathlib import Path
from typing import Any

JSON = "application/json"


@cache
def examples() -> dict[str, dict[str, Any]]:
    """By operation id."""
    files = sorted(Path(__file__).parent.rglob("*.json"))
    return {name: one for file in files for name, one in json.loads(file.read_text(encoding="utf-8")).items()}


def add_examples(result: dict[str, Any], generator: Any, request: Any, public: bool) -> dict[str, Any]:
    """Post-processing hook: each operation shows what may be asked of it, and what it then answers."""
    for operations in result.get("paths", {}).values():
        for operation in operations.values():
            if shown := examples().get(operation["operationId"]):
                _add(operation, shown)
    return result


def _add(operation: dict[str, Any], shown: dict[str, Any]) -> None:
    for parameter in operation.get("parameters", ()):
        if parameter["name"] in shown.get("query", {}):
            parameter["example"] = shown["query"][parameter["name"]]
    if "body" in shown:
        operation["requestBody"]["content"][JSON]["example"] = shown["body"]
    if "answer" in shown:
        operation["responses"][str(shown["status"])]["content"][JSON]["example"] = shown["answer"]

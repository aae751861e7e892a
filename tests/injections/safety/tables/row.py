"""One row of a table: what the case is, in words and in facts, and what one rule says to it."""

from dataclasses import dataclass
from typing import Any

SILENT = "silent"


@dataclass(frozen=True, slots=True)
class Row:
    """`then` is the severity of the rule's finding, or "silent"."""

    rule: str
    then: str
    when: str
    facts: dict[str, Any]

    def __str__(self) -> str:
        return f"{self.rule}: {self.when}"


class Table:
    """Collects the rows of one rule: `table = Table("repeat-interval")`, then `table.critical("…", given=…)`."""

    def __init__(self, rule: str) -> None:
        self.rule = rule
        self.rows: list[Row] = []
        TABLES.append(self)

    def critical(self, when: str, **facts: Any) -> None:
        self._add("critical", when, facts)

    def warning(self, when: str, **facts: Any) -> None:
        self._add("warning", when, facts)

    def info(self, when: str, **facts: Any) -> None:
        self._add("info", when, facts)

    def silent(self, when: str, **facts: Any) -> None:
        self._add(SILENT, when, facts)

    def _add(self, then: str, when: str, facts: dict[str, Any]) -> None:
        self.rows.append(Row(self.rule, then, when, facts))


TABLES: list[Table] = []

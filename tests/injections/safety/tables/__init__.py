"""The tables a radiologist can read: per rule, both sides of each boundary. docs/rules.md is made from them."""

from tests.injections.safety.tables import group_a, group_a_load, group_a_rest, group_b, group_c, group_d, group_e
from tests.injections.safety.tables.row import SILENT, TABLES, Row

__all__ = [
    "ROWS",
    "SILENT",
    "TABLES",
    "Row",
    "group_a",
    "group_a_load",
    "group_a_rest",
    "group_b",
    "group_c",
    "group_d",
    "group_e",
]

ROWS: list[Row] = [row for table in TABLES for row in table.rows]

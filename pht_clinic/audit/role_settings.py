"""How the roles of the clinic are set in PostgreSQL, so that its own log never holds a value. No Django.

A statement of ours carries its values as text, and so do the messages of errors ("Key (email)=(…) already exists",
"invalid input syntax: …"), of deadlocks and of killed processes. What went wrong is told by the clinic's log, without
values (`pht_clinic.web.logs`). They are a superuser's to set.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final

QUIET: Final[Mapping[str, str]] = {
    "log_min_messages": "fatal",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_min_duration_sample": "-1",
    "log_transaction_sample_rate": "0",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "track_activities": "off",
}
"""`track_activities`: what a process was doing is printed when it is killed, whatever it may log itself."""


def quietening(role: str) -> Iterator[str]:
    """The statements, for a superuser, that keep what this role does out of PostgreSQL's log."""
    for name, value in QUIET.items():
        yield f"ALTER ROLE {role} SET {name} = '{value}'"


def loud(cursor: Any) -> list[str]:
    """Which of these settings are not so for the connection that this cursor belongs to."""
    cursor.execute("SELECT name, setting FROM pg_settings WHERE name = ANY(%s)", [list(QUIET)])
    found: dict[str, str] = dict(cursor.fetchall())
    return [name for name, value in QUIET.items() if found.get(name) not in (value, "panic")]


def limiting(role: str, limits: Mapping[str, str]) -> Iterator[str]:
    """The statements, for a superuser or the role itself, that give it these limits wherever it comes from."""
    for name, value in limits.items():
        yield f"ALTER ROLE {role} SET {name} = '{value}'"


def unlimited(cursor: Any, limits: Mapping[str, str]) -> list[str]:
    """Which of these limits are not so for the connection that this cursor belongs to."""
    cursor.execute("SELECT name, current_setting(name) FROM unnest(%s::text[]) AS name", [list(limits)])
    found: dict[str, str] = dict(cursor.fetchall())
    return [name for name, value in limits.items() if found[name] != value]

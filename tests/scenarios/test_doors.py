"""There is one way to write an appointment; a new writer fails here until somebody has thought about it.

Who may call the diary's writing hand is an import contract ("one-gate" in pyproject.toml).
"""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MAY_WRITE_APPOINTMENTS = {"scheduling/diary/writing.py"}
MAY_JUDGE_AGAIN = {
    "injections/assessment/fact_change.py",
    "injections/assessment/reassess.py",
    "injections/booking/cancel.py",
    "injections/review/decide.py",
}
"""Whatever changes a fact, by `settle`; what comes into the diary, moves in it or leaves it; what was decided."""
FACTS = {"ImagingReport", "Injection", "Pathway", "PlannedActivity", "RecoveryAnswer", "Screening"}
QUERY_WRITES = {"create", "update", "delete", "bulk_create", "bulk_update", "get_or_create", "update_or_create"}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("pht_clinic", "scheduling", "injections"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def appointment_writes(source: ast.Module) -> set[str]:
    """Ways of writing an Appointment past the diary: a write on its query set, or saving something named for it."""
    found = set()
    for node in ast.walk(source):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        target = ast.unparse(node.func.value)
        root = target.split(".", 1)[0].split("(", 1)[0]
        if node.func.attr in QUERY_WRITES and (
            target.startswith(("Appointment.objects", "Appointment.holds")) or root == "open_bookings"
        ):
            found.add(f"{target}.{node.func.attr}")
        if node.func.attr == "save" and root in {"appointment", "visit", "booking"}:
            found.add(f"{target}.save")
    return found


def test_only_the_diary_writes_appointments() -> None:
    """Found by looking for writes in every module of the product; the diary's own show that the search works."""
    writers = {path: found for path, tree in modules() if (found := appointment_writes(tree))}
    assert writers.keys() == MAY_WRITE_APPOINTMENTS, (
        f"Only the diary writes appointments: call it. Who writes: {writers}"
    )


def calls(tree: ast.Module) -> set[str]:
    """What a module calls, as it is written there: `reassess.patients`, `settle`."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_open_bookings_are_judged_again_in_one_way() -> None:
    """Nobody else writes the audit row and judges by hand."""
    judging = {path for path, tree in modules() if {"reassess.patients", "patients"} & calls(tree)}
    assert judging == MAY_JUDGE_AGAIN, "Facts that change are settled by `settle`, which judges again and notes it"


def test_whatever_writes_a_fact_settles_it() -> None:
    writes = {f"{fact}.objects.{write}" for fact in FACTS for write in QUERY_WRITES}
    writers = {path: calls(tree) for path, tree in modules() if calls(tree) & writes}
    assert len(writers) == 7
    unsettled = [path for path, called in writers.items() if "settle" not in called]
    assert unsettled == [], "Whoever writes a fact calls `settle`, or open bookings keep an assessment of the past"

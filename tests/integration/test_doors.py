"""There is one way to write an appointment; a new writer fails here until somebody has thought about it."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DIARY_WRITES = {"put", "move", "change", "raise_revision", "hand_over", "confirm_coming", "replace_link"}
MAY_CALL_THE_DIARY = {
    "injections/booking.py",
    "injections/visits.py",
    "injections/decisions.py",
    "injections/procedure.py",
    "injections/reassess.py",
    "injections/record.py",
}
MAY_WRITE_APPOINTMENTS = {"scheduling/diary.py"}
MAY_JUDGE_AGAIN = {"injections/changing.py", "injections/booking.py", "injections/judged.py"}
"""Whatever changes a fact, by `settle`; what comes into the diary, moves in it or leaves it."""
FACTS = {"ImagingReport", "Injection", "Pathway", "PlannedActivity", "RecoveryAnswer", "Screening"}
QUERY_WRITES = {
    "create",
    "update",
    "delete",
    "bulk_create",
    "bulk_update",
    "get_or_create",
    "update_or_create",
}


def modules() -> Iterator[tuple[str, ast.Module]]:
    for package in ("pht_clinic", "scheduling", "injections"):
        for path in sorted((ROOT / package).rglob("*.py")):
            if "migrations" not in path.parts:
                yield path.relative_to(ROOT).as_posix(), ast.parse(path.read_text(encoding="utf-8"))


def diary_writes(tree: ast.Module) -> set[str]:
    """The diary's writing functions that a module calls, as `diary.put(…)` or imported by name."""
    by_name = {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module == "scheduling.diary"
        for alias in node.names
    }
    found = set()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id == "diary"
        ):
            found.add(called.attr)
        elif isinstance(called, ast.Name) and called.id in by_name:
            found.add(called.id)
    return found & DIARY_WRITES


def appointment_writes(source: ast.Module) -> set[str]:
    """Ways of writing an Appointment past the diary: a write on its query set, or saving something named for it."""
    found = set()
    for node in ast.walk(source):
        if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
            continue
        target = ast.unparse(node.func.value)
        root = target.split(".", 1)[0].split("(", 1)[0]
        if node.func.attr in QUERY_WRITES and (
            target.startswith("Appointment.objects") or root == "open_bookings"
        ):
            found.add(f"{target}.{node.func.attr}")
        if node.func.attr == "save" and root in {"appointment", "visit", "booking"}:
            found.add(f"{target}.save")
    return found


def test_only_the_use_cases_call_the_diarys_writing_hand() -> None:
    """Pages, API, admin, tasks and links go through them."""
    callers = {path for path, tree in modules() if path != "scheduling/diary.py" and diary_writes(tree)}
    assert callers == MAY_CALL_THE_DIARY


def test_only_the_diary_writes_appointments() -> None:
    """Found by looking for writes in every module of the product; the diary's own show that the search works."""
    writers = {path: found for path, tree in modules() if (found := appointment_writes(tree))}
    assert writers.keys() == MAY_WRITE_APPOINTMENTS, writers


def calls(tree: ast.Module) -> set[str]:
    """What a module calls, as it is written there: `reassess.patients`, `settle`."""
    return {ast.unparse(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}


def test_open_bookings_are_judged_again_in_one_way() -> None:
    """Nobody else writes the audit row and judges by hand."""
    assert {path for path, tree in modules() if "reassess.patients" in calls(tree)} == MAY_JUDGE_AGAIN


def test_whatever_writes_a_fact_settles_it() -> None:
    writes = {f"{fact}.objects.{write}" for fact in FACTS for write in QUERY_WRITES}
    writers = {path: calls(tree) for path, tree in modules() if calls(tree) & writes}
    assert len(writers) == 4
    assert all("settle" in called for called in writers.values()), writers.keys()

"""Mutation run over the date arithmetic and the rules: each mutant must make a unit test fail.

`python -m bench.mutants [part of a file name …]` prints the survivors and the share killed. Outside CI: some minutes.
One mutant is one small change of the source: a comparison, a number, a code, a severity, a condition, a result.
"""

import ast
import contextlib
import copy
import os
import shutil
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
SAFETY = ROOT / "injections" / "safety"
TESTS = [
    "test_rules.py",
    "test_dates.py",
    "test_next_dates.py",
    "test_assess.py",
    "test_properties.py",
    "test_messages.py",
]
SLOW = "not manage_py and not framework"
SECONDS = 60

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
}
ARITHMETIC = {ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.FloorDiv: ast.Mult}
NAMES = {
    "critical": "warning",
    "warning": "info",
    "info": "warning",
    "CRITICAL": "WARNING",
    "WARNING": "INFO",
    "INFO": "WARNING",
    "max": "min",
    "min": "max",
    "any": "all",
    "all": "any",
}


def targets(wanted: list[str]) -> list[Path]:
    files = [SAFETY / "dates.py", *sorted((SAFETY / "rules").glob("[a-z]*.py"))]
    return [path for path in files if not wanted or any(word in path.name for word in wanted)]


def mutants_of(tree: ast.Module) -> Iterator[tuple[str, ast.Module]]:
    """Every mutant with its line and what changed."""
    for place, node in enumerate(ast.walk(tree)):
        for change in range(_changes(tree, node)):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[place]
            before = ast.unparse(_around(mutated, target))
            _apply(mutated, target, change)
            after = ast.unparse(_around(mutated, target))
            if before != after:
                yield f"{node.lineno}: {_short(before)}  ->  {_short(after)}", mutated  # type: ignore[attr-defined]


def _short(text: str) -> str:
    return " ".join(text.split())[:150]


def _around(tree: ast.Module, target: ast.AST) -> ast.AST:
    """The innermost statement around a node, to show it; compound statements by their condition."""
    found: ast.AST = target
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and any(inner is target for inner in ast.walk(node)):
            found = node
    return found


def _changes(tree: ast.Module, node: ast.AST) -> int:
    """How many mutants a node has; documentation, decorators, messages and annotations have none."""
    if _is_words(tree, node):
        return 0
    if isinstance(node, ast.Compare):
        return len(COMPARISONS.get(type(node.ops[0]), ()))
    if isinstance(node, ast.BoolOp | ast.IfExp | ast.If):
        return 1
    if isinstance(node, ast.UnaryOp):
        return int(isinstance(node.op, ast.Not))
    if isinstance(node, ast.BinOp):
        return int(type(node.op) in ARITHMETIC)
    if isinstance(node, ast.Constant):
        return 1 if isinstance(node.value, str | bool) else 2 * isinstance(node.value, int)
    if isinstance(node, ast.Return):
        return int(node.value is not None and not _is_none(node.value))
    return int(isinstance(node, ast.Name) and node.id in NAMES)


_WORDS: dict[int, set[int]] = {}


def _is_words(tree: ast.Module, node: ast.AST) -> bool:
    """Inside a docstring, a decorator, an f-string, an annotation, a message or evidence, or a module's sources."""
    if id(tree) not in _WORDS:
        _WORDS[id(tree)] = {id(inner) for outer in _worded(tree) for inner in ast.walk(outer)}
    return id(node) in _WORDS[id(tree)] or not hasattr(node, "lineno")


def _worded(tree: ast.Module) -> Iterator[ast.AST]:
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                yield from node.decorator_list
                yield node.args
                yield from (one for one in (node.returns,) if one is not None)
            case ast.ClassDef():
                yield from node.decorator_list
            case ast.Expr(value=ast.Constant()):
                yield node
            case ast.JoinedStr() | ast.Dict() | ast.Import() | ast.ImportFrom() | ast.Raise():
                yield node
            case ast.AnnAssign():
                yield node.annotation
            case ast.Call(func=ast.Name(id="critical" | "warning" | "info" | "judge")):
                yield from node.args
            case ast.Call(func=ast.Name(id="pattern")) | ast.Call(func=ast.Attribute(value=ast.Name(id="sources"))):
                yield node


def _is_none(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and node.value is None


def _apply(tree: ast.Module, node: ast.AST, change: int) -> None:
    if isinstance(node, ast.Compare):
        node.ops[0] = COMPARISONS[type(node.ops[0])][change]()
    elif isinstance(node, ast.BoolOp):
        node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()
    elif isinstance(node, ast.If | ast.IfExp):
        node.test = ast.UnaryOp(ast.Not(), node.test)
    elif isinstance(node, ast.UnaryOp):
        node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)
    elif isinstance(node, ast.BinOp):
        node.op = ARITHMETIC[type(node.op)]()
    elif isinstance(node, ast.Constant):
        node.value = _other_constant(node.value, change)
    elif isinstance(node, ast.Return):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.Name):
        node.id = NAMES[node.id]
    ast.fix_missing_locations(tree)


def _other_constant(value: object, change: int) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1, -1)[change]
    return f"{value}-mutated"


def is_killed(overlay: Path) -> bool:
    """Whether a test fails with the package in `overlay`. A mutant that hangs or cannot be imported is killed."""
    child = os.fork()
    if child == 0:
        _run_tests(overlay)
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return status != 0
        time.sleep(0.01)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    return True


def _run_tests(overlay: Path) -> None:
    sys.path[:0] = [str(overlay), str(ROOT)]
    os.environ |= {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    os.chdir(ROOT)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    files = [f"tests/injections/safety/{name}" for name in TESTS]
    options = [
        "-c",
        os.devnull,
        "--rootdir=.",
        "--import-mode=importlib",
        "-p",
        "no:cacheprovider",
        "-x",
        "-q",
        "-k",
        SLOW,
    ]
    result = 1
    with contextlib.suppress(BaseException):
        result = int(pytest.main([*options, *files]))
    os._exit(result)


def main(wanted: list[str]) -> int:
    """Returns 1 when fewer than 95 % of the mutants are killed."""
    killed, survivors = 0, []
    with tempfile.TemporaryDirectory() as folder:
        overlay = Path(folder)
        shutil.copytree(SAFETY, overlay / "injections" / "safety", ignore=shutil.ignore_patterns("__pycache__"))
        (overlay / "injections" / "__init__.py").touch()
        if is_killed(overlay):
            print("The tests fail without any mutant.")
            return 2
        for path in targets(wanted):
            copied = overlay / path.relative_to(ROOT)
            source = path.read_text(encoding="utf-8")
            for words, mutated in mutants_of(ast.parse(source)):
                copied.write_text(ast.unparse(mutated), encoding="utf-8")
                for stale in copied.parent.glob(f"__pycache__/{copied.stem}.*"):
                    stale.unlink()
                if is_killed(overlay):
                    killed += 1
                else:
                    survivors.append(f"{path.relative_to(SAFETY)}:{words}")
                    print(survivors[-1], flush=True)
            copied.write_text(source, encoding="utf-8")
    total = killed + len(survivors)
    print(f"{killed} of {total} mutants killed: {killed / total:.1%}")
    return int(killed < 0.95 * total)


if __name__ == "__main__":
    import hypothesis  # noqa: F401 - imported once, before the forks
    import pytest

    sys.dont_write_bytecode = False
    sys.exit(main(sys.argv[1:]))

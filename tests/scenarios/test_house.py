"""The house keeps its shape: how large a module, a folder and a function get, and what no module does to another."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ("pht_clinic", "scheduling", "injections")
LINES, NAMES, ARGUMENTS, COMPLEXITY = 300, 25, 7, 10
Function = ast.FunctionDef | ast.AsyncFunctionDef
Trees = Iterable[tuple[str, ast.Module]]
BRANCHING = (
    *(ast.If, ast.IfExp, ast.match_case, ast.ExceptHandler),
    *(ast.For, ast.AsyncFor, ast.While, ast.comprehension),
)


def trees_under(*tops: str) -> Trees:
    """Every module in these folders, with its path; migrations are what a command wrote."""
    for path in sorted(path for top in tops for path in (ROOT / top).rglob("*.py") if "migrations" not in path.parts):
        yield str(path.relative_to(ROOT)), ast.parse(path.read_text(encoding="utf-8"))


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its path."""
    return dict(trees_under(*PRODUCT))


def lines_of(path: str) -> list[str]:
    return (ROOT / path).read_text(encoding="utf-8").splitlines()


def functions(trees: Trees) -> Iterator[tuple[str, Function]]:
    for path, tree in trees:
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{path}:{node.lineno} {node.name}", node


def test_no_module_is_over_300_lines() -> None:
    """The settings are one list, read from top to bottom."""
    long = {path: len(lines_of(path)) for path in modules()}
    assert {path: n for path, n in long.items() if n > LINES} == {
        "pht_clinic/settings.py": long["pht_clinic/settings.py"]
    }


LOOKED_FOR = {
    "admin",
    "apps",
    "checks",
    "management",
    "migrations",
    "models",
    "static",
    "tasks",
    "templates",
    "templatetags",
    "urls",
}
"""Names that Django and Celery look for in an app: nobody chose to put them there."""
TESTS = [f"tests/{name}" for name in (*PRODUCT, "browser", "scenarios")]
LISTS = {"injections/templates/injections/mail"}
"""One file for each message."""


def test_no_folder_holds_more_than_25_names() -> None:
    """Migrations only grow; the trials are one long list."""
    tops = [ROOT / name for name in (*PRODUCT, "docs", "bench", *TESTS)]
    folders = [folder for top in tops for folder in (top, *top.rglob("*")) if folder.is_dir()]
    full = {
        str(folder.relative_to(ROOT))
        for folder in folders
        if not {"migrations", "__pycache__"} & set(folder.parts)
        and len({one.stem for one in folder.iterdir()} - LOOKED_FOR - {"__init__", "__pycache__"}) > NAMES
    }
    assert full <= LISTS, f"More than {NAMES} names: give what belongs together a folder of its own"


def arguments(function: Function) -> int:
    given = function.args
    named = [one.arg for one in (*given.posonlyargs, *given.args, *given.kwonlyargs)]
    return len(named) - (named[:1] in (["self"], ["cls"])) + bool(given.vararg) + bool(given.kwarg)


def test_no_function_takes_more_than_7_arguments() -> None:
    """A value says what belongs together."""
    many = {name: n for name, function in functions(modules().items()) if (n := arguments(function)) > ARGUMENTS}
    assert not many, f"More than {ARGUMENTS} arguments: hand over what belongs together as one value (a dataclass)"


def complexity(function: Function) -> int:
    """McCabe's, with comprehensions counted as the loops they are.

    1, and 1 more for each if, elif, `x if y else z`, case, except, for and while, and for each `for` and each `if` of
    a comprehension. `and` and `or` count nothing. A lambda counts where it stands, a function inside by itself.
    """
    return 1 + _branches(function)


def _branches(node: ast.AST) -> int:
    conditions = len(node.ifs) if isinstance(node, ast.comprehension) else 0
    inside = sum(_branches(one) for one in ast.iter_child_nodes(node) if not isinstance(one, Function))
    return isinstance(node, BRANCHING) + conditions + inside


def too_complex(trees: Trees) -> dict[str, int]:
    found = {name: complexity(function) for name, function in functions(trees)}
    return {name: n for name, n in found.items() if n > COMPLEXITY}


def test_no_function_branches_more_than_10_ways() -> None:
    """Of the product, its tests and measurements. The linter's own count (C901) passes over comprehensions."""
    found = too_complex([*modules().items(), *trees_under("docs", "bench", "tests")])
    assert not found, (
        f"More than {COMPLEXITY} branches (`complexity` says what counts): take a part out under its own name"
    )


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("pass", 1),
        ("if a and b or c:\n  pass\n elif d:\n  pass\n else:\n  pass", 3),
        ("for a in b:\n  pass\n else:\n  pass\n while a:\n  pass", 3),
        ("try:\n  pass\n except A:\n  pass\n except B:\n  pass\n finally:\n  pass", 3),
        ("match a:\n  case 1 | 2:\n   pass\n  case _:\n   pass", 3),
        ("with a:\n  assert b", 1),
        ("return [b if b else c for a in d for b in a if b if c]", 6),
        ("return any(a for a in b), {a for a in b}, {a: a for a in b}, lambda: 1 if a else 2", 5),
        ("def inner():\n  if a:\n   pass\n if b:\n  pass", 2),
    ],
)
def test_what_counts_as_a_branch(body: str, expected: int) -> None:
    [outer] = ast.parse(f"def outer():\n {body}").body
    assert isinstance(outer, Function)
    assert complexity(outer) == expected


def test_a_function_that_branches_11_ways_is_found() -> None:
    """Control: one of 10 passes, and the one of 11 inside it does not."""
    source = "def passes(rows):\n def fails(rows):\n  return ({}, {})\n return {}"
    nine, one = f"[a for {' for '.join(['a in rows'] * 9)}]", "[a for a in rows]"
    assert too_complex([("x.py", ast.parse(source.format(nine, one, nine)))]) == {"x.py:2 fails": 11}


def test_no_two_modules_bear_a_class_of_one_name() -> None:
    """Whoever searches for a class finds one."""
    homes = defaultdict(list)
    for path, tree in modules().items():
        for node in tree.body:
            if isinstance(node, ast.ClassDef) and node.name != "Command":  # Django's own name for it
                homes[node.name].append(path)
    twice = {name: paths for name, paths in homes.items() if len(paths) > 1}
    assert not twice, "Two classes of one name: name the newer one for what it is and the other is not"


def test_no_module_takes_a_private_name_of_another() -> None:
    """What another module needs is public."""
    taken = [
        f"{path}:{node.lineno} {alias.name}"
        for path, tree in modules().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if re.match(r"_[a-z]", alias.name)
    ]
    assert not taken, "A name that begins with _ is its module's own: make it public there, or do without"


def test_an_import_inside_a_function_says_why() -> None:
    """On its line or above it, in a comment that is more than the linter's mark."""
    silent = []
    for name, function in functions(modules().items()):
        lines = lines_of(name.split(":")[0])
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                above = "\n".join(lines[function.lineno - 1 : node.end_lineno])
                if not re.search(r"#(?! noqa: [A-Z0-9, ]+$)", above, re.MULTILINE):
                    silent.append(name)
    assert not silent, "Move the import to the top, or say on its line or above it why it cannot stand there"


def lines_like(pattern: str) -> list[str]:
    """Where a line of the product matches."""
    return [
        f"{path}:{number}"
        for path in modules()
        for number, line in enumerate(lines_of(path), start=1)
        if re.search(pattern, line)
    ]


def test_no_line_is_kept_from_the_formatter_without_a_reason() -> None:
    """A second comment on that line says it."""
    silent = lines_like(r"#\s*fmt:\s*(skip|off)(?!.*#)")
    assert not silent, "Say in a second comment on the line why the formatter must leave it alone"


def test_an_ignored_type_error_says_why() -> None:
    """On its line or the one above."""
    silent = []
    for path in modules():
        lines = lines_of(path)
        silent += [
            f"{path}:{number}"
            for number, line in enumerate(lines, start=1)
            if re.search(r"# type: ignore\[[a-z-]+\]$", line) and not lines[number - 2].strip().startswith("#")
        ]
    assert not silent, (
        "Say after `# type: ignore[code]`, or on the line above, why the type is wrong and the code is not"
    )


OVERLOOKED = re.compile(r"#\s*noqa: [A-Z0-9, ]*\bS\d{3}(?! - [\w`])|#\s*nosec(?! B\d{3}(, B\d{3})*  # \w)")


def test_what_a_security_rule_is_told_to_overlook_says_why() -> None:
    paths = sorted(path for top in (*PRODUCT, "docs", "bench", "tests") for path in (ROOT / top).rglob("*.py"))
    silent = [
        f"{path.relative_to(ROOT)}:{number}"
        for path in paths
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1)
        if OVERLOOKED.search(line)
    ]
    assert silent == [], "Say why it is safe: `# noqa: S608 - our own names`, `# nosec B608  # our own names`"


@pytest.mark.parametrize("comment", ["noqa: S608", "noqa: E501, S608", "nosec", "nosec B108", "nosec B108 - for us"])
def test_a_comment_that_says_nothing_is_found(comment: str) -> None:
    assert OVERLOOKED.search(f"x = 1  # {comment}")


SEEN_BY_RUFF = {
    "B101": "assert open",
    "B105": 'password = "hunter2"',
    "B603": "import subprocess\nsubprocess.run([open])",
    "B606": 'import os\nos.execvp("ls", ["ls"])',
    "B607": 'import subprocess\nsubprocess.run(["ls"])',
    "B608": 'table = "t"\nasked = f"SELECT * FROM {table} WHERE id = 1"',
}
"""What bandit does not look for, as it would stand in a module."""


def test_what_bandit_skips_is_seen_by_ruff() -> None:
    """But imports, which do nothing."""
    skipped = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["bandit"]["skips"])
    assert skipped - {"B404", "B406"} == set(SEEN_BY_RUFF)
    for number, source in SEEN_BY_RUFF.items():
        command = [sys.executable, "-m", "ruff", "check", "--stdin-filename", "scheduling/planted.py", "-"]
        said = subprocess.run(command, cwd=ROOT, input=source, capture_output=True, text=True, check=False).stdout
        assert number.replace("B", "S") in said, (number, said)


def test_what_a_function_raises_stands_in_one_form() -> None:
    """`Raises: A, B (why).`, in the last line of a docstring or at its end; no list under a heading."""
    assert not lines_like(r"^\s*(Raises|Args|Returns|Yields):\s*$")

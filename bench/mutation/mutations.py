"""What a mutant is: one small change of a module's source.

A comparison, a number, a code, a severity, a condition, a result, a call that is left out, a condition of a query.
"""

import ast
import copy
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

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
SELECTING = frozenset({"filter", "exclude", "Q", "Part"})
"""Calls whose keywords are left out one at a time: each of them says which rows are meant."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """One small change: in which line, what stands there before and after it, and the whole changed module."""

    line: int
    before: str
    after: str
    source: str

    def __str__(self) -> str:
        return f"{self.line}: {self.before}  ->  {self.after}"


def mutants_of(tree: ast.Module) -> Iterator[Mutant]:
    """Every mutant of a module."""
    for place in places_of(tree):
        if found := mutant_at(tree, place):
            yield found


def places_of(tree: ast.Module) -> list[tuple[int, int]]:
    """Where something can be changed: the number of the node, and which of its changes."""
    words = _words(tree)
    return [
        (number, change)
        for number, node in enumerate(ast.walk(tree))
        if id(node) not in words and hasattr(node, "lineno")
        for change in range(_changes(node))
    ]


def mutant_at(tree: ast.Module, place: tuple[int, int]) -> Mutant | None:
    """The mutant of this place; None where nothing would be changed."""
    number, change = place
    mutated = copy.deepcopy(tree)
    target: Any = list(ast.walk(mutated))[number]
    around = _around(mutated, target)
    before = ast.unparse(around)
    _apply(target, change)
    ast.fix_missing_locations(mutated)
    after = ast.unparse(around)
    if before == after:
        return None
    shown = max(
        0, next(at for at, (one, other) in enumerate(zip(f"{before}.", f"{after}.", strict=False)) if one != other) - 90
    )
    return Mutant(target.lineno, _short(before[shown:]), _short(after[shown:]), ast.unparse(mutated))


def _short(text: str) -> str:
    return " ".join(text.split())[:150]


def _around(tree: ast.Module, target: ast.AST) -> ast.AST:
    """The innermost statement around a node, to show it; compound statements by their condition."""
    found: ast.AST = target
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt) and any(inner is target for inner in ast.walk(node)):
            found = node
    return found


def _changes(node: ast.AST) -> int:
    """How many mutants a node has."""
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
    if isinstance(node, ast.Expr):
        return int(isinstance(node.value, ast.Call))
    if isinstance(node, ast.Call):
        return len(node.keywords) if _selects(node) else 0
    if isinstance(node, ast.Return):
        return int(node.value is not None and not _is_nothing(node.value))
    return int(isinstance(node, ast.Name) and node.id in NAMES)


def _selects(call: ast.Call) -> bool:
    """Whether its keywords say which rows are meant."""
    match call.func:
        case ast.Attribute(attr=name) | ast.Name(id=name):
            return name in SELECTING
    return False


def _words(tree: ast.Module) -> set[int]:
    """What is documentation, a decorator, an f-string, an annotation, a message, evidence, a module's sources."""
    return {id(inner) for outer in _worded(tree) for inner in ast.walk(outer)}


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
            case ast.Constant(value=str(text)) if " " in text.strip():
                yield node
            case ast.JoinedStr() | ast.Dict() | ast.Import() | ast.ImportFrom() | ast.Raise():
                yield node
            case ast.AnnAssign():
                yield node.annotation
            case ast.Call(func=ast.Name(id="critical" | "warning" | "info" | "judge")):
                yield from node.args
            case ast.Call(func=ast.Name(id="pattern")) | ast.Call(func=ast.Attribute(value=ast.Name(id="sources"))):
                yield node


def _is_nothing(node: ast.expr) -> bool:
    """None, and False, which is read as None would be."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _apply(node: ast.AST, change: int) -> None:
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
    elif isinstance(node, ast.Return | ast.Expr):
        node.value = ast.Constant(None)
    elif isinstance(node, ast.Call):
        del node.keywords[change]
    elif isinstance(node, ast.Name):
        node.id = NAMES[node.id]


def _other_constant(value: object, change: int) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1, -1)[change]
    return f"{value}-mutated"

"""What a mutant is: one small change of a module's source.

A comparison, a number, a code, a severity, a condition, a result, a call that is left out, a condition of a query.
"""

import ast
import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

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
    kind = KINDS.get(type(node))
    return kind.changes(node) if kind else 0


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
                if node.returns is not None:
                    yield node.returns
            case ast.ClassDef():
                yield from node.decorator_list
            case ast.Constant(value=str(text)) if " " in text.strip():
                yield node
            case ast.AnnAssign():
                yield node.annotation
            case ast.Call(func=ast.Name(id="critical" | "warning" | "info" | "judge")):
                yield from node.args
            case (
                ast.Expr(value=ast.Constant())
                | (ast.JoinedStr() | ast.Dict() | ast.Import() | ast.ImportFrom() | ast.Raise())
                | ast.Call(func=ast.Name(id="pattern") | ast.Attribute(value=ast.Name(id="sources")))
            ):
                yield node


def _is_nothing(node: ast.expr) -> bool:
    """None, and False, which is read as None would be."""
    return isinstance(node, ast.Constant) and (node.value is None or node.value is False)


def _apply(node: ast.AST, change: int) -> None:
    KINDS[type(node)].change(node, change)


def _compare_otherwise(node: ast.Compare, change: int) -> None:
    node.ops[0] = COMPARISONS[type(node.ops[0])][change]()


def _swap_and_with_or(node: ast.BoolOp, _change: int) -> None:
    node.op = ast.And() if isinstance(node.op, ast.Or) else ast.Or()


def _turn_condition(node: ast.If | ast.IfExp, _change: int) -> None:
    node.test = ast.UnaryOp(ast.Not(), node.test)


def _deny_twice(node: ast.UnaryOp, _change: int) -> None:
    node.op, node.operand = ast.Not(), ast.UnaryOp(ast.Not(), node.operand)


def _reckon_otherwise(node: ast.BinOp, _change: int) -> None:
    node.op = ARITHMETIC[type(node.op)]()


def _change_constant(node: ast.Constant, change: int) -> None:
    node.value = _other_constant(node.value, change)


def _empty(node: ast.Return | ast.Expr, _change: int) -> None:
    node.value = ast.Constant(None)


def _drop_keyword(node: ast.Call, change: int) -> None:
    del node.keywords[change]


def _rename(node: ast.Name, _change: int) -> None:
    node.id = NAMES[node.id]


def _other_constants(value: object) -> int:
    return 1 if isinstance(value, str | bool) else 2 * isinstance(value, int)


def _other_constant(value: object, change: int) -> object:
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + (1, -1)[change]
    return f"{value}-mutated"


class Kind(NamedTuple):
    """A kind of node: how many mutants one has, and how the one of a number is made of it."""

    changes: Callable[[Any], int]
    change: Callable[[Any, int], None]


KINDS = {
    ast.Compare: Kind(lambda node: len(COMPARISONS.get(type(node.ops[0]), ())), _compare_otherwise),
    ast.BoolOp: Kind(lambda node: 1, _swap_and_with_or),
    ast.If: Kind(lambda node: 1, _turn_condition),
    ast.IfExp: Kind(lambda node: 1, _turn_condition),
    ast.UnaryOp: Kind(lambda node: int(isinstance(node.op, ast.Not)), _deny_twice),
    ast.BinOp: Kind(lambda node: int(type(node.op) in ARITHMETIC), _reckon_otherwise),
    ast.Constant: Kind(lambda node: _other_constants(node.value), _change_constant),
    ast.Expr: Kind(lambda node: int(isinstance(node.value, ast.Call)), _empty),
    ast.Return: Kind(lambda node: int(node.value is not None and not _is_nothing(node.value)), _empty),
    ast.Call: Kind(lambda node: len(node.keywords) if _selects(node) else 0, _drop_keyword),
    ast.Name: Kind(lambda node: int(node.id in NAMES), _rename),
}
"""What can be changed. What is not here has no mutants."""

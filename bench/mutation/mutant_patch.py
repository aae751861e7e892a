"""A changed module takes the place of the one that is loaded, in this process and for whoever imported from it.

Functions keep their identity and get new code, so that it does not matter who holds them; so do the methods of classes.
Values at the top of a module are bound anew, here and wherever they were imported under the same name.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

OURS = ("injections", "scheduling", "pht_clinic", "tests")


DOORS = ("pages", "forms", "api", "shapes")
"""Files whose names say this are doors: not mutated here, and never run a second time."""


def apply(module: ModuleType, source: str) -> None:
    """Run the changed source beside the module and carry over what it defines; what was built from it is built anew."""
    _carry_over(module, source)
    for user in list(_loaded()):
        if user is not module and user.__package__ == module.__package__ and _took_from(module, user):
            _carry_over(user, Path(str(user.__file__)).read_text(encoding="utf-8"))


def _took_from(module: ModuleType, user: ModuleType) -> bool:
    is_door = any(word in user.__name__.rpartition(".")[2] for word in DOORS)
    return not is_door and any(getattr(one, "__module__", "") == module.__name__ for one in vars(user).values())


def _carry_over(module: ModuleType, source: str) -> None:
    beside: dict[str, Any] = {name: value for name, value in vars(module).items() if name.startswith("__")}
    exec(compile(source, str(module.__file__), "exec"), beside)  # noqa: S102 - the product's own source
    for name, new in beside.items():
        old = vars(module).get(name)
        if name.startswith("__") or old is new:
            continue
        if isinstance(old, type) and isinstance(new, type):
            _change_class(old, new)
        elif not _change_function(old, new):
            _bind(name, old, new)


def _change_function(old: Any, new: Any) -> bool:
    """New code for a function, under whatever decorators it stands. False: this is no function."""
    if cached := getattr(old, "cache_clear", None):
        cached()
    while hasattr(old, "__wrapped__") and hasattr(new, "__wrapped__"):
        old, new = old.__wrapped__, new.__wrapped__
    if not (isinstance(old, FunctionType) and isinstance(new, FunctionType)):
        return False
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__
    return True


def _change_class(old: type, new: type) -> None:
    for name, value in vars(new).items():
        before = vars(old).get(name)
        if name == "__init__" and is_dataclass(old):
            old.__init__ = value  # type: ignore[misc]  # made by dataclass: the defaults stand beside its code
        elif isinstance(before, FunctionType):
            _change_function(before, value)
        elif isinstance(before, property) and isinstance(value, property):
            _change_function(before.fget, value.fget)
        elif isinstance(value, str | int | tuple | frozenset) and not name.startswith("__") and before != value:
            setattr(old, name, value)


def _bind(name: str, old: object, new: object) -> None:
    for module in _loaded():
        if name in vars(module) and vars(module)[name] is old:
            setattr(module, name, new)


def _loaded() -> Iterator[ModuleType]:
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in OURS and isinstance(module, ModuleType):
            yield module

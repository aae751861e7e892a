"""The rules by group. Importing this package registers all of them; a rule that is incomplete stops the
import.
"""

from importlib import import_module
from typing import Final

from injections.safety.registry import Rule, registered

# In this order findings of one severity are shown and docs/rules.md lists the rules.
_MODULES: Final = (
    "interval",
    "rest",
    "load",
    "standing",
    "pathway",
    "imaging",
    "red_flags",
    "medicines",
    "conditions",
    "completeness",
)
for _name in _MODULES:
    import_module(f"{__name__}.{_name}")

RULES: Final[tuple[Rule, ...]] = registered()

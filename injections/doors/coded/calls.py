"""Calls of this clinic that are still open: while somebody has to be reached, the rules hold another injection back."""

from typing import Final

from fhir.resources.R4B.codeableconcept import CodeableConcept
from fhir.resources.R4B.task import Task

from injections.doors.coded.gathered import Gathered
from injections.doors.coded.own import system_of

_OPEN: Final = ("requested", "received", "accepted", "ready", "in-progress", "on-hold")
_BY_THE_INJECTION: Final = ("warning-sign", "complication")
_RED_FLAG: Final = "red-flag"


def read_call(task: Task, name: str, gathered: Gathered) -> None:
    """An open call about a warning sign, a complication or a red flag; the rule of a red flag is its reasonCode.

    A call about anything else holds nothing back. A task that is no call of this clinic is left.
    """
    why = _code(task.code, system_of("call"))
    if why is None:
        gathered.leave(name, "code: no call of this clinic")
    elif task.status in _OPEN and why in _BY_THE_INJECTION:
        gathered.open_warning_sign = True
    elif task.status in _OPEN and why == _RED_FLAG:
        rule = _code(task.reasonCode, system_of("rule"))
        if rule is None:
            gathered.leave(name, "reasonCode: no rule of this clinic")
        else:
            gathered.open_calls.add(rule)


def _code(concept: CodeableConcept | None, system: str) -> str | None:
    codings = (concept.coding if concept else None) or ()
    return next((one.code for one in codings if one.system == system and one.code), None)

"""How somebody comes in: by a page, the API, a patient's link, a command at the server, or no request at all; from
which network, and with what.
"""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

from pht_clinic.people.actors import Actor

PAGE: Final = "page"
API: Final = "api"
LINK: Final = "link"
TASK: Final = "task"
COMMAND: Final = "command"
DOORS: Final = (PAGE, API, LINK, TASK, COMMAND)


@dataclass(frozen=True, slots=True)
class Way:
    """Where what is being done came in. `network` is the block of addresses and `device` the class of what was used,
    both "" outside a request; `in_clinic` is whether the network is the clinic's own, None where that is not known.
    """

    door: str = TASK
    network: str = ""
    device: str = ""
    in_clinic: bool | None = None


_NO_WAY: Final = Way()
way: ContextVar[Way] = ContextVar("way", default=_NO_WAY)
"""Of the request being answered, or of the command being run."""


def door_of(by: Actor) -> str:
    """The door of whoever acts now. The system acts by none of a request's, whatever set it to work."""
    door = way.get().door
    if by.kind == "patient":
        return LINK
    return TASK if by.kind == "system" and door != COMMAND else door

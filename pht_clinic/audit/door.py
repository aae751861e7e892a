"""By which door somebody comes in: a page, the API, a patient's link; or no request at all."""

from contextvars import ContextVar
from typing import Final

from pht_clinic.people.actors import Actor

PAGE: Final = "page"
API: Final = "api"
LINK: Final = "link"
TASK: Final = "task"
DOORS: Final = (PAGE, API, LINK, TASK)

request_door: ContextVar[str] = ContextVar("request_door", default=TASK)
"""Where the request being answered came in; TASK outside a request."""


def door_of(by: Actor) -> str:
    """The door of whoever acts now. The system acts by none of them, whatever set it to work."""
    return {"patient": LINK, "system": TASK}.get(by.kind) or request_door.get()

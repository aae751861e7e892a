"""Which messages a worker takes: the calls that beat makes, and nothing else. No framework.

All that a call says is the name of a task: no task takes an argument, waits, repeats itself or calls another one.
"""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final

from pht_clinic.broker.queues import UPKEEP

LARGEST: Final = 10_000
"""Characters of a whole message; beat's have about 1,000."""
_ID: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
_UNSET: Final = ("eta", "group", "compression", "stamped_headers", "stamps", "replaced_task_nesting", "retries")


class NotOurs(ValueError):
    """A message that beat did not write; its words say why, and nothing of what stands in it."""


def check_call(message: object, *, known: Mapping[str, str], limits: tuple[int, int]) -> None:
    """Whether a decoded message is a bare call of one of the known tasks, which came by the queue that each is given
    here, within these limits (hard and soft, seconds).

    Raises: NotOurs.
    """
    if not isinstance(message, dict) or len(json.dumps(message)) > LARGEST:
        raise NotOurs("is no message, or too large")
    headers, properties = message.get("headers"), message.get("properties")
    if not isinstance(headers, dict) or not isinstance(properties, dict):
        raise NotOurs("has no headers or properties")
    if message.get("content-type") != "application/json" or message.get("content-encoding") != "utf-8":
        raise NotOurs("is not JSON")
    task = headers.get("task")
    if not isinstance(task, str) or task not in known:
        raise NotOurs("calls a task that there is not")
    _check_headers(headers, limits)
    _check_way(properties, queue=known[task])
    _check_nothing_more(message.get("body"))


def _check_headers(headers: Mapping[str, Any], limits: tuple[int, int]) -> None:
    for name in ("id", "root_id"):
        if not isinstance(headers.get(name), str) or not _ID.fullmatch(headers[name]):
            raise NotOurs("has no id")
    if headers.get("timelimit") not in ([None, None], list(limits)) or any(headers.get(name) for name in _UNSET):
        raise NotOurs("asks for another time, another limit or another try")
    try:
        if (expires := headers.get("expires")) is not None:
            datetime.fromisoformat(expires)
    except (TypeError, ValueError) as error:
        raise NotOurs("expires at no time") from error


def _check_way(properties: Mapping[str, Any], *, queue: str) -> None:
    """How it came, which is also where it is put back to when its worker dies. Beat of an earlier version, which may
    still run for a moment, knows the one queue alone.
    """
    info, tag = properties.get("delivery_info"), properties.get("delivery_tag")
    if not isinstance(tag, str) or not _ID.fullmatch(tag) or not isinstance(info, dict):
        raise NotOurs("came no known way")
    if info.get("routing_key") not in (queue, UPKEEP) or info.get("exchange") not in ("", "celery"):
        raise NotOurs("came no known way")
    if properties.get("priority") not in (0, None) or properties.get("body_encoding") != "base64":
        raise NotOurs("came no known way")


def _check_nothing_more(body: object) -> None:
    """No arguments, and nothing that is called afterwards."""
    try:
        found = json.loads(base64.b64decode(str(body), validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise NotOurs("has a body that cannot be read") from error
    if not isinstance(found, list) or len(found) != 3 or found[0] or found[1] or not isinstance(found[2], dict):
        raise NotOurs("has arguments")
    if any(found[2].values()):
        raise NotOurs("calls others afterwards")

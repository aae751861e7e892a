"""Reports of errors to a server that speaks Sentry's protocol: what failed and where, and nothing that it worked with.

The library only carries them. None of its integrations looks at requests, statements or local variables: what is
reported is a line of the log that is an error, and of that what is listed here is kept and all else dropped, so that
what a new version of the library adds does not leave either.
"""

import logging
from collections.abc import Iterator, Mapping
from typing import Any, Final

import sentry_sdk
from sentry_sdk.integrations.atexit import AtexitIntegration
from sentry_sdk.integrations.dedupe import DedupeIntegration
from sentry_sdk.integrations.logging import LoggingIntegration
from sentry_sdk.types import Event, Hint
from structlog.contextvars import get_contextvars

from pht_clinic.audit.request_id import request_id

_KEPT: Final = ("event_id", "timestamp", "level", "logger", "platform", "environment", "release", "sdk")
_OWN_WORDS: Final = ("pht_clinic", "scheduling", "injections", "django.request", "celery.app.trace", "gunicorn.error")
"""Loggers whose lines are a text of the code, with what it is about put in afterwards. Others put it in themselves."""
_KEPT_OF_A_FRAME: Final = ("filename", "module", "function", "lineno", "in_app")


def start_reports(dsn: str, *, environment: str, version: str) -> None:
    """From now on every line of level ERROR and above is reported by this process and those that it starts.

    `environment` is the host that patients know the clinic by, `version` the product's own.
    """
    sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=version,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[
            LoggingIntegration(level=None, event_level=logging.ERROR),
            DedupeIntegration(),
            AtexitIntegration(callback=lambda pending, timeout: None),
        ],
        before_send=only_what_is_known,
        max_breadcrumbs=0,
        include_local_variables=False,
        include_source_context=False,
        max_request_body_size="never",
        server_name="",
        traces_sample_rate=None,
        auto_session_tracking=False,
        send_client_reports=False,
        enable_logs=False,
        shutdown_timeout=2,
    )


def only_what_is_known(event: Event, hint: Hint) -> Event | None:
    """The report that leaves: when, how grave, who says it, the line's own words without what was put into them, the
    types of the exceptions with their places, the ids of request and task. Never an exception's words.
    """
    found: Mapping[str, Any] = event
    kept: dict[str, Any] = {name: found[name] for name in _KEPT if name in found}
    record = hint.get("log_record")
    if record is not None and record.name.startswith(_OWN_WORDS):
        kept["logentry"] = {"message": str(record.msg)}
    kept["exception"] = {"values": list(_exceptions(found))}
    tags = {"request": request_id.get(), "task": get_contextvars().get("task", "")}
    kept["tags"] = {name: value for name, value in tags.items() if value}
    return kept  # type: ignore[return-value]  # the library's own type has every field that there is


def _exceptions(event: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for one in (event.get("exception") or {}).get("values") or ():
        frames = (one.get("stacktrace") or {}).get("frames") or ()
        kept = [{name: frame[name] for name in _KEPT_OF_A_FRAME if name in frame} for frame in frames]
        yield {"type": one.get("type"), "module": one.get("module"), "stacktrace": {"frames": kept}}

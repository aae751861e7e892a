"""The id of the request being answered, for audit rows and log lines; empty outside a request."""

from contextvars import ContextVar

request_id: ContextVar[str] = ContextVar("request_id", default="")

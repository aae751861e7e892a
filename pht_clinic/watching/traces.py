"""Traces: a span for each request, statement and task, to a collector that speaks OTLP over HTTP.

What the instrumentations note goes through one list before it leaves: an address, a header, a parameter, an
exception's words, and whatever a new version of theirs may add, is not on it.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from django.http import HttpRequest, HttpResponseBase
from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.instrumentation.celery import CeleryInstrumentor
from opentelemetry.instrumentation.django import DjangoInstrumentor
from opentelemetry.instrumentation.psycopg import PsycopgInstrumentor
from opentelemetry.propagate import set_global_textmap
from opentelemetry.propagators.textmap import (
    CarrierT,
    Getter,
    Setter,
    TextMapPropagator,
    default_getter,
    default_setter,
)
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Event, ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter, SpanExportResult
from opentelemetry.trace import Span, Status

from pht_clinic.audit.request_id import request_id

REQUEST: Final = "clinic.request"
"""The id of the request, as the log and the audit trail have it."""
_KEPT: Final = frozenset(
    {
        REQUEST,
        *("http.method", "http.request.method", "http.route", "http.status_code", "http.response.status_code"),
        *("db.system", "db.system.name"),
        *("celery.action", "celery.state", "celery.task_name"),
    }
)
_STATEMENTS: Final = frozenset({"db.statement", "db.query.text"})


def start_traces(url: str, *, environment: str, version: str) -> None:
    """From now on this process, and those that it starts, hand their spans over there.

    What others send with a request to join it to a trace of theirs is not read, and nothing is sent on to others.
    """
    provider = TracerProvider(
        resource=Resource(
            {"service.name": "pht-clinic", "service.version": version, "deployment.environment.name": environment}
        )
    )
    provider.add_span_processor(BatchSpanProcessor(OnlyWhatIsKnown(OTLPSpanExporter(endpoint=url))))
    trace.set_tracer_provider(provider)
    set_global_textmap(_NothingFromOutside())
    DjangoInstrumentor().instrument(response_hook=_note_request)
    PsycopgInstrumentor().instrument()
    CeleryInstrumentor().instrument()  # type: ignore[no-untyped-call]  # it has no types


def _note_request(span: Span, request: HttpRequest, response: HttpResponseBase) -> None:
    span.set_attribute(REQUEST, request_id.get())


class _NothingFromOutside(TextMapPropagator):
    """Neither reads from what came nor writes into what goes to which trace it belongs."""

    def extract(
        self, carrier: CarrierT, context: Context | None = None, getter: Getter[CarrierT] = default_getter
    ) -> Context:
        return context if context is not None else Context()

    def inject(
        self, carrier: CarrierT, context: Context | None = None, setter: Setter[CarrierT] = default_setter
    ) -> None:
        """Nothing."""

    @property
    def fields(self) -> set[str]:
        return set()


class OnlyWhatIsKnown(SpanExporter):
    """Hands on what is left of each span."""

    def __init__(self, onward: SpanExporter) -> None:
        self.onward = onward

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        return self.onward.export([left_of(span) for span in spans])

    def shutdown(self) -> None:
        self.onward.shutdown()

    def force_flush(self, timeout_millis: int = 30_000) -> bool:
        return self.onward.force_flush(timeout_millis)


def left_of(span: ReadableSpan) -> ReadableSpan:
    """The span with what is on the list: its name without an address, its times, its place in the trace; of an
    exception its type.
    """
    return ReadableSpan(
        name=_name_of(span),
        context=span.get_span_context(),
        parent=span.parent,
        resource=span.resource,
        attributes=_attributes(span.attributes or {}),
        events=[_event(one) for one in span.events],
        kind=span.kind,
        status=Status(span.status.status_code),
        start_time=span.start_time,
        end_time=span.end_time,
        instrumentation_scope=span.instrumentation_scope,
    )


def _name_of(span: ReadableSpan) -> str:
    """A task by its own, all else by its first word, which is a method or what a statement does; a request by its
    route too.
    """
    known = span.attributes or {}
    first = span.name.split(maxsplit=1)[0] if span.name.strip() else ""
    return f"{first} {route}" if isinstance(route := known.get("http.route"), str) else first


def _attributes(known: Mapping[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in known.items() if name in _KEPT}
    return kept | {name: without_literals(str(known[name])) for name in _STATEMENTS & known.keys()}


def _event(event: Event) -> Event:
    kept = {name: value for name, value in (event.attributes or {}).items() if name == "exception.type"}
    return Event(name=event.name, attributes=kept, timestamp=event.timestamp)


def without_literals(statement: str) -> str:
    """A statement up to where it could hold a text of its own, with … for all that follows, and no number in it.

    Values travel beside a statement; this is for one that somebody writes with a value inside.
    """
    beginning, quote, _ = statement.partition("'")
    beginning, dollar, _ = beginning.partition("$")
    return re.sub(r"(?<![\w%])\d+\b", "?", beginning) + ("…" if quote or dollar else "")

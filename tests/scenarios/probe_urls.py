"""Addresses for tests alone: the real ones, and endpoints that do just one thing each."""

import datetime as dt
from collections.abc import Callable

from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from pht_clinic.audit.models import Entry
from pht_clinic.audit.record import record
from pht_clinic.errors import Busy, Conflict, FieldError, Forbidden, Invalid, Missing
from pht_clinic.people.actors import SYSTEM
from pht_clinic.urls import handler400, handler403, handler404, handler500
from pht_clinic.urls import urlpatterns as real_urlpatterns
from pht_clinic.web.access import permitted
from pht_clinic.web.api.idempotency import idempotent
from pht_clinic.web.api.pagination import CursorList
from pht_clinic.web.viewing import note_viewed

__all__ = ["handler400", "handler403", "handler404", "handler500", "urlpatterns"]

NOON = dt.datetime(2026, 3, 12, 12, tzinfo=dt.UTC)


def fails_in_sql(statement: str) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def raises(error: Exception) -> None:
    raise error


FAILURES: dict[str, Callable[[], None]] = {
    "invalid": lambda: raises(
        Invalid([FieldError("#/start", "Must have an offset."), FieldError("#/answers/fever", "Not known.")])
    ),
    "forbidden": lambda: raises(Forbidden()),
    "missing": lambda: raises(Missing()),
    "conflict": lambda: raises(Conflict("Taken.", code="clash", extra={"clashes": [{"resource": "room"}]})),
    "busy": lambda: raises(Busy()),
    "division": lambda: fails_in_sql("SELECT 1/0"),
    "unavailable": lambda: fails_in_sql("SET LOCAL statement_timeout = '10ms'; SELECT pg_sleep(1)"),
    "bug": lambda: raises(RuntimeError("a patient's name")),
}


class Contact(serializers.Serializer[object]):
    email = serializers.EmailField()


class Body(serializers.Serializer[object]):
    name = serializers.CharField(max_length=10)
    contact = Contact()


class Failing(APIView):
    actions = {"POST": "book"}

    def post(self, request: Request, failure: str) -> Response:
        FAILURES[failure]()
        return Response({})


class Checking(APIView):
    actions = {"POST": "book", "GET": "read-rules"}

    def get(self, request: Request) -> Response:
        return Response({})

    def post(self, request: Request) -> Response:
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(body.validated_data)


class Recording(APIView):
    """Writes one row per run; `refuse` is refused after writing, `fail` is a 503."""

    actions = {"POST": "book"}

    @idempotent
    def post(self, request: Request) -> Response:
        with transaction.atomic():
            entry = record("probed", by=SYSTEM, now=NOON, detail=dict(request.data))
            if request.data.get("refuse"):
                raise Conflict("Refused after writing.")
            if request.data.get("fail"):
                raise Busy()
        note_viewed(request, patients=[7], what="probe")
        return Response({"id": str(entry.pk)}, status=201)


class Listing(APIView):
    actions = {"GET": "send-messages"}

    def get(self, request: Request) -> Response:
        pages = CursorList()
        rows = pages.paginate_queryset(Entry.objects.filter(verb="listed"), request, self)
        return pages.get_paginated_response([row.pk for row in rows or ()])


@permitted("book")
def page(request: HttpRequest) -> HttpResponse:
    for patient in (3, 1, 3):
        note_viewed(request, patients=[patient], what="probe-page")
    return HttpResponse("shown")


@permitted("book")
def failing_page(request: HttpRequest, failure: str) -> HttpResponse:
    FAILURES[failure]()
    return HttpResponse("")


def bug(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a patient's name")


urlpatterns = [
    path("api/v1/probe/fail/<str:failure>/", Failing.as_view()),
    path("api/v1/probe/check/", Checking.as_view()),
    path("api/v1/probe/record/", Recording.as_view()),
    path("api/v1/probe/list/", Listing.as_view()),
    path("probe/page/", page),
    path("probe/bug/", bug),
    path("probe/fail/<str:failure>/", failing_page),
    *real_urlpatterns,
]

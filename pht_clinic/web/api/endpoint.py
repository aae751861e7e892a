"""What every endpoint shares: who asks, what was sent, lists, the view row, and its place in the schema."""

from collections.abc import Callable, Iterable, Sequence
from functools import cache
from typing import Any, TypeVar

from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponseBase
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param
from rest_framework.views import APIView

from pht_clinic.errors import FieldError, Invalid
from pht_clinic.people.actors import Actor, actor_of, who_looks
from pht_clinic.web.api.bodies import Body, Query
from pht_clinic.web.api.idempotency import HEADER, idempotent
from pht_clinic.web.api.pagination import CursorList
from pht_clinic.web.problem import CONTENT_TYPE
from pht_clinic.web.viewing import note_viewed

Row = TypeVar("Row", bound=Model)
Handler = TypeVar("Handler", bound=Callable[..., Any])
_LONGEST_CURSOR = 6

Answer = type[serializers.BaseSerializer[Any]]

_IDEMPOTENCY_KEY = OpenApiParameter(
    name=HEADER,
    type=OpenApiTypes.STR,
    location=OpenApiParameter.HEADER,
    description="A repeated request with the same key and body gets the first answer, for 24 hours.",
)


class Endpoint(APIView):
    """A view of the API: it parses, makes one domain call, and answers.

    `actions` names what each method does, and so who may; see `pht_clinic.web.access.IsPermitted`. Where an answer to a
    POST holds a secret, `answers_secrets` says so, and what is kept for its Idempotency-Key is encrypted.
    """

    answers_secrets = False

    def perform_authentication(self, request: Request) -> None:
        """Whoever asks is counted, whether they may or not, and whether their token is right."""
        try:
            super().perform_authentication(request)
        finally:
            super().check_throttles(request)

    def check_throttles(self, request: Request) -> None:
        """They were, with signing in."""

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """What is read for the answer may ask who looks, from where it is known that they may (`check_permissions`)."""
        token = who_looks.set(None)
        try:
            return super().dispatch(request, *args, **kwargs)
        finally:
            who_looks.reset(token)

    def check_permissions(self, request: Request) -> None:
        """Whether they may do this at all; from then on it is they who look."""
        super().check_permissions(request)
        who_looks.set(actor_of(request.user))

    @property
    def actor(self) -> Actor:
        """Who asks."""
        return actor_of(self.request.user)

    def body(self, of: type[Body], *, partial: bool = False) -> dict[str, Any]:
        """What was sent, as `of` reads it; with `partial` every field may be left out.

        Raises: ValidationError (with every problem).
        """
        return dict(_reader(of, partial).run_validation(self.request.data))

    def query(self, of: type[Query]) -> dict[str, Any]:
        """The parameters of the address. Raises: ValidationError, Invalid (one is given twice)."""
        given = self.request.query_params
        twice = [FieldError(f"#/{name}", "Give this once.") for name, values in given.lists() if len(values) > 1]
        if twice:
            raise Invalid(twice)
        return dict(_reader(of).run_validation(given.dict()))

    def shows(self, patients: Iterable[int | None]) -> None:
        """Say that the answer shows these patients: it then appends one view row."""
        note_viewed(self.request, patients=[pk for pk in patients if pk is not None])

    def listed(
        self,
        rows: QuerySet[Row],
        answer: Answer,
        *,
        ordering: Sequence[str],
        whose: str | None = None,
        shown_as: Callable[[Sequence[Row]], Sequence[Any]] | None = None,
    ) -> Response:
        """One page of `rows`. `whose` names the attribute that holds the patient's id; `shown_as` turns the rows of the
        page into what `answer` shows, with whatever queries that takes.
        """
        pages = CursorList()
        pages.ordering = tuple(ordering)
        page = pages.paginate_queryset(rows, self.request, self) or []
        if whose is not None:
            self.shows(getattr(row, whose) for row in page)
        shown = page if shown_as is None else shown_as(page)
        return pages.get_paginated_response(answer(shown, many=True).data)

    def paged(self, rows: Sequence[Any], answer: Answer, *, whose: Callable[[Any], int | None]) -> Response:
        """One page of rows that are sorted by more than the database can say; the cursor counts from the start."""
        size = CursorList().get_page_size(self.request)
        text = self.request.query_params.get("cursor", "0")
        if not (text.isascii() and text.isdigit() and len(text) <= _LONGEST_CURSOR):
            raise Invalid.field("cursor", "This is not a cursor of this list.")
        first = int(text)
        page = rows[first : first + size]
        self.shows(map(whose, page))
        here = self.request.build_absolute_uri()
        links = {
            "next": replace_query_param(here, "cursor", first + size) if first + size < len(rows) else None,
            "previous": replace_query_param(here, "cursor", max(0, first - size)) if first else None,
        }
        return Response({**links, "results": answer(page, many=True).data})


def operation(
    name: str,
    *,
    answer: Any = None,
    body: Any = None,
    query: Any = None,
    status: int = 200,
    is_keyed: bool = False,
    file: str = "",
) -> Callable[[Handler], Handler]:
    """Decorator for a handler: its stable operation id and shapes in the schema. `is_keyed` makes it answer a repeated
    Idempotency-Key with its first answer; `file` is the media type in which its answer may be asked for instead.
    Where a refusal carries more than a problem document, `answer` is a mapping of all that is answered (`or_refused`).
    """

    def decorate(handler: Handler) -> Handler:
        kept: Any = idempotent(handler) if is_keyed else handler
        parameters = [*([query] if query else []), *([_IDEMPOTENCY_KEY] if is_keyed else [])]
        responses: dict[Any, Any] = dict(answer) if isinstance(answer, dict) else {status: answer}
        if file:
            responses = {(status, "application/json"): answer, (status, file): OpenApiTypes.STR}
        described = extend_schema(operation_id=name, request=body, responses=responses, parameters=parameters)
        decorated: Handler = described(kept)
        return decorated

    return decorate


def or_refused(answer: Answer, refusals: dict[int, Answer], *, status: int = 200) -> dict[Any, Any]:
    """What is answered with `status`, and what the problem documents of other statuses carry besides what all do."""
    return {status: answer, **{(code, CONTENT_TYPE): carries for code, carries in refusals.items()}}


@cache  # a serializer copies all its fields when it is made; reading leaves no trace in it
def _reader(of: type[Body], partial: bool = False) -> Body:
    return of(partial=partial)


@cache
def page_of(answer: Answer) -> serializers.BaseSerializer[Any]:
    """The shape of a list in the schema."""
    fields: dict[str, serializers.Field[Any, Any, Any, Any]] = {
        "next": serializers.URLField(allow_null=True),
        "previous": serializers.URLField(allow_null=True),
        "results": answer(many=True),
    }
    return inline_serializer(f"{answer.__name__}Page", fields)


def changes(values: dict[str, Any], **renamed: str) -> dict[str, Any]:
    """Values under the names the use case knows: `changes(values, practitioner="practitioner_id")`."""
    return {renamed.get(name, name): value for name, value in values.items()}

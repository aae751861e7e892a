"""Lists of the API: pages by cursor, so that a row added meanwhile neither repeats nor hides another."""

from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import DataError
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request

from pht_clinic.errors import Invalid

if TYPE_CHECKING:  # the API framework imports this module while it loads its own views
    from rest_framework.views import APIView


class CursorList(CursorPagination):
    """`{"next", "previous", "results"}`. Order by ids or instants only: the value stands in the URL."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "page_size"
    ordering: Any = "-id"

    def get_page_size(self, request: Request) -> int:
        """The size asked for.

        Raises: Invalid (it is not a whole number from 1 to 200; fewer rows than asked for would mislead).
        """
        text = request.query_params.get("page_size")
        if text is None:
            return int(self.page_size or 50)
        if not (text.isascii() and text.isdigit() and len(text) <= 4 and 1 <= int(text) <= self.max_page_size):
            raise Invalid.field("page_size", f"Must be a whole number from 1 to {self.max_page_size}.")
        return int(text)

    def paginate_queryset(self, queryset: Any, request: Request, view: "APIView | None" = None) -> list[Any] | None:
        """The rows of the page asked for.

        Raises: Invalid (the cursor is none of this list's).
        """
        try:
            return super().paginate_queryset(queryset, request, view)
        except (NotFound, ValueError, TypeError, OverflowError, ValidationError, DataError) as error:
            raise Invalid.field("cursor", "This is not a cursor of this list.") from error

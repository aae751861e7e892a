"""Gives a page back what was typed into its form.

Every page of the clinic builds its form as `Form(request.POST or None)` and acts on POST alone. So this one place
serves all of them: on a look at the page, `request.POST` is what was kept. The form stands there bound, with its hidden
fields (the revision, what was shown) as they were, so that a stale save is still noticed; no view is asked to help.
That nothing is saved by it, the database sees to: such a look runs in a transaction that can only read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db import InternalError, connection, transaction
from django.http import HttpRequest, HttpResponseBase

from pht_clinic.web import problem
from pht_clinic.web.dialects import is_for_programs
from pht_clinic.web.typed_work.arriving import waits, waits_no_more
from pht_clinic.web.typed_work.given import give_back
from pht_clinic.web.typed_work.keeping import drop, kept_for
from pht_clinic.web.typed_work.note import note_of


class WritesOnALook(RuntimeError):
    """A view wrote while it gave back what was typed: a mistake in the code, and no database that takes no changes."""


class TypedWork:
    """Middleware, innermost: what notes who looked at whom writes outside of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        is_part = bool(getattr(request, "htmx", None))
        if is_part or is_for_programs(request.path):
            return self.get_response(request)
        if request.method == "POST":
            return self._saved(request)
        return self._given_back(request) if request.method == "GET" and waits(request) else self.get_response(request)

    def _given_back(self, request: HttpRequest) -> HttpResponseBase:
        rows = kept_for(request.user.pk)  # type: ignore[arg-type]  # signed in: `waits`
        if not rows:
            waits_no_more(request)
        here = next((row for row in rows if row.address == request.get_full_path()), None)
        if here is None:
            return self.get_response(request)
        give_back(request, here)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION READ ONLY")
            with connection.execute_wrapper(_told_apart):
                return self.get_response(request)

    def _saved(self, request: HttpRequest) -> HttpResponseBase:
        """A form that was filled from what was kept: once it is taken, that is forgotten."""
        response = self.get_response(request)
        note = note_of(request)
        if note and note.kept_id and note.user_id == request.user.pk and response.status_code < 400:
            drop(note.kept_id, user_id=note.user_id, path=request.path)
        return response


def _told_apart(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: dict[str, Any]) -> Any:
    """What the read-only transaction refuses here is ours. Raises: WritesOnALook."""
    try:
        return execute(sql, params, many, context)
    except InternalError as error:
        if problem.takes_no_changes(error):
            raise WritesOnALook from error
        raise

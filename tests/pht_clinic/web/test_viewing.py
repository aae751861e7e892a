"""The one view row of an answer that shows patients."""

from __future__ import annotations

import pytest
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from pht_clinic.audit.models import Entry
from pht_clinic.web.viewing import OneViewRow, note_viewed
from tests.clinic import Clinic


@pytest.mark.parametrize(("status", "rows"), [(200, 1), (422, 1), (499, 1), (500, 0), (503, 0)])
def test_an_answer_that_failed_shows_nobody_whatever_was_noted_on_the_way(
    clinic: Clinic, status: int, rows: int
) -> None:
    """As where a booking is made up to its last statement, and the disk is full."""

    def view(request: HttpRequest) -> HttpResponse:
        note_viewed(request, patients=[7], what="patient")
        return HttpResponse(status=status)

    request = RequestFactory().get("/")
    request.user = clinic.users["reception"]
    OneViewRow(view)(request)
    assert Entry.objects.filter(verb="viewed", patient_ids=[7]).count() == rows

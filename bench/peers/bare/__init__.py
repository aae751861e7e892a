"""What booking is measured against: a DRF endpoint that inserts one appointment and does nothing else.

The same table, so the same exclusion constraints, foreign keys and indexes; the same token, a body that is validated,
one INSERT, no transaction around it.
"""

import os
from typing import Any

from django.core.wsgi import get_wsgi_application
from django.db.backends.postgresql.psycopg_any import DateTimeTZRange
from django.urls import path

os.environ["DJANGO_SETTINGS_MODULE"] = "bench.peers.bare.settings"
application = get_wsgi_application()

from rest_framework import serializers  # noqa: E402 - after Django is set up
from rest_framework.request import Request  # noqa: E402
from rest_framework.response import Response  # noqa: E402
from rest_framework.views import APIView  # noqa: E402

from scheduling.kinds import KINDS  # noqa: E402
from scheduling.models import Appointment  # noqa: E402


class Body(serializers.Serializer[Any]):
    patient = serializers.IntegerField()
    practitioner = serializers.IntegerField()
    room = serializers.IntegerField()
    kind = serializers.ChoiceField(list(KINDS))
    start = serializers.DateTimeField()


class Book(APIView):
    def post(self, request: Request) -> Response:
        """Insert it."""
        body = Body(data=request.data)
        body.is_valid(raise_exception=True)
        asked, kind = body.validated_data, KINDS[body.validated_data["kind"]]
        start, end = asked["start"], asked["start"] + kind.duration
        row = Appointment.objects.create(
            patient_id=asked["patient"],
            practitioner_id=asked["practitioner"],
            room_id=asked["room"],
            kind=kind.code,
            start_at=start,
            end_at=end,
            during=DateTimeTZRange(start, end),
            room_during=DateTimeTZRange(start, end + kind.room_buffer),
            status="booked",
            asked_at=start,
        )
        return Response({"id": str(row.pk)}, status=201)


def alive(request: object) -> object:
    """Where the start of the server is awaited."""
    from django.http import HttpResponse

    return HttpResponse()


urlpatterns = [path("appointments/", Book.as_view()), path("healthz", alive)]

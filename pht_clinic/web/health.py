"""Whether the process lives, whether the database answers, and figures for those who watch."""

import hmac

from django.conf import settings
from django.db import connection, transaction
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.http import require_safe

from pht_clinic.errors import NothingCanBeSaved
from pht_clinic.replica import reading
from pht_clinic.web import metrics, problem


@require_safe
def healthz(request: HttpRequest) -> JsonResponse:
    """The process lives."""
    return JsonResponse({"status": "ok"})


_SPILL = "SELECT count(*) FROM generate_series(1, 5000)"
"""More than fits in 64 kB: PostgreSQL puts it on its disk for as long as it counts, without a row of anything."""


@require_safe
def readyz(request: HttpRequest) -> JsonResponse:
    """The database answers, takes changes and has room on its disk; a 503 otherwise.

    The broker is not asked: no request needs it.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SHOW transaction_read_only")
        if cursor.fetchone() != ("off",):
            raise NothingCanBeSaved()
        cursor.execute("SET LOCAL work_mem = '64kB'")
        cursor.execute(_SPILL)
    return JsonResponse({"status": "ready"})


@metrics.gauge(
    "replica_answers", "1 where the replica answers and is a copy of the primary, else 0; absent without one."
)
def replica_answers() -> float | None:
    """Whether there is anything to read from."""
    found = reading.look()
    return None if found is None else float(found.answers)


@metrics.gauge(
    "replica_behind_seconds", "Age of what the replica shows, 0 where it shows all; absent without an answer."
)
def replica_behind() -> float | None:
    """How far it is behind."""
    found = reading.look()
    return found.behind_seconds if found else None


@require_safe
def metrics_page(request: HttpRequest) -> HttpResponse:
    """The gauges, for who knows METRICS_TOKEN; without such a setting there is no such page."""
    if not settings.METRICS_TOKEN:
        raise Http404
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not hmac.compare_digest(token.encode(), settings.METRICS_TOKEN.encode()):
        return problem.problem(401, headers={"WWW-Authenticate": 'Bearer realm="metrics"'})
    return HttpResponse(metrics.text(), content_type="text/plain; version=0.0.4; charset=utf-8")

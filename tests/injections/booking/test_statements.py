"""What a booking costs the database."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.api_world import World
from tests.clinic import local


def in_its_transaction(statements: list[str]) -> list[str]:
    """What stands between the first savepoint (the request's BEGIN, inside a test) and its release."""
    opened = next(one for one in statements if one.startswith("SAVEPOINT"))
    begin = statements.index(opened)
    end = statements.index(opened.replace("SAVEPOINT", "RELEASE SAVEPOINT"))
    return statements[begin + 1 : end]


def test_a_booking_makes_at_most_14_round_trips(world: World) -> None:
    """From BEGIN to COMMIT, with an Idempotency-Key, for a patient with a history: clear, and in the review zone."""
    for name, given, day in (("Birch", "2025-10-20", "2026-03-10"), ("Cole", "2025-11-20", "2026-03-11")):
        patient = world.clinic.fit_patient(name)
        world.clinic.answer(patient, {"steroid_injection_last_12_months": "yes"})
        world.clinic.earlier_injection(patient, given)
        body = world.injection(patient, local(day))
        with CaptureQueriesContext(connection) as captured:
            response = world.reception.post("/appointments/", body, **{"Idempotency-Key": name})
        assert response.status_code == 201
        statements = in_its_transaction([query["sql"] for query in captured])
        assert any("INSERT INTO" in one and "idempotencykey" in one for one in statements)
        assert any("INSERT INTO" in one and "scheduling_message" in one for one in statements)
        assert len(statements) <= 14, "\n".join(statements)

"""The tables migrate, and the guard stands."""

import pytest
from django.db import connection


@pytest.mark.django_db
def test_exclusion_constraints_exist() -> None:
    """Three exclusion constraints guard patient, practitioner and room."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT conname FROM pg_constraint WHERE contype = 'x' ORDER BY conname")
        assert [row[0] for row in cursor.fetchall()] == [
            "no_overlap_patient",
            "no_overlap_practitioner",
            "no_overlap_room",
        ]

"""A feed's secret is kept as its digest, the same by the database, which hashed the old ones, as by the code."""

import re
from pathlib import Path
from uuid import uuid4

import pytest
from django.db import connection

from scheduling import migrations
from scheduling.clinic.feed import digest_of


@pytest.mark.django_db
def test_calendars_from_before_the_digest_go_on() -> None:
    [file] = Path(migrations.__file__).parent.glob("*_hashed_feeds.py")
    hashing = re.search(r"= (encode\(.*\))$", file.read_text(), re.M)
    assert hashing
    token = uuid4()
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {hashing[1]} FROM (SELECT %s::uuid AS feed_token) one", [token])  # noqa: S608 - ours
        assert cursor.fetchone() == (digest_of(token),)

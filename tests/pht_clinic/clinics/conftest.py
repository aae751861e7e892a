"""A server that asks for passwords, for all tests of a file."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.several import Several, several_clinics


@pytest.fixture(scope="module")
def several() -> Iterator[Several]:
    with several_clinics() as server:
        yield server

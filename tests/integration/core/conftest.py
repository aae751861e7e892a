"""A clinic of its own for every test of the use cases."""

import pytest

from tests.clinic import Clinic, open_clinic


@pytest.fixture
def clinic(db: None) -> Clinic:
    return open_clinic()

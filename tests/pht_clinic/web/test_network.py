"""The block of addresses that a limit counts by."""

from typing import Any

import pytest
from django.test import RequestFactory

from pht_clinic.web.network import block_of


@pytest.mark.parametrize(
    ("address", "block"),
    [
        ("203.0.113.7", "203.0.113.0/24"),
        ("203.0.113.255", "203.0.113.0/24"),
        ("203.0.114.0", "203.0.114.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("2001:db8:1:ffff::3", "2001:db8:1::/48"),
        ("::ffff:203.0.113.7", "203.0.113.0/24"),
        ("", "local"),
    ],
)
def test_neighbours_are_one(address: str, block: str) -> None:
    assert block_of(RequestFactory(REMOTE_ADDR=address).get("/")) == block


def test_behind_our_proxy_it_is_the_visitors_own_and_no_forged_one(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory(REMOTE_ADDR="10.0.0.1", HTTP_X_FORWARDED_FOR="198.51.100.9, 203.0.113.7").get("/")
    assert block_of(request) == "203.0.113.0/24"

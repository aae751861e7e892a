"""Every address says who may use it; one that does not fails here."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from pht_clinic.people.roles import EVERY_ROLE
from pht_clinic.permissions import PERMISSIONS
from pht_clinic.web.access import IsPermitted

# Addresses that ask in their own way, or may be seen by everybody. Add one only with its reason.
OTHERS = {
    "healthz": "says only that the process lives",
    "readyz": "says only that the database answers and takes changes",
    "metrics": "asks for METRICS_TOKEN",
    "account/": "signing in and out, and one's own password and second factor: allauth's",
    "admin/": "read-only, for staff: Django's",
    "api/v1/calendar/": "a practitioner's feed: the secret in its address, and no patient's details",
    "^[kK]/": "a short address on paper: leads to a signed link, guesses are counted",
    "mail-news/": "a mail provider's word: its signature or secret",
    "mails-off/": "a patient ends mails: a signed address, which opens nothing else",
    "p/": "the patient's own pages: a signed link, then the date of birth",
}


def addresses(resolver: URLResolver, before: str = "") -> Iterator[tuple[str, URLPattern]]:
    for item in resolver.url_patterns:
        path = before + str(item.pattern)
        if isinstance(item, URLResolver):
            yield from addresses(item, path)
        else:
            yield path, item


ADDRESSES = sorted(addresses(get_resolver()), key=lambda pair: pair[0])


def view_class(pattern: URLPattern) -> Any:
    return getattr(pattern.callback, "cls", None) or getattr(pattern.callback, "view_class", None)


@pytest.mark.parametrize(("path", "pattern"), ADDRESSES, ids=[path for path, _ in ADDRESSES])
def test_an_address_names_its_action(path: str, pattern: URLPattern) -> None:
    if any(path == other or (other.endswith("/") and path.startswith(other)) for other in OTHERS):
        return
    if path.startswith(("api/", "fhir/")):
        check_endpoint(view_class(pattern), getattr(pattern.callback, "actions", None))
    else:
        assert getattr(pattern.callback, "action", None), f"{path}: no @permitted and no entry in OTHERS"


def check_endpoint(view: Any, actions: dict[str, str] | None) -> None:
    assert issubclass(view, APIView)
    assert view.permission_classes == [IsPermitted]
    methods = {name.upper() for name in (actions or view.http_method_names) if actions or hasattr(view, name)}
    for method in methods - {"OPTIONS", "HEAD"}:
        action = view.actions.get(method)
        assert action, f"{view.__name__} does not say what {method} does"
        assert PERMISSIONS[action].who & EVERY_ROLE, f"{view.__name__}: nobody may {method}"

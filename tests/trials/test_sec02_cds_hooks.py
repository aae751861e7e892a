"""SEC2 of CDS Hooks: whatever its callers send, fitting or not, is answered as the door is described, and never with a
5xx; what is refused leaves nothing behind.

The description is our own (`tests/injections/doors/cds_hooks/described.py`). Each call has a token of its own, half of
them of a system whose users may be told what our records say. 500 in `make test`, 10,000 in `make trials`.
"""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any, Final, NoReturn

import pytest
from django.http import JsonResponse
from django.test import Client

from injections.doors.cds_hooks import api
from injections.doors.cds_hooks.material import NothingToGoBy
from injections.doors.cds_hooks.reading import HookCall
from injections.doors.cds_hooks.trust import Caller
from injections.models import CdsCard, CdsFeedback
from pht_clinic.audit.models import Entry
from tests.clinic import Clinic
from tests.conftest import Share
from tests.injections.doors.cds_hooks import ehr
from tests.injections.doors.cds_hooks.described import door
from tests.trials.test_sec01_access import _quiet
from tests.trials.test_sec02_schema import FULL, SMALL, Asked, every

__all__ = ["_quiet"]  # a fixture

pytestmark = pytest.mark.django_db

KEPT: Final = (CdsCard, CdsFeedback, Entry)
START: Final = "2027-03-10T10:00:00+00:00"


class Signing(Client):
    """A record system that the clinic lists."""

    def generic(self, method: str, path: str, *args: Any, **kwargs: Any) -> Any:
        """With a token of its own, made for this address."""
        signed = {"Authorization": f"Bearer {ehr.token(path.partition('?')[0])}"}
        return super().generic(
            method, path, *args, **{**kwargs, "headers": {**(kwargs.get("headers") or {}), **signed}}
        )


@pytest.fixture
def cards(clinic: Clinic, settings: Any, tmp_path: Path) -> list[dict[str, Any]]:
    """Of a call about somebody whom this clinic knows too; one of them suggests other days."""
    settings.PUBLIC_BASE_URL = ehr.BASE
    ehr.listed(settings, tmp_path, sees_records=True)
    patient = clinic.fit_patient(nhs_number=ehr.NHS, date_of_birth=date.fromisoformat(ehr.BORN))
    clinic.earlier_injection(patient, "2025-12")
    body = ehr.call("appointment-book", ehr.appointment(START), prefetch=ehr.prefetch([ehr.injection("2027-01-15")]))
    found: list[dict[str, Any]] = ehr.post(ehr.BOOKING, body).json()["cards"]
    return found


def keeps_and_refuses(call: HookCall, caller: Caller, *, now: datetime) -> NoReturn:
    CdsCard.objects.create(issuer=caller.issuer, hook_instance=call.instance, at=now)
    raise NothingToGoBy("There is nothing.")


def asked_of(cards: list[dict[str, Any]]) -> Asked:
    return Asked(door(cards), Signing(raise_request_exception=False), KEPT)


@pytest.mark.full_trial(one_in=2)
@pytest.mark.parametrize("sees_records", [True, False], ids=["told-what-records-say", "not-told"])
def test_sec2_cds_hooks_is_as_described_whatever_is_asked(
    cards: list[dict[str, Any]], settings: Any, sees_records: bool, is_full_trial: bool, share: Share
) -> None:
    settings.CDS_ISSUERS_WITH_RECORDS = [ehr.ISSUER] if sees_records else []
    asked = asked_of(cards)
    half = (FULL if is_full_trial else SMALL) // 2
    asked.ask_many(half, share, one_in=1)
    assert not asked.wrong, "\n".join(f"{count} × {what}" for what, count in asked.wrong.most_common())
    assert asked.statuses.total() >= half
    assert {200, 412, 422} <= asked.statuses.keys(), asked.statuses


def test_sec2_cds_hooks_control_each_wrong_is_seen(
    cards: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    """An answer of another shape, a failure, a card kept for a call that is refused, a door that is open to all."""
    asked = asked_of(cards)
    [view] = [one for one in asked.operations if one.path == ehr.VIEW]

    def seen() -> set[str]:
        asked.wrong.clear()
        every(view.as_strategy(), 3, asked.ask)
        return {what.split(": ")[1] for what in asked.wrong}

    assert seen() == set()
    with monkeypatch.context() as patched:
        patched.setattr(api, "JsonResponse", lambda said: JsonResponse({"cards": [{"summary": ""}]}))
        assert seen() == {"Response violates schema"}
    with monkeypatch.context() as patched:
        patched.setattr(api, "answer", lambda *args, **kwargs: 1 / 0)
        assert "Server error" in seen()
    with monkeypatch.context() as patched:
        patched.setattr(api, "answer", keeps_and_refuses)
        assert seen() == {"Stores what it refuses"}
    with monkeypatch.context() as patched:
        patched.setattr(api, "_caller", lambda request, endpoints: Caller(ehr.ISSUER, sees_records=False))
        assert seen() == {"Lets strangers in"}

"""Addresses of colleagues: confirmed and withdrawn by managers, with who, when and why; nothing is deleted."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from injections.letters.addresses import AddressWithdrawn, confirm_address, confirmed, standing, withdraw_address
from injections.models import ConfirmedAddress
from pht_clinic.audit.models import Entry
from pht_clinic.errors import Forbidden, Invalid, Missing
from tests.api_world import World
from tests.clinic import NOW, Clinic
from tests.pages_world import Browser

FERN = "fern@surgery.example"


def fern(clinic: Clinic, email: str = FERN) -> ConfirmedAddress:
    return confirm_address(email=email, whose="Mill Lane Surgery, Dr Fern", by=clinic.manager, now=NOW)


def test_a_manager_confirms_and_withdraws_with_who_when_and_why(clinic: Clinic) -> None:
    row = fern(clinic, " Fern@Surgery.example ")
    assert (row.email, row.confirmed_at, row.confirmed_by_id) == (FERN, NOW, clinic.manager.user_id)
    assert confirmed("FERN@surgery.EXAMPLE") == row
    withdraw_address(row.pk, reason="She left", by=clinic.manager, now=NOW)
    row.refresh_from_db()
    assert (row.withdrawn_at, row.withdrawn_by_id, row.withdrawn_reason) == (NOW, clinic.manager.user_id, "She left")
    assert confirmed(FERN) is None
    with pytest.raises(AddressWithdrawn):
        withdraw_address(row.pk, reason="Again", by=clinic.manager, now=NOW)
    again = fern(clinic)
    assert list(standing()) == [again]
    assert ConfirmedAddress.objects.count() == 2
    verbs = Entry.objects.filter(verb__startswith="address-").order_by("pk").values_list("verb", "subject")
    first, second = f"confirmedaddress:{row.pk}", f"confirmedaddress:{again.pk}"
    assert list(verbs) == [("address-confirmed", first), ("address-withdrawn", first), ("address-confirmed", second)]


def test_nobody_but_a_manager_confirms_or_withdraws(clinic: Clinic) -> None:
    row = fern(clinic)
    for by in (clinic.reception, clinic.radiologist):
        with pytest.raises(Forbidden):
            confirm_address(email="other@surgery.example", whose="X", by=by, now=NOW)
        with pytest.raises(Forbidden):
            withdraw_address(row.pk, reason="X", by=by, now=NOW)


@pytest.mark.parametrize(
    ("email", "whose", "wrong"),
    [
        ("", "", {"#/email", "#/whose"}),
        ("fern", "Dr Fern", {"#/email"}),
        ("fern@surgery.example\nBcc: other@mail.example", "Dr Fern", {"#/email"}),
        ("fern@surgery.example, other@mail.example", "Dr Fern", {"#/email"}),
        (f"{'f' * 64}@{'.'.join(['s' * 60] * 4)}.example", "Dr Fern", {"#/email"}),
        ("fern@surgery.example", "x" * 121, {"#/whose"}),
        ("fern@surgery.example", "Dr\u202eFern", {"#/whose"}),
        ("FERN2@surgery.example", "The same again", {"#/email"}),
    ],
)
def test_what_cannot_be_an_address_is_said_at_its_field(
    clinic: Clinic, email: str, whose: str, wrong: set[str]
) -> None:
    fern(clinic, "fern2@surgery.example")
    with pytest.raises(Invalid) as refused:
        confirm_address(email=email, whose=whose, by=clinic.manager, now=NOW)
    assert {error.pointer for error in refused.value.errors} == wrong


def test_withdrawing_needs_a_reason_and_a_row(clinic: Clinic) -> None:
    with pytest.raises(Invalid):
        withdraw_address(fern(clinic).pk, reason=" ", by=clinic.manager, now=NOW)
    with pytest.raises(Missing):
        withdraw_address(987_654_321, reason="X", by=clinic.manager, now=NOW)


def test_the_database_keeps_one_confirmation_and_whose_withdrawal_it_was(clinic: Clinic) -> None:
    row = fern(clinic)
    for wrong in ({"withdrawn_at": NOW}, {"withdrawn_by_id": clinic.manager.user_id}):
        with pytest.raises(IntegrityError), transaction.atomic():
            ConfirmedAddress.objects.filter(pk=row.pk).update(**wrong)
    with pytest.raises(IntegrityError), transaction.atomic():
        ConfirmedAddress.objects.create(email=FERN, whose="Twice", confirmed_at=NOW)
    with pytest.raises(ProtectedError):
        clinic.users["manager"].delete()


def test_two_who_confirm_one_address_at_once_get_a_sentence(clinic: Clinic, monkeypatch: pytest.MonkeyPatch) -> None:
    fern(clinic)
    monkeypatch.setattr("injections.letters.addresses.confirmed", lambda email: None)
    with pytest.raises(Invalid, match="already confirmed") as refused:
        fern(clinic)
    assert [error.pointer for error in refused.value.errors] == ["#/email"]


def test_a_manager_keeps_them_on_pages(world: World, manager: Browser) -> None:
    assert "No address is confirmed yet" in manager.get("address-list")
    assert "Addresses of colleagues" in manager.get("room-list"), "the way to it"
    said = manager.post("address-add", data={"email": "fern", "whose": ""}, expect=422)
    assert "Enter an email address" in said
    assert "Say whose it is." in said
    assert 'value="fern"' in manager.html
    said = manager.post("address-add", data={"email": FERN, "whose": "Mill Lane Surgery"})
    assert f"Letters may go to {FERN} from now on." in said
    assert "Mill Lane Surgery: fern@surgery.example" in said
    said = manager.post("address-add", data={"email": "FERN@surgery.example", "whose": "Again"}, expect=422)
    assert "That address is already confirmed." in said
    row = ConfirmedAddress.objects.get()
    manager.post("address-withdraw", row.pk, data={"reason": ""}, expect=422)
    said = manager.post("address-withdraw", row.pk, data={"reason": "She left"})
    assert f"No more letters go to {FERN}." in said
    assert "She left" in manager.get("address-list", show="withdrawn")
    said = manager.post("address-withdraw", row.pk, data={"reason": "Once more"}, expect=422)
    assert "Once more" in said


def test_the_list_is_for_managers(world: World, reception: Browser, radiologist: Browser) -> None:
    for somebody in (reception, radiologist):
        somebody.get("address-list", expect=403)
        somebody.get("address-add", expect=403)

"""The refusals of a whole class: who takes part changed, and not everybody can come along."""

from __future__ import annotations

from collections.abc import Iterator

from injections.visit.classes.participants import find_class, show_class
from scheduling.models import Appointment
from tests.api_world import World
from tests.clinic import local
from tests.trials.refusal_doors import ByApi, ByPage, Door
from tests.trials.refusal_rows import at, row

TEN, TWO = local("2026-03-10"), local("2026-03-10", "14:00")
CLASS = {"kind": "exercise-class"}


def joined(world: World, *names: str) -> list[Appointment]:
    """These in one class on the 10th at 10:00."""
    clinic = world.clinic
    found = [clinic.book(clinic.patient(name), TEN, **CLASS).appointment for name in names]
    return [one for one in found if one is not None]


def version_of(group_id: int | None, world: World) -> str:
    assert group_id is not None
    return show_class(find_class(group_id), now=world.clinic.now).version


@row("class-changed")
def class_changed(world: World) -> Iterator[Door]:
    group_id = joined(world, "Reed")[0].group_id
    seen = version_of(group_id, world)
    joined(world, "Sedge")
    client, says = at(world, "reception"), "Who takes part in this class changed"
    cancel = {"version": seen, "reason_code": "clinic-other", "reason": "Flooded", "tell": "yes"}
    yield ByPage(client=client, name="group-cancel", args=[group_id], data=cancel, says=says, typed=["Flooded"])
    clinic = world.clinic
    move = {"version": seen, "on": "2026-03-10", "at": "14:00", "who": clinic.physiotherapist.pk, "tell": "yes"}
    yield ByPage(client=client, name="group-move", args=[group_id], data=move, says=says, typed=["14:00"])
    path = f"/classes/{group_id}"
    body = {"reason": "Flooded", "version": seen}
    yield ByApi(api=world.reception, path=f"{path}/cancel/", body=body, says=says)
    yield ByApi(api=world.reception, path=f"{path}/move/", body={"start": TWO.isoformat(), "version": seen}, says=says)


@row("not-all-come-along")
def not_all(world: World) -> Iterator[Door]:
    """One of them has another visit then."""
    first, second = joined(world, "Reed", "Sedge")
    world.clinic.book(second.patient, TWO, kind="follow-up")
    form = {"on": "2026-03-10", "at": "14:00", "who": world.clinic.physiotherapist.pk, "tell": "yes"}
    form["version"] = version_of(first.group_id, world)
    yield ByPage(
        client=at(world, "reception"),
        name="group-move",
        args=[first.group_id],
        data=form,
        says="1 of the participants cannot be moved with the class",
        typed=["14:00"],
    )
    path, body = f"/classes/{first.group_id}/move/", {"start": TWO.isoformat()}
    yield ByApi(api=world.reception, path=path, body=body, says="1 of the participants cannot be moved with the class")

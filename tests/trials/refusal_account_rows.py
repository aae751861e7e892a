"""The same of people's accounts, which are kept on pages alone."""

from __future__ import annotations

from collections.abc import Iterator

from tests.api_world import World
from tests.trials.refusal_doors import ByPage, Door
from tests.trials.refusal_rows import at, row
from tests.trials.refusal_visit_rows import NO_STAFF_API


@row("no-second-factor", no_api=NO_STAFF_API)
def no_second_factor(world: World) -> Iterator[Door]:
    args, says = [world.clinic.users["reception"].pk], "This person has no second factor."
    yield ByPage(client=at(world, "manager"), name="staff-factor-reset", args=args, says=says)

"""The dates of a series as a page shows them: how each stands, its next best times, and what would come of it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from django.forms import BoundField
from django.http import QueryDict

from injections.booking.offers import Offer
from injections.booking.series.forms import LEAVE, OTHER, DateRow, DatesForm
from injections.booking.series.next_best import next_best
from injections.booking.series.standing import DateStanding, SeriesLook, VisitTime, in_their_rooms, standings
from pht_clinic import clock
from pht_clinic.people.actors import Actor
from scheduling.messages import words


@dataclass(frozen=True, slots=True)
class ShownDate:
    """One date: how the time wanted stands, and the fields that say what becomes of it."""

    number: int
    standing: DateStanding
    choice: BoundField
    on: BoundField
    at: BoundField


class Dates:
    """One look at the dates of a series. `wanted` are the times that its rule asks for, one for each visit; `keep` are
    the words of leaving a date as it is.
    """

    def __init__(
        self,
        wanted: Sequence[VisitTime],
        looking: SeriesLook,
        data: QueryDict | None,
        *,
        keep: str,
        by: Actor,
        form: type[DatesForm] = DatesForm,
    ) -> None:
        self.looking, self._by, self.now = looking, by, looking.history.now
        self._keep, self._data, self._kind_of_form = keep, data, form
        self._asked, self._wanted = wanted, dict(enumerate(in_their_rooms(wanted), start=1))
        self._chosen = self._chosen_by(data)
        spots = list((self._wanted if data is None else self._chosen).values())
        self._found = standings(spots, looking, besides=list(self._wanted.values()), by=by, now=self.now)
        self.form = self._kind_of_form(data, rows=[self._row(number, near) for number, near in self._near().items()])
        self.spots = self._settled() if self.form.is_bound else self._all_fine()

    def _chosen_by(self, data: QueryDict | None) -> dict[int, VisitTime]:
        """The times chosen so far, whatever is wrong with the others; with the room of their session."""
        form = self._kind_of_form(
            data, rows=[DateRow(number, spot, ()) for number, spot in enumerate(self._asked, start=1)]
        )
        form.is_valid()
        chosen: dict[int, VisitTime] = form.cleaned_data["spots"] if form.is_bound else {}
        return dict(zip(chosen, in_their_rooms(list(chosen.values())), strict=True))

    def _settled(self) -> list[VisitTime]:
        """The times chosen, where nothing is wrong with any of them; what is stands at its date."""
        self.form.is_valid()
        for number, spot in self._chosen.items():
            if not self._found[spot].is_fine:
                self.form.add_error(f"visit_{number}", f"Visit {number}: {self._found[spot].why}")
        return [] if self.form.has_wrong_dates else sorted(self._chosen.values(), key=lambda spot: spot.start)

    def _all_fine(self) -> list[VisitTime]:
        spots = list(self._wanted.values())
        return spots if all(self._found[spot].is_fine for spot in spots) else []

    def _near(self) -> dict[int, tuple[Offer, ...]]:
        """The next best times of each date that cannot be as it was asked for."""
        lost = {number: spot for number, spot in self._wanted.items() if not self._found[spot].is_fine}
        if not lost:
            return dict.fromkeys(self._wanted, ())
        kept = [spot for spot, standing in self._found.items() if standing.is_fine]
        near = next_best(list(lost.values()), self.looking, kept=kept, in_room=self._asked[0].room_id, by=self._by)
        return {number: near.get(spot, ()) for number, spot in self._wanted.items()}

    def _row(self, number: int, near: Sequence[Offer]) -> DateRow:
        spot = self._wanted[number]
        proposed = [VisitTime(one.slot.start, one.slot.practitioner_id, one.slot.room_id) for one in near]
        is_fine = self._found[spot].is_fine
        choices = [(spot.code, f"{_when(spot)}, as asked for")] if is_fine else []
        choices += [
            (one.code, f"{_when(one)}, {'the nearest' if not n else 'also near'}") for n, one in enumerate(proposed)
        ]
        choices += self._still_chosen(number, [code for code, _ in choices])
        choices += [(OTHER, "Another time, below"), (LEAVE, self._keep)]
        return DateRow(number, self._asked[number - 1], choices, initial=spot.code if is_fine else "")

    def _still_chosen(self, number: int, offered: Sequence[str]) -> list[tuple[str, str]]:
        """The time that was chosen for this date among those offered before, where it is not offered again."""
        chosen = self._chosen.get(number)
        is_own = chosen is None or self._data_of(number) == OTHER or chosen.code in offered
        return [] if is_own or chosen is None else [(chosen.code, f"{_when(chosen)}, as you chose")]

    def _data_of(self, number: int) -> str:
        return str(self._data.get(f"visit_{number}", "")) if self._data is not None else ""

    @property
    def chosen(self) -> dict[int, VisitTime]:
        """The times as they are chosen now, by the numbers of their visits."""
        return self._chosen if self.form.is_bound else self._wanted

    @property
    def shown(self) -> list[ShownDate]:
        """Each date with its fields."""
        form = self.form
        return [
            ShownDate(n, self._found[spot], form[f"visit_{n}"], form[f"on_{n}"], form[f"at_{n}"])
            for n, spot in self._wanted.items()
        ]

    @property
    def shows(self) -> set[int]:
        """The patients whose visits are in the way."""
        taken = (one for standing in self._found.values() for one in standing.taken)
        return {one.change.appointment.patient_id for one in taken if one.change}

    @property
    def seen(self) -> str:
        """What stands for the times as they are chosen now: whoever books them has seen these."""
        codes = " ".join(f"{number}:{spot.code}" for number, spot in self.chosen.items()) if self.spots else ""
        return hashlib.sha256(codes.encode()).hexdigest()[:32] if codes else ""

    @property
    def were_seen(self) -> bool:
        """Whether the form was sent with the very times that it was shown with."""
        return bool(self.seen) and not self.form.errors and self.form.cleaned_data.get("seen") == self.seen


def _when(spot: VisitTime) -> str:
    return words.when(spot.start, clock.zone())

"""One call answered: what is known is gathered and judged, by the very rules of a booking here, and becomes cards.

Nothing is booked, and of the patient nothing is kept. Where this clinic knows them, its own records count too. Who may
not be told what these say is told by one card that they speak against it, and which day they leave stays unsaid.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from injections.doors.cds_hooks import cards, dates
from injections.doors.cds_hooks.cards import HookCard
from injections.doors.cds_hooks.joining import joined
from injections.doors.cds_hooks.later import later_days
from injections.doors.cds_hooks.material import Material, gather
from injections.doors.cds_hooks.own_records import OwnRecords, own_records
from injections.doors.cds_hooks.proposed import Proposed, read_proposed, with_others, without
from injections.doors.cds_hooks.reading import HookCall
from injections.doors.cds_hooks.services import VIEW
from injections.doors.cds_hooks.strictest import beyond, stricter
from injections.doors.cds_hooks.trust import Caller
from injections.doors.coded.errors import CodedError
from injections.doors.coded.facts import read_facts
from injections.doors.coded.gathered import Unread
from injections.doors.coded.times import is_sensible
from injections.facts.policy import effective_policy
from injections.models import CdsCard
from injections.safety.assess import assess
from injections.safety.facts import Facts, Request
from injections.safety.findings import SEVERITY_RANK, Finding, Judgement, Severity
from pht_clinic.errors import FieldError, Invalid
from pht_clinic.web.outward import Network
from scheduling.messages.words import when


@dataclass(frozen=True, slots=True)
class HookAnswer:
    """The cards, worst first, and the patient of this clinic whom they are about, where there is one."""

    cards: Sequence[HookCard]
    patient_id: int | None


def answer(call: HookCall, caller: Caller, *, now: datetime, allowed: Iterable[Network] = ()) -> HookAnswer:
    """Answer a call, and keep which cards were given, so that feedback on them finds its rule.

    An appointment that is none of ours is answered by no card, and nothing is fetched for it.
    Raises: Invalid (an appointment is none, or of another patient), NothingToGoBy.
    """
    proposed = read_proposed(call)
    if call.service is not VIEW and not proposed:
        return HookAnswer((), None)
    material = gather(call, allowed=allowed)
    own = own_records(material.resources, now=now)
    about = _About(material, own, caller.sees_records)
    found = about.dates(now) if call.service is VIEW else about.appointments(proposed)
    shown = cards.worst_first([*found, *about.what_is_missing()])
    _keep(shown, call, caller, now=now)
    return HookAnswer(shown, own.patient.pk if own else None)


class _About:
    """What is known of one patient, and the cards that follow."""

    def __init__(self, material: Material, own: OwnRecords | None, sees_records: bool) -> None:
        self._material, self._own = material, own
        self._sees = sees_records and own is not None and not own.is_closed
        self._link = cards.page_of_patient(own.patient.pk) if own and self._sees else ""
        self._unread: dict[Unread, None] = {}
        self._policy = effective_policy()

    def appointments(self, proposed: Sequence[Proposed]) -> Iterator[HookCard]:
        """A card for each finding of each appointment, judged with the others as booked."""
        yield from self._closed()
        self._material = replace(self._material, resources=tuple(without(self._material.resources, proposed)))
        for number, one in enumerate(proposed):
            start = one.appointment.start
            name = when(start, self._policy.zone) if len(proposed) > 1 and start and is_sensible(start) else ""
            if one.request is None:
                yield cards.of_unchecked([str(problem) for problem in one.problems], about=name, is_ours=one.is_ours)
                continue
            facts = with_others(self._facts(one.request), (*proposed[:number], *proposed[number + 1 :]))
            yield from self._of_appointment(one, facts, name)

    def dates(self, now: datetime) -> Iterator[HookCard]:
        """One card with the next dates, where any area has to wait. What is on record is read once for all of them: the
        interval hangs on the place alone.
        """
        yield from self._closed()
        read = self._facts(next(dates.asked_now(now)))

        def told(request: Request) -> Judgement:
            return self._judged(replace(read, request=request))

        def known(request: Request) -> Judgement:
            return self._judged(self._whole(replace(read, request=request)))

        def both(request: Request) -> Judgement:
            return stricter(known(request), told(request))

        if self._sees and self._has_own:
            found, is_more = dates.places_to_wait(now, both, None)
        else:
            found, is_more = dates.places_to_wait(now, told, known if self._has_own else None)
        if is_more:
            yield cards.of_own_records(Severity.WARNING)
        if found:
            yield dates.card_of(found, is_more=is_more, link=self._link)

    def what_is_missing(self) -> Iterator[HookCard]:
        """What was there and could not be read, and what was not there or says nothing to the rules."""
        gaps = self._material.gaps
        if in_part := [(gap.what, gap.why) for gap in gaps if gap.is_part]:
            yield cards.of_gaps(in_part, is_part=True)
        rest = [(gap.what, gap.why) for gap in gaps if not gap.is_part]
        if rest := [*rest, *((one.reference, one.reason) for one in self._unread)]:
            yield cards.of_gaps(rest, is_part=False)

    @property
    def _has_own(self) -> bool:
        return self._own is not None and self._own.history is not None

    def _closed(self) -> Iterator[HookCard]:
        """Records that somebody of the clinic has to look at before anything else."""
        if self._own is not None and (self._own.is_closed or self._own.is_doubtful):
            yield cards.of_own_records(Severity.CRITICAL)

    def _of_appointment(self, one: Proposed, facts: Facts, name: str) -> Iterator[HookCard]:
        told = self._judged(facts)
        whole = self._judged(self._whole(facts)) if self._has_own else told
        shown = stricter(whole, told) if self._sees else told
        hidden = [] if self._sees else _beyond(whole, told)
        if hidden:
            worst = min((finding.severity for finding in hidden), key=SEVERITY_RANK.__getitem__)
            yield cards.of_own_records(worst, about=name)
        for finding in shown.findings:
            helps = finding.rule == dates.INTERVAL and not hidden
            later = later_days(one.appointment, facts.request, shown, self._policy.zone) if helps else ()
            yield cards.of_finding(finding, about=name, suggestions=later, link=self._link)

    def _facts(self, request: Request) -> Facts:
        """What the caller's resources say."""
        try:
            read = read_facts(self._material.resources, request=request, zone=self._policy.zone, policy=self._policy)
        except CodedError as error:
            raise Invalid([FieldError("#/prefetch", str(one)) for one in error.problems]) from error
        self._unread.update(dict.fromkeys(read.unread))
        return read.facts

    def _whole(self, told: Facts) -> Facts:
        history = self._own.history if self._own else None
        return joined(told, history, self._policy) if history else told

    def _judged(self, facts: Facts) -> Judgement:
        return assess(facts, policy=self._policy)


def _beyond(whole: Judgement, told: Judgement) -> list[Finding]:
    """What stands against it by all that is known, and not as strongly by what the caller told. An interval that ends
    on another day is such a thing too.
    """
    is_moved = (whole.review_from, whole.clear_from) != (told.review_from, told.clear_from)
    found = beyond(whole, told)
    also = [one for one in whole.findings if one.rule == dates.INTERVAL and one.needs_decision and one not in found]
    return [*found, *also] if is_moved else found


def _keep(shown: Sequence[HookCard], call: HookCall, caller: Caller, *, now: datetime) -> None:
    CdsCard.objects.bulk_create(
        CdsCard(
            id=card.id,
            issuer=caller.issuer,
            service=call.service.id,
            hook_instance=call.instance,
            rule=card.rule,
            severity=card.severity.value,
            suggestions=[one.id for one in card.suggestions],
            at=now,
        )
        for card in shown
    )

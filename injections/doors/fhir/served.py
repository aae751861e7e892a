"""What is served of each type: its views, as routes and the CapabilityStatement read them. One list."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from injections.doors.fhir.administrative import slot
from injections.doors.fhir.administrative.appointment import APPOINTMENT
from injections.doors.fhir.administrative.booking import BookAppointment
from injections.doors.fhir.administrative.patient import PATIENT
from injections.doors.fhir.administrative.slot import OneSlot, PostedSlotSearch, SearchSlots
from injections.doors.fhir.clinical import definitions
from injections.doors.fhir.endpoint import FhirEndpoint
from injections.doors.fhir.everything import Everything
from injections.doors.fhir.query import params_of
from injections.doors.fhir.registry import TYPES
from injections.doors.fhir.resource_type import SearchParam
from injections.doors.fhir.views import PostedSearch, ReadOne, SearchType, view_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """One type. `listed` answers at the type's own address, `posted` at `_search`, `one` at an id,
    `everything` below that."""

    name: str
    what: str
    params: tuple[SearchParam, ...]
    listed: type[FhirEndpoint]
    posted: type[FhirEndpoint]
    one: type[FhirEndpoint] | None = None
    everything: type[FhirEndpoint] | None = None

    @property
    def interactions(self) -> Iterator[str]:
        """What can be done, in the words of the CapabilityStatement."""
        if self.one is not None:
            yield "read"
        if "POST" in self.listed.actions:
            yield "create"
        yield "search-type"


def _served() -> Iterator[Served]:
    for of in TYPES.values():
        yield Served(
            name=of.name,
            what=of.what,
            params=params_of(of),
            listed=view_of(BookAppointment if of is APPOINTMENT else SearchType, of, "GET"),
            posted=view_of(PostedSearch, of, "POST"),
            one=view_of(ReadOne, of, "GET"),
            everything=Everything if of is PATIENT else None,
        )


_FREE_TIMES: Final = Served(
    name="Slot", what=slot.WHAT, params=slot.PARAMS, listed=SearchSlots, posted=PostedSlotSearch, one=OneSlot
)
_QUESTIONS: Final = Served(
    name=definitions.QUESTIONNAIRE,
    what=definitions.WHAT,
    params=definitions.PARAMS,
    listed=definitions.SearchQuestionnaires,
    posted=definitions.PostedQuestionnaireSearch,
    one=definitions.OneQuestionnaire,
)
SERVED: Final = (*_served(), _FREE_TIMES, _QUESTIONS)

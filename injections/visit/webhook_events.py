"""Which events other systems may be told by webhooks, beside where the API tells more of them. Data.

A name stays for ever; the verb is what the audit trail calls it.
"""

from __future__ import annotations

from typing import Final

from scheduling.webhooks.events import EventType, lead_to, register_events

EVENTS: Final = (
    EventType("appointment.booked", "appointment-requested", "A visit was booked; it may wait for review."),
    EventType("appointment.walked-in", "appointment-walked-in", "Somebody came without an appointment."),
    EventType("appointment.entered-late", "appointment-entered-late", "A visit that was over was entered."),
    EventType("appointment.target-added", "appointment-targeted", "A visit is to inject one more area."),
    EventType("appointment.questioned", "appointment-questioned", "A booked visit waits for review again."),
    EventType("appointment.decided", "appointment-decided", "A radiologist decided on a visit."),
    EventType("appointment.confirmed", "appointment-confirmed", "A visit that waited for review stands."),
    EventType("appointment.delayed", "appointment-delayed", "A visit was cancelled, to come back later."),
    EventType("appointment.declined", "appointment-declined", "A radiologist declined a visit."),
    EventType("appointment.lapsed", "appointment-lapsed", "A visit was cancelled: nobody decided in time."),
    EventType("appointment.moved", "appointment-moved", "A visit is at another time, or with somebody else."),
    EventType("appointment.cancelled", "appointment-cancelled", "A visit was cancelled."),
    EventType("appointment.restored", "appointment-restored", "The last change of a visit was undone."),
    EventType("appointment.expected", "appointment-expected", "The patient said that they are coming."),
    EventType("appointment.arrived", "appointment-arrived", "The patient has arrived."),
    EventType("appointment.fulfilled", "appointment-fulfilled", "A visit has taken place."),
    EventType("appointment.missed", "appointment-missed", "The patient did not come."),
    EventType("appointment.entered-in-error", "appointment-entered-in-error", "A visit was entered in error."),
    EventType("appointment.handed-over", "appointment-handed-over", "A visit is another record’s after a merge."),
    EventType("appointment.ended", "appointment-ended-by-death", "A visit was ended and will not be moved."),
    EventType("procedure.recorded", "procedure-recorded", "What was done at a visit was recorded."),
    EventType("injection.recorded", "injection-recorded", "An injection given elsewhere was recorded."),
    EventType("injection.corrected", "injection-corrected", "An injection was corrected."),
    EventType("injection.withdrawn", "injection-withdrawn", "An injection was withdrawn."),
    EventType("report.recorded", "report-recorded", "An imaging report was recorded."),
    EventType("report.corrected", "report-corrected", "An imaging report was corrected."),
    EventType("report.withdrawn", "report-withdrawn", "An imaging report was withdrawn."),
    EventType("screening.answered", "screening-answered", "Questions before an injection were answered."),
    EventType("call.closed", "call-closed", "Somebody closed a call."),
    EventType("patient.registered", "patient-registered", "A patient was registered."),
    EventType("patient.corrected", "patient-corrected", "A patient’s details were changed."),
    EventType("patient.merged", "patients-merged", "Two records were merged into one."),
    EventType("patient.unmerged", "merge-undone", "A merge of two records was undone."),
    EventType("patient.erased", "patient-erased", "A patient’s contact data were erased."),
)
_PAGES: Final = {
    "appointment": "api-appointment",
    "injection": "api-injection",
    "imagingreport": "api-report",
    "patient": "api-patient",
}


def register() -> None:
    """Make them known to the mechanism; called once, when the apps are ready."""
    register_events(EVENTS)
    for noun, route in _PAGES.items():
        lead_to(noun, route=route)

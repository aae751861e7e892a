"""The endpoints of this half, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from injections.answers.information_api import AnswerInformation
from injections.answers.outcomes_api import OutcomesOfPatient
from injections.answers.pathway_api import PathwayOfPatient
from injections.answers.screening_api import ScreeningOfPatient
from injections.booking.api import Cancel, Move, Undo
from injections.booking.holds.api import Holds, OneHold
from injections.booking.offers_api import Assessments, Slots
from injections.booking.series.api import CancelRest, MoveRest, OneSeries, SeriesBooking, SeriesCheck
from injections.booking.waiting_list.api import OneWish, WaitingList
from injections.booking.waiting_list.offers_api import AnswerToOffer, FreeTimes, Matches, OfferToWaiting
from injections.conditions.api import AllergiesOfPatient, AllergyWithdraw, ConditionsOfPatient, ConditionWithdraw
from injections.imaging.api import OneReport, ReportCorrect, ReportsOfPatient, ReportWithdraw
from injections.letters.api import LettersOfVisit
from injections.merging.api import DuplicateDismiss, Duplicates, PatientMerge, PatientUnmerge
from injections.patient.activities_api import ActivitiesOfPatient, OneActivity
from injections.patient.death_api import PatientDeceased, PatientDeceasedUndo
from injections.patient.identity_api import OnePatient, Patients, PatientSearch
from injections.patient.injections_api import (
    InjectionCorrect,
    InjectionsOfPatient,
    InjectionWithdraw,
    OneInjection,
    Sites,
)
from injections.procedure.api import Incidents
from injections.procedure.drugs.api import Drugs, OneDrug
from injections.procedure.recorded_api import AddComplication, ProcedureCorrect, ProcedureOfVisit
from injections.procedure.report.api import ProcedureReport
from injections.review.api import Decide, Decisions, Reviews
from injections.review.milder_api import MilderVerdicts, MilderVerdictSeen
from injections.statistics.api import Statistics
from injections.timeline.api import TimelineOfPatient
from injections.visit.api import AddTargets, Arrive, EnterInError, NoShow, OneAppointment
from injections.visit.classes.api import CancelClass, ClassPlaces, MoveClass, OneClass
from injections.visit.consent.api import AgreeAgain, WithdrawConsent
from injections.visit.diary_api import Appointments
from injections.worklists.api import AttemptCall, Calls, CloseCall
from injections.worklists.recall_api import AppointmentRecalled, Recalls

_OF_PATIENTS: list[URLPattern | URLResolver] = [
    path("patients/", Patients.as_view(), name="api-patients"),
    path("patients/search/", PatientSearch.as_view(), name="api-patient-search"),
    path("patients/<row_id:pk>/", OnePatient.as_view(), name="api-patient"),
    path("patients/<row_id:pk>/deceased/", PatientDeceased.as_view(), name="api-patient-deceased"),
    path("patients/<row_id:pk>/deceased/undo/", PatientDeceasedUndo.as_view(), name="api-patient-deceased-undo"),
    path("patients/<row_id:pk>/merge/", PatientMerge.as_view(), name="api-patient-merge"),
    path("patients/<row_id:pk>/unmerge/", PatientUnmerge.as_view(), name="api-patient-unmerge"),
    path("duplicates/", Duplicates.as_view(), name="api-duplicates"),
    path("duplicates/<row_id:pk>/dismiss/", DuplicateDismiss.as_view(), name="api-duplicate-dismiss"),
    path("patients/<row_id:pk>/injections/", InjectionsOfPatient.as_view(), name="api-patient-injections"),
    path("patients/<row_id:pk>/screening/", ScreeningOfPatient.as_view(), name="api-patient-screening"),
    path("patients/<row_id:pk>/pathway/", PathwayOfPatient.as_view(), name="api-patient-pathway"),
    path("patients/<row_id:pk>/reports/", ReportsOfPatient.as_view(), name="api-patient-reports"),
    path("patients/<row_id:pk>/activities/", ActivitiesOfPatient.as_view(), name="api-patient-activities"),
    path("patients/<row_id:pk>/allergies/", AllergiesOfPatient.as_view(), name="api-patient-allergies"),
    path(
        "patients/<row_id:patient_id>/allergies/<row_id:pk>/withdraw/",
        AllergyWithdraw.as_view(),
        name="api-allergy-withdraw",
    ),
    path("patients/<row_id:pk>/conditions/", ConditionsOfPatient.as_view(), name="api-patient-conditions"),
    path(
        "patients/<row_id:patient_id>/conditions/<row_id:pk>/withdraw/",
        ConditionWithdraw.as_view(),
        name="api-condition-withdraw",
    ),
    path("patients/<row_id:pk>/outcomes/", OutcomesOfPatient.as_view(), name="api-patient-outcomes"),
    path("patients/<row_id:pk>/timeline/", TimelineOfPatient.as_view(), name="api-patient-timeline"),
]
_OF_RECORDS: list[URLPattern | URLResolver] = [
    path(
        "appointments/<row_id:pk>/procedure/complication/",
        AddComplication.as_view(),
        name="api-appointment-complication",
    ),
    path(
        "appointments/<row_id:pk>/procedure/correct/",
        ProcedureCorrect.as_view(),
        name="api-appointment-procedure-correct",
    ),
    path(
        "appointments/<row_id:pk>/procedure/report.pdf",
        ProcedureReport.as_view(),
        name="api-appointment-procedure-report",
    ),
    path("appointments/<row_id:pk>/consent/withdrawn/", WithdrawConsent.as_view(), name="api-consent-withdraw"),
    path("appointments/<row_id:pk>/consent/again/", AgreeAgain.as_view(), name="api-consent-again"),
    path("incidents/", Incidents.as_view(), name="api-incidents"),
    path("sites/", Sites.as_view(), name="api-sites"),
    path("drugs/", Drugs.as_view(), name="api-drugs"),
    path("drugs/<row_id:pk>/", OneDrug.as_view(), name="api-drug"),
    path("injections/<row_id:pk>/", OneInjection.as_view(), name="api-injection"),
    path("injections/<row_id:pk>/correct/", InjectionCorrect.as_view(), name="api-injection-correct"),
    path("injections/<row_id:pk>/withdraw/", InjectionWithdraw.as_view(), name="api-injection-withdraw"),
    path("reports/<row_id:pk>/", OneReport.as_view(), name="api-report"),
    path("reports/<row_id:pk>/correct/", ReportCorrect.as_view(), name="api-report-correct"),
    path("reports/<row_id:pk>/withdraw/", ReportWithdraw.as_view(), name="api-report-withdraw"),
    path("activities/<row_id:pk>/", OneActivity.as_view(), name="api-activity"),
    path("calls/", Calls.as_view(), name="api-calls"),
    path("waitlist/", WaitingList.as_view(), name="api-waitlist"),
    path("waitlist/matches/", Matches.as_view(), name="api-waitlist-matches"),
    path("waitlist/free-times/", FreeTimes.as_view(), name="api-waitlist-free-times"),
    path("waitlist/<row_id:pk>/", OneWish.as_view(), name="api-waitlist-wish"),
    path("waitlist/<row_id:pk>/offer/", OfferToWaiting.as_view(), name="api-waitlist-offer"),
    path("waitlist/<row_id:pk>/offer/answer/", AnswerToOffer.as_view(), name="api-waitlist-offer-answer"),
    path("recalls/", Recalls.as_view(), name="api-recalls"),
    path("appointments/<row_id:pk>/recalled/", AppointmentRecalled.as_view(), name="api-appointment-recalled"),
    path("calls/<row_id:pk>/close/", CloseCall.as_view(), name="api-call-close"),
    path("calls/<row_id:pk>/attempt/", AttemptCall.as_view(), name="api-call-attempt"),
]
_OF_APPOINTMENTS: list[URLPattern | URLResolver] = [
    path("assessments/", Assessments.as_view(), name="api-assessments"),
    path("slots/", Slots.as_view(), name="api-slots"),
    path("holds/", Holds.as_view(), name="api-holds"),
    path("holds/<row_id:pk>/", OneHold.as_view(), name="api-hold"),
    path("series/", SeriesBooking.as_view(), name="api-series"),
    path("series/check/", SeriesCheck.as_view(), name="api-series-check"),
    path("series/<row_id:pk>/", OneSeries.as_view(), name="api-series-one"),
    path("series/<row_id:pk>/move/", MoveRest.as_view(), name="api-series-move"),
    path("series/<row_id:pk>/cancel/", CancelRest.as_view(), name="api-series-cancel"),
    path("statistics/<slug:name>/", Statistics.as_view(), name="api-statistic"),
    path("reviews/", Reviews.as_view(), name="api-reviews"),
    path("reviews/milder/", MilderVerdicts.as_view(), name="api-milder-verdicts"),
    path("reviews/milder/<row_id:pk>/seen/", MilderVerdictSeen.as_view(), name="api-milder-verdict-seen"),
    path("classes/<row_id:pk>/", OneClass.as_view(), name="api-class"),
    path("classes/<row_id:pk>/move/", MoveClass.as_view(), name="api-class-move"),
    path("classes/<row_id:pk>/cancel/", CancelClass.as_view(), name="api-class-cancel"),
    path("classes/<row_id:pk>/places/", ClassPlaces.as_view(), name="api-class-places"),
    path("appointments/", Appointments.as_view(), name="api-appointments"),
    path("appointments/<row_id:pk>/", OneAppointment.as_view(), name="api-appointment"),
    *(
        path(f"appointments/<row_id:pk>/{word}/", view.as_view(), name=f"api-appointment-{word}")
        for word, view in (
            ("move", Move),
            ("cancel", Cancel),
            ("targets", AddTargets),
            ("arrive", Arrive),
            ("no-show", NoShow),
            ("undo", Undo),
            ("entered-in-error", EnterInError),
            ("decision", Decide),
            ("procedure", ProcedureOfVisit),
            ("decisions", Decisions),
            ("answer", AnswerInformation),
            ("letter", LettersOfVisit),
        )
    ),
]
urlpatterns = [*_OF_PATIENTS, *_OF_RECORDS, *_OF_APPOINTMENTS]

"""The endpoints of this half, under /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from injections.api import (
    activities,
    answers,
    appointments,
    calls,
    history,
    offers,
    patients,
    procedure,
    reports,
    reviews,
    statistics,
    timeline,
)
from scheduling.api import addresses  # noqa: F401 - makes the converter row_id known

_OF_PATIENTS: list[URLPattern | URLResolver] = [
    path("patients/", patients.Patients.as_view(), name="api-patients"),
    path("patients/search/", patients.PatientSearch.as_view(), name="api-patient-search"),
    path("patients/<row_id:pk>/", patients.OnePatient.as_view(), name="api-patient"),
    path("patients/<row_id:pk>/merge/", patients.PatientMerge.as_view(), name="api-patient-merge"),
    path(
        "patients/<row_id:pk>/injections/",
        history.InjectionsOfPatient.as_view(),
        name="api-patient-injections",
    ),
    path(
        "patients/<row_id:pk>/screening/",
        answers.ScreeningOfPatient.as_view(),
        name="api-patient-screening",
    ),
    path("patients/<row_id:pk>/pathway/", answers.PathwayOfPatient.as_view(), name="api-patient-pathway"),
    path("patients/<row_id:pk>/reports/", reports.ReportsOfPatient.as_view(), name="api-patient-reports"),
    path(
        "patients/<row_id:pk>/activities/",
        activities.ActivitiesOfPatient.as_view(),
        name="api-patient-activities",
    ),
    path("patients/<row_id:pk>/timeline/", timeline.TimelineOfPatient.as_view(), name="api-patient-timeline"),
]
_OF_RECORDS: list[URLPattern | URLResolver] = [
    path("sites/", history.Sites.as_view(), name="api-sites"),
    path("injections/<row_id:pk>/", history.OneInjection.as_view(), name="api-injection"),
    path("injections/<row_id:pk>/correct/", history.InjectionCorrect.as_view(), name="api-injection-correct"),
    path(
        "injections/<row_id:pk>/withdraw/",
        history.InjectionWithdraw.as_view(),
        name="api-injection-withdraw",
    ),
    path("reports/<row_id:pk>/", reports.OneReport.as_view(), name="api-report"),
    path("activities/<row_id:pk>/", activities.OneActivity.as_view(), name="api-activity"),
    path("calls/", calls.Calls.as_view(), name="api-calls"),
    path("calls/<row_id:pk>/close/", calls.CloseCall.as_view(), name="api-call-close"),
]
_OF_APPOINTMENTS: list[URLPattern | URLResolver] = [
    path("assessments/", offers.Assessments.as_view(), name="api-assessments"),
    path("slots/", offers.Slots.as_view(), name="api-slots"),
    path("statistics/<slug:name>/", statistics.Statistics.as_view(), name="api-statistic"),
    path("reviews/", reviews.Reviews.as_view(), name="api-reviews"),
    path("appointments/", appointments.Appointments.as_view(), name="api-appointments"),
    path("appointments/<row_id:pk>/", appointments.OneAppointment.as_view(), name="api-appointment"),
    *(
        path(f"appointments/<row_id:pk>/{word}/", view.as_view(), name=f"api-appointment-{word}")
        for word, view in (
            ("move", appointments.Move),
            ("cancel", appointments.Cancel),
            ("arrive", appointments.Arrive),
            ("no-show", appointments.NoShow),
            ("undo", appointments.Undo),
            ("entered-in-error", appointments.EnterInError),
            ("decision", reviews.Decide),
            ("procedure", procedure.RecordProcedure),
        )
    ),
]
urlpatterns = [*_OF_PATIENTS, *_OF_RECORDS, *_OF_APPOINTMENTS]

"""The policy on top of the diary: may this happen, who must look, what was done, what follows."""

from django.apps import AppConfig


class InjectionsConfig(AppConfig):
    name = "injections"
    verbose_name = "Injections"

    def ready(self) -> None:
        """Tell the mechanism what it is not to know by itself; register the check of the clinic's thresholds."""
        # models cannot be imported any earlier
        from injections import audit_words, checks, transitions, visit_kinds  # noqa: F401, PLC0415
        from injections.assessment import evidence_words, superseding  # noqa: PLC0415
        from injections.assessment.alerts import alerts_about  # noqa: PLC0415
        from injections.booking.series import audit_words as series_words  # noqa: PLC0415
        from injections.booking.waiting_list import audit_words as waiting_words  # noqa: PLC0415
        from injections.booking.waiting_list import kinds as offers  # noqa: PLC0415
        from injections.booking.waiting_list import wished  # noqa: PLC0415
        from injections.doors.cds_hooks import audit_words as cds_words  # noqa: PLC0415
        from injections.doors.cds_hooks.api import of_refusal as cds_refusal  # noqa: PLC0415
        from injections.doors.fhir import audit_words as fhir_words  # noqa: PLC0415
        from injections.doors.fhir import outcome as fhir  # noqa: PLC0415
        from injections.doors.records.coming import audit_words as coming_words  # noqa: PLC0415
        from injections.doors.records.leaving import ask as leaving  # noqa: PLC0415
        from injections.doors.records.leaving import audit_words as leaving_words  # noqa: PLC0415
        from injections.letters import audit_words as letter_words  # noqa: PLC0415
        from injections.letters import colleagues  # noqa: PLC0415
        from injections.messages import kinds, staff  # noqa: PLC0415
        from injections.patient.keeping import audit_words as keeping_words  # noqa: PLC0415
        from injections.patient.keeping.table import RIGHTS  # noqa: PLC0415
        from injections.procedure.drugs import keep  # noqa: PLC0415
        from injections.visit import audit_words as visit_words  # noqa: PLC0415
        from injections.visit import webhook_events  # noqa: PLC0415
        from injections.visit.classes import audit_words as class_words  # noqa: PLC0415
        from injections.visit.consent import audit_words as consent_words  # noqa: PLC0415
        from pht_clinic.audit.grants import let_retention  # noqa: PLC0415
        from pht_clinic.web import problem  # noqa: PLC0415
        from pht_clinic.web.dialects import Dialect, speak  # noqa: PLC0415
        from scheduling.clinic.tabs import add_tab  # noqa: PLC0415
        from scheduling.patients import link, restricted, top_of_page  # noqa: PLC0415

        visit_kinds.register_kinds()
        transitions.register_transitions()
        audit_words.register_words()
        evidence_words.register_words()
        series_words.register_words()
        waiting_words.register_words()
        visit_words.register_words()
        class_words.register_words()
        cds_words.register_words()
        letter_words.register_words()
        keeping_words.register_words()
        leaving_words.register_words()
        leaving.register_export()
        coming_words.register_words()
        superseding.register_changes()
        consent_words.register_words()
        fhir_words.register_words()
        webhook_events.register()
        link.lead_to("patient-link", by_code="patient-code", along=("injection_request",))
        top_of_page.tell_at_top(alerts_about)
        kinds.register_kinds()
        staff.register_kinds()
        colleagues.register_kind()
        offers.register_kind()
        add_tab("address-list", "Addresses of colleagues")
        add_tab("retention", "How long records are kept")
        add_tab("clinic-export", "Export")
        add_tab("import-list", "Import of records")
        let_retention(RIGHTS)
        restricted.lead_by("calls", name="call_id")
        restricted.lead_by("clinicalletters", name="letter_id")
        restricted.lead_by("pk", route="api-patient")
        restricted.lead_by("appointments", route="api-appointment")
        speak("/cds-services", Dialect(problem.problem, cds_refusal))
        speak("/fhir/", Dialect(fhir.refused, fhir.of_refusal))
        keep.register_edits()
        wished.register_edits()

"""The report of a procedure over the API, as a PDF."""

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from rest_framework.request import Request

from injections.assessment.visits import find_appointment
from injections.procedure.report.content import report_content, report_html
from injections.procedure.report.pdf import report_pdf
from pht_clinic import clock
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.pdf_files import PdfRenderer, pdf_file


class ProcedureReport(Endpoint):
    """All that is recorded of a procedure as it stands, with its corrections: what the page of the report says."""

    actions = {"GET": "read-records"}
    renderer_classes = [PdfRenderer]

    @operation("read_procedure_report", answer=OpenApiTypes.BINARY)
    def get(self, request: Request, pk: int) -> HttpResponse:
        found = find_appointment(pk)
        html = report_html(report_content(found, now=clock.now()))
        self.shows([found.patient_id])
        return pdf_file(report_pdf(html), f"report-{found.pk}.pdf")

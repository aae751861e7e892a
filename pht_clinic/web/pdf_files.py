"""Answers that are a PDF."""

from typing import Any

from django.http import HttpResponse
from rest_framework.renderers import BaseRenderer

CONTENT_TYPE = "application/pdf"


class PdfRenderer(BaseRenderer):
    """Tells programs, and the schema, that an endpoint answers with a PDF; the endpoint makes it (`pdf_file`)."""

    media_type = CONTENT_TYPE
    format = "pdf"
    charset = None
    render_style = "binary"

    def render(self, data: Any, accepted_media_type: str | None = None, renderer_context: Any = None) -> Any:
        return data


def pdf_file(made: bytes, name: str) -> HttpResponse:
    """Shown in the browser; `name` is that of the file where it is saved, and says nothing of anybody."""
    response = HttpResponse(made, content_type=CONTENT_TYPE)
    response.headers["Content-Disposition"] = f'inline; filename="{name}"'
    return response

"""The forms of an import: the file, and which field each of its columns holds."""

from __future__ import annotations

from typing import Any, Final

from django import forms

from injections.doors.records.coming.columns import ROWS, fields_of
from injections.models import RecordImport
from pht_clinic.errors import field_words
from pht_clinic.web.forms.base import ClinicForm

LEFT_OUT: Final = ("", "Leave it out")


class FileForm(ClinicForm):
    """A file of this computer."""

    file = forms.FileField(
        label="File",
        allow_empty_file=True,
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.jsonl,.ndjson,.json,.txt,text/csv"}),
        help_text="CSV in UTF-8 with the names of its columns on the first line, JSON Lines as a clinic exports them, "
        "or FHIR resources: a Bundle, or a resource a line.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].error_messages["required"] = "Choose the file."


class ColumnField(forms.ChoiceField):
    """What one column holds; `column` is what the file calls it."""

    def __init__(self, *, column: str, **kwargs: Any) -> None:
        super().__init__(label=f"Column “{column}”", required=False, **kwargs)
        self.column = column


class ColumnsForm(ClinicForm):
    """What each line is, and one choice for each column; a column is `column_0`, in the order of the file."""

    rows = forms.ChoiceField(label="What each line is", widget=forms.RadioSelect, choices=list(ROWS.items()))

    def __init__(self, *args: Any, run: RecordImport, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._header = run.header
        choices = [LEFT_OUT, *((name, field_words(name)) for name in _every_field())]
        for at, column in enumerate(run.header):
            chosen = run.columns.get(column, "")
            self.fields[f"column_{at}"] = ColumnField(column=column, choices=choices, initial=chosen)
        self.fields["rows"].initial = run.rows

    hides_optional = True

    def columns(self) -> dict[str, str]:
        """The field of each column, as the use case takes them."""
        return {column: self.cleaned_data[f"column_{at}"] for at, column in enumerate(self._header)}


def _every_field() -> list[str]:
    """Of whatever the lines are: which of them fit is said when they are sent."""
    return list(dict.fromkeys(name for rows in ROWS for name in fields_of(rows)))

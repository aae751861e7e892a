"""From when to when: the filter of the statistics."""

from __future__ import annotations

from datetime import date
from typing import Any

from injections.statistics import CountedDays, period_of
from pht_clinic.web.forms.base import ClinicForm
from pht_clinic.web.forms.fields import DateField


class PeriodForm(ClinicForm):
    """Two local days, both included. The fields are called as in the API: `from` and `to`."""

    def __init__(self, *args: Any, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._today = today
        self.fields["from"] = DateField(label="From", required=False)
        self.fields["to"] = DateField(label="To", required=False)

    def period(self) -> CountedDays:
        """What was asked for; where that makes no sense the usual period, and the form says why."""
        wanted = period_of(None, None, today=self._today)
        if self.is_valid():
            with self.refusals():
                wanted = period_of(self.cleaned_data["from"], self.cleaned_data["to"], today=self._today)
        return wanted

"""Statistics, as JSON or CSV."""

from typing import Any

from django.http import HttpResponseBase
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.statistics import STATISTICS, period_of
from pht_clinic import clock
from pht_clinic.errors import Missing
from pht_clinic.replica.reading import read_aside
from pht_clinic.web.api.bodies import Query
from pht_clinic.web.api.endpoint import Endpoint, operation
from pht_clinic.web.api.fields import Choice, Day
from pht_clinic.web.csv_export import csv_file


class PeriodQuery(Query):
    """`from` and `to` are clinic-local dates, both included; left out, the last 12 weeks."""

    format = Choice(["json", "csv"], required=False, default="json")

    def get_fields(self) -> dict[str, Any]:
        return {"from": Day(required=False), "to": Day(required=False), **super().get_fields()}


class ColumnAnswer(serializers.Serializer[Any]):
    code = serializers.CharField()
    heading = serializers.CharField()


class StatisticAnswer(serializers.Serializer[Any]):
    """A row has one value for each column, in their order."""

    name = serializers.CharField()
    title = serializers.CharField()
    sentence = serializers.CharField()
    columns = ColumnAnswer(many=True)
    rows = serializers.ListField(child=serializers.ListField())

    def get_fields(self) -> dict[str, Any]:
        edges = {"from": serializers.DateField(source="from_on"), "to": serializers.DateField(source="to_on")}
        return {**edges, **super().get_fields()}


class Statistics(Endpoint):
    """appointments, waits, decisions, verdicts, overrides, intervals, messages, procedures, not-given, complications,
    repeats, yearly, calls, recovery, benefit.
    """

    actions = {"GET": "read-statistics"}

    @operation("read_statistic", query=PeriodQuery, answer=StatisticAnswer, file="text/csv")
    def get(self, request: Request, name: str) -> HttpResponseBase:
        wanted = self.query(PeriodQuery)
        if name not in STATISTICS:
            raise Missing("There is no such statistic.")
        period = period_of(wanted.get("from"), wanted.get("to"), today=clock.today())
        found = read_aside(lambda: STATISTICS[name].count(period))
        if wanted["format"] == "csv":
            return csv_file(name, [column.code for column in found.columns], found.rows)
        shown = {
            "name": name,
            "title": STATISTICS[name].title,
            "sentence": found.sentence,
            "columns": found.columns,
            "rows": found.rows,
            "from_on": period.from_on,
            "to_on": period.to_on,
        }
        return Response(StatisticAnswer(shown).data)

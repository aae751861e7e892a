"""Records of one person: reporting, listing, merging, taking a merge back."""

from collections.abc import Sequence
from typing import Any

from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from injections.merging.merge import merge_patients
from injections.merging.unmerge import Undecided, unmerge_patients
from injections.patient.identity_api import changed_answer
from injections.patient.identity_shapes import PatientChangedAnswer
from pht_clinic import clock
from pht_clinic.web.api.bodies import Body, ListQuery
from pht_clinic.web.api.endpoint import Endpoint, operation, page_of
from pht_clinic.web.api.fields import Choice, Id, Instant, Text
from scheduling.models import PossibleDuplicate
from scheduling.patients.duplicates import (
    LONGEST_NOTE,
    Pair,
    dismiss_duplicate,
    pairs_of,
    report_duplicate,
    waiting_duplicates,
)
from scheduling.patients.identity import find_patient
from scheduling.patients.joining import CHOSEN, OTHER, THIS

_KEEP = serializers.DictField(
    child=Choice(choices=[THIS, OTHER]),
    required=False,
    help_text=f"of details that differ ({', '.join(CHOSEN)}): this record's or the other's; left out, the other's",
)


class MergeBody(Body):
    into = Id()
    keep = _KEEP


class UnmergeBody(Body):
    """`assign`: whose each row is that was made since the merge and does not say so: {"appointment:12": "3"}."""

    assign = serializers.DictField(child=Id(), required=False)


class ReportBody(Body):
    patient = Id()
    other = Id()
    note = Text(lines=True, required=False, max_length=LONGEST_NOTE)


class TwoPeopleBody(Body):
    reason = Text(lines=True, max_length=LONGEST_NOTE, help_text="why they are two people")


class DuplicateAnswer(serializers.Serializer[Any]):
    """Two standing records, and what speaks for one person and against it. Found by the search, nobody reported it."""

    id = Id(source="row.pk")
    patient = Id(source="one.pk")
    other = Id(source="other.pk")
    because = serializers.ListField(child=serializers.CharField(), source="likeness.because")
    against = serializers.ListField(child=serializers.CharField(), source="likeness.against")
    is_likely = serializers.BooleanField(source="likeness.is_likely")
    note = serializers.CharField(source="row.note")
    reported_by = serializers.CharField(source="row.noted_by.name", allow_null=True, default=None)
    reported_at = Instant(source="row.noted_at")


class DismissedAnswer(serializers.Serializer[Any]):
    id = Id(source="pk")
    patient = Id(source="one_id")
    other = Id(source="other_id")
    reason = serializers.CharField()
    closed_at = Instant()


class Duplicates(Endpoint):
    """Pairs of records that may be of one person: what waits for a manager, and reporting another pair."""

    actions = {"GET": "decide-duplicate", "POST": "report-duplicate"}

    @operation("list_duplicates", query=ListQuery, answer=page_of(DuplicateAnswer))
    def get(self, request: Request) -> Response:
        self.query(ListQuery)
        return self.listed(waiting_duplicates(), DuplicateAnswer, ordering=("-id",), shown_as=self._shown)

    def _shown(self, rows: Sequence[PossibleDuplicate]) -> list[Pair]:
        pairs = pairs_of(rows)
        self.shows(patient.pk for pair in pairs for patient in pair.patients)
        return pairs

    @operation("report_duplicate", body=ReportBody, answer=DuplicateAnswer, status=201, is_keyed=True)
    def post(self, request: Request) -> Response:
        sent = self.body(ReportBody)
        row = report_duplicate(
            sent["patient"], other_id=sent["other"], note=sent.get("note", ""), by=self.actor, now=clock.now()
        )
        [pair] = pairs_of(PossibleDuplicate.objects.filter(pk=row.pk).select_related(*_ALONG))
        self.shows(patient.pk for patient in pair.patients)
        return Response(DuplicateAnswer(pair).data, status=201)


_ALONG = ("one__merged_into", "other__merged_into", "noted_by")


class DuplicateDismiss(Endpoint):
    """Two records on the list are of two people: the pair leaves it, and the search does not find it again."""

    actions = {"POST": "decide-duplicate"}

    @operation("dismiss_duplicate", body=TwoPeopleBody, answer=DismissedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        row = dismiss_duplicate(pk, reason=self.body(TwoPeopleBody)["reason"], by=self.actor, now=clock.now())
        self.shows([row.one_id, row.other_id])
        return Response(DismissedAnswer(row).data)


class PatientMerge(Endpoint):
    """Joins this record with the one it duplicates; everything counts for `into` from now on."""

    actions = {"POST": "merge-patients"}

    @operation("merge_patient", body=MergeBody, answer=PatientChangedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        sent = self.body(MergeBody)
        merged = merge_patients(pk, into_id=sent["into"], keep=sent.get("keep"), by=self.actor, now=clock.now())
        self.shows([pk, sent["into"]])
        return Response(changed_answer(self, merged))


class PatientUnmerge(Endpoint):
    """Takes the merge of this record back, within 30 days: both stand again, with their histories as they were.

    What came between goes to the one it belongs to; of what does not say so a 409 lists the rows in `undecided`.
    """

    actions = {"POST": "unmerge-patients"}

    @operation("unmerge_patient", body=UnmergeBody, answer=PatientChangedAnswer, is_keyed=True)
    def post(self, request: Request, pk: int) -> Response:
        assign, pair = self.body(UnmergeBody).get("assign"), {pk, find_patient(pk).kept_id}
        try:
            done = unmerge_patients(pk, assign=assign, by=self.actor, now=clock.now())
        except Undecided:
            self.shows(pair)
            raise
        self.shows(pair)
        return Response(changed_answer(self, done))

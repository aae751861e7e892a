"""The tables of this half, by topic."""

from injections.models.afterwards import Call, CallAttempt, Recall, RecoveryAnswer
from injections.models.assessment import Assessment, Decision, InformationAnswer, WaitingFor
from injections.models.cds import CdsCard, CdsFeedback
from injections.models.coming import ColumnNames, ImportLine, ImportPart, RecordImport, UnjudgedPatient
from injections.models.conditions import AllergyIntolerance, Condition
from injections.models.consent import ConsentWithdrawal
from injections.models.drugs import Drug, DrugBox
from injections.models.injection import Complication, Incident, Injection, InjectionQuerySet, ProcedureDraft
from injections.models.letters import ClinicalLetter, ConfirmedAddress, PhysiotherapyArranged
from injections.models.milder import MilderVerdict
from injections.models.outcome import OutcomeMeasure, VisaScore
from injections.models.patient import ImagingReport, Note, Pathway, PlannedActivity, Screening
from injections.models.recorded import ByAreaAndSide, Recorded
from injections.models.request import InjectionRequest
from injections.models.retention import RetentionRun
from injections.models.turns import FailedTry
from injections.models.waiting import WaitingOffer, WaitingWish

__all__ = [
    "AllergyIntolerance",
    "Assessment",
    "ByAreaAndSide",
    "Call",
    "CallAttempt",
    "CdsCard",
    "CdsFeedback",
    "ClinicalLetter",
    "ColumnNames",
    "Complication",
    "Condition",
    "ConfirmedAddress",
    "ConsentWithdrawal",
    "Decision",
    "Drug",
    "DrugBox",
    "FailedTry",
    "ImagingReport",
    "ImportLine",
    "ImportPart",
    "Incident",
    "InformationAnswer",
    "Injection",
    "InjectionQuerySet",
    "InjectionRequest",
    "MilderVerdict",
    "Note",
    "OutcomeMeasure",
    "Pathway",
    "PhysiotherapyArranged",
    "PlannedActivity",
    "ProcedureDraft",
    "Recall",
    "RecordImport",
    "Recorded",
    "RecoveryAnswer",
    "RetentionRun",
    "Screening",
    "UnjudgedPatient",
    "VisaScore",
    "WaitingFor",
    "WaitingOffer",
    "WaitingWish",
]

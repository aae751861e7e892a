"""The code systems and identifiers of FHIR resources that are this product's own: one table. Data.

They name the same thing whatever address a clinic has. What has a published code has that one, and our codes for what
the rules judge stand in the table of codes (`injections/doors/coded/`); these are for the rest.
"""

from __future__ import annotations

from typing import Final

from injections.doors.coded.own import system_of

DECISION: Final = system_of("decision")
"""What a radiologist decided: the codes of `Decision.Outcome`."""
NOT_GIVEN: Final = system_of("not-given-because")
"""Why nothing was injected: the codes of `Injection.NotGivenBecause`."""
COMPLICATION: Final = system_of("complication")
"""What came of an injection: the codes of `Complication.Kind`."""
IMAGING: Final = system_of("imaging")
"""What an imaging report says beside the rules' own findings: the names of its fields."""
CALL: Final = system_of("call")
"""Why somebody is phoned: the codes of `Call.Why`."""
CALL_REACHED: Final = system_of("call-reached")
"""Whom a call reached: the codes of `Call.Reached`."""
AUDIT: Final = system_of("audit")
"""What was done or seen: the verbs of the audit trail."""
ROLE: Final = system_of("role")
"""Roles of people who work here."""
DOOR: Final = system_of("door")
"""Where somebody came in: page, api, link, task, command."""
ACTOR: Final = system_of("actor")
"""Who did something: user, system, patient, operator, stranger."""
ANSWER: Final = system_of("answer")
"""What was answered to a question: the codes of the question's own list."""
PROCEDURE_RECORDED: Final = "http://hl7.org/fhir/5.0/StructureDefinition/extension-Procedure.recorded"
"""`Procedure.recorded` of R5 in R4: when it was recorded, which bounds a date that is known only in part."""
EVIDENCE: Final = system_of("evidence")
"""Names of the values on which a finding rests."""

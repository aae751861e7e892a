"""What other systems say in FHIR and in codes, as facts that the rules judge. Pure: no database, no clock."""

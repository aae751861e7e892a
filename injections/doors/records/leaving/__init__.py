"""Everything of one patient, or of the clinic, as a file that another program reads. docs/doors/records.md."""

"""CDS Hooks 2.0: other record systems ask the checker while somebody books or opens a patient there."""

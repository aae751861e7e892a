"""What was typed into a form survives the end of a session: kept encrypted, given back for 24 hours."""

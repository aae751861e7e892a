"""What an API token may be narrowed to; which actions each reaches, `pht_clinic.permissions` says."""

READ = "read"
BOOK = "book"
DECIDE = "decide"

SCOPES = (READ, BOOK, DECIDE)
SCOPE_CHOICES = [(READ, "Read"), (BOOK, "Read and book"), (DECIDE, "Read, book and decide")]

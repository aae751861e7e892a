"""How often a password may be guessed: limits that nobody can turn against whom they protect."""

"""How people sign in: passwords and their limits, the second factor, and confirming who sits there."""

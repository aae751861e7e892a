"""The second factor on pages: setting one up, being asked for it, and nothing else before that."""

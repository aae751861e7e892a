"""Twelve patients with a story: who they are, what each shows, and how they come to be. The same at every start."""

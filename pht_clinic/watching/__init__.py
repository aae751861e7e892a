"""What whoever runs the server can see of it: counts, error reports, traces. Never anything of a patient."""

"""Early pytest plugin."""

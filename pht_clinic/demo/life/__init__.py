"""A year of the demo's clinic, played: all of it happens through the use cases, at the time that it is said of."""

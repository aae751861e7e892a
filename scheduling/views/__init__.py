"""Pages of the mechanism half: messages, and what the clinic consists of."""

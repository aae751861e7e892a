"""What happened is told to addresses of other systems, by an outbox of its own: signed, tried again, ids only."""

"""Records that come in, and that leave: how long it takes, and with how much memory."""

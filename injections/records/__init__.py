"""Records that come from elsewhere, and records that leave: files of many people."""

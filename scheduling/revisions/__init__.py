"""Nobody overwrites what they did not see: revisions of records that forms edit."""

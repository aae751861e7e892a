"""What sends mails beside ours, and what takes them: processes of the measurements outbox, kills and idle."""

"""The sections of the batch check, as stored and as sent: parsed by the rules' own parser, refused in the house's words."""

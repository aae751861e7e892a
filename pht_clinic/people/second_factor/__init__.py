"""The second factor: who needs one, who has one, and how what it is made from lies in the database."""

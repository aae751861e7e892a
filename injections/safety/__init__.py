"""The safety rules: plain functions over frozen values. No ORM, no clock, no log in here."""

"""The clinic’s list of drugs: keeping it, and the box of each that is in use today."""

"""A copy of the database that answers what takes long: statistics and exports. Nothing else ever reads it."""

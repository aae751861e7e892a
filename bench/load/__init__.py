"""A clinic under load: what pages and bookings cost beside years of visits, and how many desks a machine carries."""

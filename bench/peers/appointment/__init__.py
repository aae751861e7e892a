"""What booking is measured against: django-appointment, where staff book a client by one request of its own script.

It writes a request and an appointment, and looks at no other: that a time is taken, its list of free times says.
"""

"""Several clinics on one server: each has a database, roles, keys and a part of the broker of its own. No Django.

What is made and upgraded here runs in processes of its own, each with the environment of one clinic.
"""

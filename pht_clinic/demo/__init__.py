"""Servers, processes and personas for `make demo` and for the tests; nothing in the product imports this."""

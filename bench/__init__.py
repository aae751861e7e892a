"""Measurements: ratios within one run against something that does less or does it plainly. Nothing here is a test."""

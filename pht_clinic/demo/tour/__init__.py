"""The demo's own pages, at /demo/: who to be, a story in six steps, the clock, the inbox, starting over.

Only the demo has them: its Django settings (`clinic_settings.py`) add the addresses, and refuse every other start.
"""

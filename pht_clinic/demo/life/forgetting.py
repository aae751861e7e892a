"""A mail server that takes every mail and forgets it: the demo's inbox is for what comes from now on. No Django."""

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from pht_clinic.demo.services import free_port


class Forgetting:
    """Takes every mail."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # aiosmtpd's name
        """Take one mail, and forget it."""
        return "250 Forgotten"


def forget_mails() -> str:
    """Start it in a thread of this process, and return its address as EMAIL_URL has it."""
    port = free_port()
    Controller(Forgetting(), hostname="127.0.0.1", port=port, ready_timeout=20, server_hostname="localhost").start()
    return f"smtp://127.0.0.1:{port}"

"""What a command on several clinics says instead of doing its work."""


class ClinicsError(Exception):
    """A plain sentence for whoever runs the servers, without any secret."""

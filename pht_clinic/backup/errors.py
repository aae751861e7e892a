"""Why a backup was not taken, or does not come back."""


class BackupError(Exception):
    """One sentence for whoever runs the clinic's servers; it holds no row's values."""

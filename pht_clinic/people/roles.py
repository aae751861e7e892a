"""What a person may be at the clinic. Someone without a role may sign in and sees nothing."""

RECEPTION = "reception"
RADIOLOGIST = "radiologist"
MANAGER = "manager"

ROLES = (RECEPTION, RADIOLOGIST, MANAGER)
EVERY_ROLE = frozenset(ROLES)
ROLE_CHOICES = [(RECEPTION, "Reception"), (RADIOLOGIST, "Radiologist"), (MANAGER, "Manager")]

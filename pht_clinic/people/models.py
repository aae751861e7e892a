"""Users, who sign in by email, and their API tokens."""

from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Lower, Now
from django.utils.crypto import salted_hmac

from pht_clinic.people.roles import MANAGER, ROLE_CHOICES, ROLES
from pht_clinic.people.scopes import SCOPE_CHOICES, SCOPES


class UserManager(BaseUserManager["User"]):
    """Creates users; an email address is stored in lower case, so that it is unique whatever its case."""

    use_in_migrations = True

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A user with this address; without a password nobody can sign in as them."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """A manager who may also look at the read-only admin."""
        fields = {"role": MANAGER, "is_staff": True, "is_superuser": True, **fields}
        return self.create_user(email, password, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """Somebody who works at the clinic, or a program of the clinic that uses the API."""

    email = models.EmailField("email address", unique=True)
    name = models.CharField(max_length=150, blank=True)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES, blank=True, default="")
    is_active = models.BooleanField("may sign in", default=True)
    is_staff = models.BooleanField("may see the read-only admin", default=False)
    joined_at = models.DateTimeField(db_default=Now(), editable=False)
    password_is_given = models.BooleanField(
        "password given by a manager",
        default=False,
        db_default=False,
        help_text="Must be replaced by one of their own before anything else.",
    )
    given_password_ends_at = models.DateTimeField(
        null=True, editable=False, help_text="Until then a given password lets its owner in, once."
    )
    second_factor_required = models.BooleanField(
        default=False, db_default=False, help_text="Whatever is said of their role."
    )
    session_epoch = models.PositiveIntegerField(
        default=0, db_default=0, editable=False, help_text="Raised to end every session that began before."
    )
    revision = models.PositiveIntegerField(default=1, db_default=1, editable=False)
    mails = ArrayField(
        models.CharField(max_length=20),
        default=list,
        db_default=[],
        blank=True,
        editable=False,
        verbose_name="emails",
        help_text="The emails to staff that this person has chosen.",
    )

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = UserManager()

    class Meta:
        ordering = ("email",)
        constraints = [
            models.CheckConstraint(condition=models.Q(email=Lower("email")), name="people_user_email_lower_case"),
            models.CheckConstraint(condition=models.Q(role__in=["", *ROLES]), name="people_user_role_known"),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.email = self.email.strip().lower()
        super().save(*args, **kwargs)

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """What a session must match: it ends with a new password, and with a new epoch."""
        value = f"{self.password}:{self.session_epoch}"
        return salted_hmac("pht_clinic.people.models.User", value, secret=secret, algorithm="sha256").hexdigest()

    def get_full_name(self) -> str:
        return self.name or self.email

    def get_short_name(self) -> str:
        return self.name or self.email


class ApiToken(models.Model):
    """A secret with which a program acts as its user; only the SHA-256 digest of it is stored."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_tokens")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    expires_at = models.DateTimeField()
    last_used_on = models.DateField(null=True, blank=True, editable=False)
    scope = models.CharField(
        max_length=10, choices=SCOPE_CHOICES, blank=True, default="", db_default="", help_text="What it is narrowed to."
    )

    class Meta:
        ordering = ("-created_at",)
        constraints = [
            models.CheckConstraint(condition=models.Q(scope__in=["", *SCOPES]), name="people_token_scope_known")
        ]

    def __str__(self) -> str:
        return f"token {self.pk} of {self.user_id}"

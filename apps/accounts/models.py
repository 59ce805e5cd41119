"""People who use the system. An account knows no study and no site: what somebody may do is a delegation."""

from __future__ import annotations

from typing import Any

import pghistory
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.db.models.functions import Lower

from apps.core.models import Identified


class UserManager(BaseUserManager["User"]):
    """Makes accounts with a normalized e-mail address."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        """Create an account; without a password nobody can sign in to it."""
        user = self.model(email=self.normalize_email(email).strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str, **fields: Any) -> User:
        """Create an operator of the installation. This gives no right in any study."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> User:
        """Look an account up as people type it."""
        return self.get(email__iexact=(username or "").strip())


@pghistory.track(exclude=["password", "last_login", "pin", "pin_failures"])
class User(Identified, AbstractBaseUser, PermissionsMixin):
    """One person, never shared, never reassigned (21 CFR 11.100(a)). Signs in by e-mail address."""

    email = models.EmailField(unique=True)
    full_name = models.CharField(max_length=200)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    #: A hash, as of a password; empty: none was chosen. Opens a locked screen, nothing else.
    pin = models.CharField(max_length=128, default="", blank=True)
    pin_failures = models.PositiveSmallIntegerField(default=0)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["full_name"]

    objects = UserManager()

    class Meta:
        constraints = [
            models.UniqueConstraint(Lower("email"), name="accounts_user_email_is_one_person"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    def get_full_name(self) -> str:
        return self.full_name

    def get_short_name(self) -> str:
        return self.full_name.split(" ")[0] if self.full_name else self.email

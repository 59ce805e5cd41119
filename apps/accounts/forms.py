"""The sign-in form."""

from __future__ import annotations

from django import forms
from django.contrib.auth.forms import AuthenticationForm

from apps.accounts.domain.pins import LONGEST, SHORTEST


class SignInForm(AuthenticationForm):
    """E-mail address and password; managers and passkeys of the browser may fill it (WCAG 3.3.8)."""

    username = forms.EmailField(
        label="E-mail address",
        max_length=254,
        widget=forms.EmailInput(attrs={"autofocus": True, "autocomplete": "username"}),
    )
    error_messages = {
        "invalid_login": "The e-mail address or the password is not right.",
        "inactive": "The e-mail address or the password is not right.",
    }


class PinForm(forms.Form):
    """A new PIN, twice, and the password that says it is you."""

    pin = forms.CharField(
        label="New PIN",
        help_text=f"{SHORTEST} to {LONGEST} figures. It opens a screen of yours that has locked, and nothing else.",
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    again = forms.CharField(
        label="New PIN once more",
        max_length=LONGEST,
        widget=forms.PasswordInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    password = forms.CharField(
        label="Your password",
        max_length=256,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )

    def clean_again(self) -> str:
        """The same figures twice."""
        again: str = self.cleaned_data["again"]
        if again != self.cleaned_data.get("pin", again):
            raise forms.ValidationError("The two PINs differ.")
        return again


class UnlockForm(forms.Form):
    """A PIN or a password, and where to go on."""

    secret = forms.CharField(max_length=256, strip=False)
    next = forms.CharField(max_length=500, required=False)

"""Signing in and out."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from apps.accounts import services
from apps.accounts.forms import SignInForm
from apps.accounts.selectors import sign_in_name, system_user


class SignIn(views.LoginView):
    """The door. It says the same for a wrong address and a wrong password."""

    template_name = "accounts/sign_in.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True

    def form_valid(self, form: AuthenticationForm) -> HttpResponse:
        user = form.get_user()
        address = self.request.META.get("REMOTE_ADDR", "")
        services.sign_in_record(user=user, address=address, by=user, at=timezone.now())
        return super().form_valid(form)

    def form_invalid(self, form: AuthenticationForm) -> HttpResponse:
        services.sign_in_failure_record(
            email=sign_in_name(self.request, None),
            address=self.request.META.get("REMOTE_ADDR", ""),
            by=system_user(),
            at=timezone.now(),
        )
        return super().form_invalid(form)


class SignOut(views.LogoutView):
    """The way out; only by POST, so that no link can throw anybody out."""

    http_method_names = ["post", "options"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.user.is_authenticated:
            services.sign_out_record(user=request.user, by=request.user, at=timezone.now())
        return super().post(request, *args, **kwargs)

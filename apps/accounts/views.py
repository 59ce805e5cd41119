"""Signing in and out, and the lock of a screen between the two."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout, views
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.mixins import LoginRequiredMixin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.views import View
from django.views.decorators.http import require_POST

from apps.accounts import services
from apps.accounts.forms import PinForm, SignInForm, UnlockForm
from apps.accounts.selectors import LOCKED_AT, LOCKED_FOR, sign_in_name, system_user
from apps.core.api.problems import problem_refusal
from apps.core.exceptions import Refused

CAUSES = {"idle", "asked", "offline", "ward"}


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
        return _cleared(super().post(request, *args, **kwargs))


def _cleared(answer: HttpResponse) -> HttpResponse:
    # Never "storage": what a colleague entered and the server has not got yet lies there.
    answer["Clear-Site-Data"] = '"cache"'
    return answer


def _is_script(request: HttpRequest) -> bool:
    return request.headers.get("X-Requested-With") == "vigil-lock"


def _onward(request: HttpRequest, wanted: str) -> str:
    """Return an address of our own to go on to, never a stranger's."""
    safe = url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}, require_https=False)
    return wanted if wanted and safe else resolve_url(settings.LOGIN_REDIRECT_URL)


@require_POST
@login_required
def lock(request: HttpRequest) -> HttpResponse:
    """Lock this screen: from now on this sign-in does nothing but open it again, and take what was entered before."""
    if LOCKED_AT not in request.session:
        now = timezone.now()
        cause = request.POST.get("cause", "")
        cause = cause if cause in CAUSES else "asked"
        services.screen_lock_record(user=request.user, cause=cause, by=request.user, at=now)
        request.session[LOCKED_AT] = now.isoformat()
        request.session[LOCKED_FOR] = cause
    if _is_script(request):
        return HttpResponse(status=204)
    return redirect(f"{reverse('accounts:locked')}?{urlencode({'next': request.POST.get('next', '')})}")


class Locked(LoginRequiredMixin, View):
    """The locked screen, and opening it by PIN or password."""

    def get(self, request: HttpRequest) -> HttpResponse:
        onward = _onward(request, request.GET.get("next", ""))
        if LOCKED_AT not in request.session:
            return redirect(onward)
        return render(request, "accounts/lock_screen.html", {"next": onward})

    def post(self, request: HttpRequest) -> HttpResponse:
        form = UnlockForm(request.POST)
        onward = _onward(request, request.POST.get("next", ""))
        try:
            secret = form.cleaned_data["secret"] if form.is_valid() else ""
            services.screen_unlock(user=request.user, secret=secret, by=request.user, at=timezone.now())
        except Refused as refusal:
            if _is_script(request):
                return problem_refusal(refusal)
            context = {"next": onward, "refusal": refusal}
            return render(request, "accounts/lock_screen.html", context, status=refusal.status)
        request.session.pop(LOCKED_AT, None)
        request.session.cycle_key()
        return HttpResponse(status=204) if _is_script(request) else redirect(onward)


@require_POST
@login_required
def hand_over(request: HttpRequest) -> HttpResponse:
    """Somebody else takes the tablet: the sign-in before ends, and they sign in as themselves."""
    services.sign_out_record(user=request.user, by=request.user, at=timezone.now())
    onward = request.POST.get("next", "")
    logout(request)
    return _cleared(redirect(f"{reverse('accounts:sign_in')}?{urlencode({'next': onward})}"))


class PinPage(LoginRequiredMixin, View):
    """One's own PIN: chosen with the password, never shown."""

    def get(self, request: HttpRequest) -> HttpResponse:
        return render(request, "accounts/pin.html", {"form": PinForm(), "title": "Choose a PIN"})

    def post(self, request: HttpRequest) -> HttpResponse:
        form, refusal = PinForm(request.POST), None
        if form.is_valid():
            given, now = form.cleaned_data, timezone.now()
            try:
                services.signature_check(
                    user=request.user, password=given["password"], meaning="pin.set", at=now
                )
                services.pin_set(user_id=request.user.pk, pin=given["pin"], by=request.user, at=now)
            except Refused as fault:
                refusal = fault
            else:
                messages.success(request, "Your PIN opens this screen from now on.")
                return redirect(settings.LOGIN_REDIRECT_URL)
        status = refusal.status if refusal else 422
        context = {"form": form, "refusal": refusal, "title": "Choose a PIN"}
        return render(request, "accounts/pin.html", context, status=status)

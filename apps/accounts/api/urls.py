from django.urls import path

from apps.accounts.api import views

urlpatterns = [
    path("auth/token/", views.TokenCreate.as_view(), name="api_token_create"),
    path("auth/token/revoke/", views.TokenRevoke.as_view(), name="api_token_revoke"),
    path("me/", views.Me.as_view(), name="api_me"),
]

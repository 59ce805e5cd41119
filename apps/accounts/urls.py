from django.urls import path

from apps.accounts import views

app_name = "accounts"

urlpatterns = [
    path("sign-in/", views.SignIn.as_view(), name="sign_in"),
    path("account/pin/", views.PinPage.as_view(), name="pin"),
    path("lock/", views.lock, name="lock"),
    path("locked/", views.Locked.as_view(), name="locked"),
    path("locked/hand-over/", views.hand_over, name="hand_over"),
    path("sign-out/", views.SignOut.as_view(), name="sign_out"),
]

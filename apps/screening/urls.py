from django.urls import path

from apps.screening import views

app_name = "screening"

urlpatterns = [
    path("<uuid:participant_id>/", views.detail, name="detail"),
    path("<uuid:participant_id>/open/", views.begin, name="open"),
    path("<uuid:participant_id>/check/", views.check, name="check"),
    path("<uuid:participant_id>/sign/", views.sign, name="sign"),
    path("<uuid:participant_id>/reopen/", views.reopen, name="reopen"),
    path("<uuid:participant_id>/<slug:slug>/", views.section, name="section"),
]

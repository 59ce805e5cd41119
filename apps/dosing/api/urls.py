from django.urls import path

from apps.dosing.api import views

_ONE = "sessions/<uuid:session_id>/"

urlpatterns = [
    path("sessions/", views.SessionList.as_view(), name="api_session_list"),
    path(_ONE, views.SessionDetail.as_view(), name="api_session_detail"),
    path(f"{_ONE}gates/", views.SessionGates.as_view(), name="api_session_gates"),
    path(
        f"{_ONE}gates/<str:gate>/override/", views.SessionGateOverride.as_view(), name="api_session_override"
    ),
    path(f"{_ONE}clear/", views.SessionClear.as_view(), name="api_session_clear"),
    path(f"{_ONE}dose/", views.SessionDose.as_view(), name="api_session_dose"),
    path(f"{_ONE}sprays/", views.SessionSpray.as_view(), name="api_session_spray"),
    path(f"{_ONE}devices/<int:ordinal>/close/", views.DeviceClose.as_view(), name="api_session_device_close"),
    path(f"{_ONE}stop/", views.SessionStop.as_view(), name="api_session_stop"),
]

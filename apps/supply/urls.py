from django.urls import path

from apps.supply import views

app_name = "supply"

urlpatterns = [
    path("", views.stock, name="list"),
    path("kits/<uuid:kit_id>/", views.kit, name="kit"),
    path("handover/<uuid:participant_id>/", views.handover, name="handover"),
]

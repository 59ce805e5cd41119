from django.urls import path

from apps.supply.api import views

urlpatterns = [
    path("randomizations/", views.RandomizationList.as_view(), name="api_randomization_list"),
    path(
        "randomizations/<uuid:allocation_id>/",
        views.RandomizationDetail.as_view(),
        name="api_randomization_detail",
    ),
    path("kits/", views.KitList.as_view(), name="api_kit_list"),
    path("kits/<uuid:kit_id>/", views.KitDetail.as_view(), name="api_kit_detail"),
    path("kits/<uuid:kit_id>/return/", views.KitReturn.as_view(), name="api_kit_return"),
    path("kits/<uuid:kit_id>/quarantine/", views.KitQuarantine.as_view(), name="api_kit_quarantine"),
    path("kits/<uuid:kit_id>/release/", views.KitRelease.as_view(), name="api_kit_release"),
]

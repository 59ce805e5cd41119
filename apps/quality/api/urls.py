from django.urls import path

from apps.quality.api import views

urlpatterns = [
    path("deviations/", views.DeviationList.as_view(), name="api_deviation_list"),
    path("deviations/<uuid:deviation_id>/", views.DeviationDetail.as_view(), name="api_deviation_detail"),
    path(
        "deviations/<uuid:deviation_id>/assessment/",
        views.DeviationAssess.as_view(),
        name="api_deviation_assess",
    ),
    path(
        "deviations/<uuid:deviation_id>/signature/", views.DeviationSign.as_view(), name="api_deviation_sign"
    ),
]

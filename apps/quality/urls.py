from django.urls import path

from apps.quality import views

app_name = "quality"

urlpatterns = [
    path("", views.deviation_list, name="list"),
    path("deviations.csv", views.deviation_csv, name="csv"),
    path("new/<uuid:participant_id>/", views.new, name="new"),
    path("<uuid:deviation_id>/", views.detail, name="detail"),
    path("<uuid:deviation_id>/assess/", views.assess, name="assess"),
    path("<uuid:deviation_id>/sign/", views.sign, name="sign"),
]

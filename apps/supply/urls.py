from django.urls import path

from apps.supply import views

app_name = "supply"

urlpatterns = [
    path("", views.stock, name="list"),
    path("outlook/", views.outlook, name="outlook"),
    path("kits/<uuid:kit_id>/", views.kit, name="kit"),
    path("handover/<uuid:participant_id>/", views.handover, name="handover"),
    path("handover/<uuid:participant_id>/<str:visit_code>/", views.visit, name="visit"),
    path("handover/<uuid:participant_id>/<str:visit_code>/confirm/", views.confirm, name="confirm"),
    path("handover/<uuid:participant_id>/<str:visit_code>/replace/", views.replace, name="replace"),
    path("handover/<uuid:participant_id>/<str:visit_code>/wrong-kit/", views.wrong_kit, name="wrong_kit"),
    path("wrong-kits/", views.wrong_kits, name="wrong_kits"),
    path("sites/<uuid:site_id>/count/", views.count, name="count"),
    path("sites/<uuid:site_id>/accountability.csv", views.accountability, name="accountability"),
    path("sites/<uuid:site_id>/excursion/", views.excursion_new, name="excursion_new"),
    path("excursions/", views.excursions, name="excursions"),
    path("excursions/<uuid:excursion_id>/", views.excursion, name="excursion"),
]

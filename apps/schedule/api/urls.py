from django.urls import path

from apps.schedule.api import views

urlpatterns = [
    path("visits/", views.VisitList.as_view(), name="api_visit_list"),
    path("visits/<uuid:visit_id>/", views.VisitDetail.as_view(), name="api_visit_detail"),
    path("visits/<uuid:visit_id>/appoint/", views.VisitAppoint.as_view(), name="api_visit_appoint"),
    path("visits/<uuid:visit_id>/hold/", views.VisitHold.as_view(), name="api_visit_hold"),
    path("visits/<uuid:visit_id>/miss/", views.VisitMiss.as_view(), name="api_visit_miss"),
]

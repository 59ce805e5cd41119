from django.urls import path

from apps.studies.api import views

urlpatterns = [
    path("studies/", views.StudyList.as_view(), name="api_study_list"),
    path("studies/<slug:code>/", views.StudyDetail.as_view(), name="api_study_detail"),
    path("studies/<slug:code>/protocol/", views.StudyProtocol.as_view(), name="api_study_protocol"),
    path("studies/<slug:code>/sites/", views.SiteList.as_view(), name="api_site_list"),
    path("studies/<slug:code>/delegations/", views.DelegationList.as_view(), name="api_delegation_list"),
    path("delegations/<uuid:delegation_id>/end/", views.DelegationEnd.as_view(), name="api_delegation_end"),
]

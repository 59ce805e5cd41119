from django.urls import path

from apps.endpoints.api import views

urlpatterns = [
    path("studies/<slug:code>/reports/", views.ReportList.as_view(), name="api_report_list"),
    path("studies/<slug:code>/interim-reports/", views.InterimPackage.as_view(), name="api_interim_request"),
    path("reports/<uuid:job_id>/", views.ReportDetail.as_view(), name="api_report_detail"),
    path("reports/<uuid:job_id>/release/", views.ReportRelease.as_view(), name="api_treatments_release"),
    path("reports/<uuid:job_id>/cancel/", views.ReportCancel.as_view(), name="api_report_cancel"),
    path("reports/<uuid:job_id>/retry/", views.ReportRetry.as_view(), name="api_report_retry"),
    path("reports/<uuid:job_id>/files/<str:name>", views.ReportFile.as_view(), name="api_report_file"),
]

from django.urls import path

from apps.endpoints import views

app_name = "endpoints"

urlpatterns = [
    path("", views.report_list, name="list"),
    path("interim/", views.interim, name="interim"),
    path("letters/", views.letters, name="letters"),
    path("<uuid:job_id>/", views.report_job, name="job"),
    path("<uuid:job_id>/progress/", views.report_progress, name="progress"),
    path("<uuid:job_id>/cancel/", views.report_cancel, name="cancel"),
    path("<uuid:job_id>/retry/", views.report_retry, name="retry"),
    path("<uuid:job_id>/files/<str:name>", views.report_file, name="file"),
]

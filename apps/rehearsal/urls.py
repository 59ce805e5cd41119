from django.urls import path

from apps.rehearsal import views

app_name = "rehearsal"

urlpatterns = [
    path("<slug:code>/", views.study, name="study"),
    path("<slug:code>/go-live/", views.go_live, name="go_live"),
    path("<slug:code>/close/", views.close, name="close"),
    path("<slug:code>/runs/<uuid:run_id>/", views.run, name="run"),
    path("<slug:code>/runs/<uuid:run_id>/sign/", views.sign, name="sign"),
    path("<slug:code>/runs/<uuid:run_id>/report.pdf", views.report, name="report"),
]

from django.urls import path

from apps.studies import views

app_name = "studies"

urlpatterns = [
    path("place/", views.place_choose, name="choose_place"),
    path("studies/", views.study_list, name="list"),
    path("studies/<slug:code>/", views.study_detail, name="detail"),
    path("people/", views.people, name="people"),
    path("people/<uuid:delegation_id>/end/", views.delegation_end, name="delegation_end"),
]

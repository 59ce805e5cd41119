from django.urls import path

from apps.randomization.api import views

urlpatterns = [
    path("randomization-lists/", views.ListList.as_view(), name="api_list_list"),
    path("randomization-lists/<uuid:list_id>/replays/", views.Replays.as_view(), name="api_list_replays"),
    path("randomization-lists/<uuid:list_id>/test-draws/", views.TestDraws.as_view(), name="api_test_draws"),
    path(
        "participants/<uuid:participant_id>/allocation/remarks/",
        views.Remarks.as_view(),
        name="api_allocation_remarks",
    ),
]

from django.urls import path

from apps.instruments.api import views

urlpatterns = [
    path("instruments/", views.InstrumentList.as_view(), name="api_instrument_list"),
    path("ratings/slots/", views.SlotList.as_view(), name="api_rating_slots"),
    path("ratings/<uuid:rating_id>/", views.RatingPut.as_view(), name="api_rating_put"),
    path("ratings/<uuid:rating_id>/correction/", views.RatingCorrect.as_view(), name="api_rating_correct"),
]

from django.urls import path

from apps.supply.api import handing, stock, views

urlpatterns = [
    path("randomizations/", views.RandomizationList.as_view(), name="api_randomization_list"),
    path(
        "randomizations/<uuid:allocation_id>/",
        views.RandomizationDetail.as_view(),
        name="api_randomization_detail",
    ),
    path("kits/", views.KitList.as_view(), name="api_kit_list"),
    path("kits/<uuid:kit_id>/", views.KitDetail.as_view(), name="api_kit_detail"),
    path("kits/confirm/", handing.KitConfirm.as_view(), name="api_kit_confirm"),
    path("kits/replace/", handing.KitReplace.as_view(), name="api_kit_replace"),
    path("kits/<uuid:kit_id>/destroy/", handing.KitDestroy.as_view(), name="api_kit_destroy"),
    path("wrong-kits/", handing.WrongKitList.as_view(), name="api_wrong_kit_list"),
    path("stock/outlook/", stock.StockOutlook.as_view(), name="api_stock_outlook"),
    path("stock/outlook/strata/", stock.StrataOutlook.as_view(), name="api_strata_outlook"),
    path("sites/<uuid:site_id>/stock/", stock.SiteStock.as_view(), name="api_site_stock"),
    path(
        "sites/<uuid:site_id>/accountability/", stock.Accountability.as_view(), name="api_site_accountability"
    ),
    path("excursions/", stock.ExcursionList.as_view(), name="api_excursion_list"),
    path(
        "excursions/<uuid:excursion_id>/decision/",
        stock.ExcursionDecision.as_view(),
        name="api_excursion_decision",
    ),
    path("kits/<uuid:kit_id>/return/", views.KitReturn.as_view(), name="api_kit_return"),
    path("kits/<uuid:kit_id>/quarantine/", views.KitQuarantine.as_view(), name="api_kit_quarantine"),
    path("kits/<uuid:kit_id>/release/", views.KitRelease.as_view(), name="api_kit_release"),
]

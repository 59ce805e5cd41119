"""The front door for programs: /api/v1/, its schema and its readable documentation."""

from importlib.util import find_spec

from csp.decorators import csp_update
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

APPS = (
    "accounts", "studies", "participants", "instruments", "screening", "randomization", "unblinding", "supply",
    "schedule", "dosing", "monitoring", "safety", "quality", "papers", "reminders", "endpoints", "board", "rehearsal",
)  # fmt: skip

# Swagger's own style sheet sets one inline style; scripts stay ours.
docs = csp_update({"style-src": ["'unsafe-inline'"]})(
    SpectacularSwaggerSplitView.as_view(url_name="api_schema")
)

urlpatterns = [
    path("schema/", SpectacularAPIView.as_view(), name="api_schema"),
    path("docs/", docs, name="api_docs"),
    *[
        path("", include(f"apps.{app}.api.urls"))
        for app in APPS
        if find_spec(f"apps.{app}.api") and find_spec(f"apps.{app}.api.urls")
    ],
]

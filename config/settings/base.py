"""Settings every installation shares. What differs is read from the environment (config/env.py) or set in the
sibling modules; nothing here turns the audit trail off, and nothing may."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF

from apps.core.release import RELEASE
from config import env
from config.pool import Connection

BASE_DIR = Path(__file__).resolve().parents[2]

SECRET_KEY = env.secret_key()
DEBUG = False
ALLOWED_HOSTS: list[str] = env.names("ALLOWED_HOSTS", "localhost,127.0.0.1")
VAR = env.var()
_database = env.database()
_database["OPTIONS"]["pool"] = {"min_size": 1, "max_size": 12, "timeout": 10, "connection_class": Connection}
# Without it psycopg prepares nothing, not even what asks to be. Django's own cursors bind at the client and never do.
_database["OPTIONS"]["prepare_threshold"] = 5
_database["CONN_MAX_AGE"] = 0  # the pool keeps connections; Django refuses both at once
DATABASES = {"default": _database}

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",  # widget templates, which FORM_RENDERER finds through the apps
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "axes",
    "csp",
    "apps.core",
    "apps.audit",
    "apps.accounts",
    "apps.studies",
    "apps.participants",
    "apps.instruments",
    "apps.screening",
    "apps.randomization",
    "apps.unblinding",
    "apps.supply",
    "apps.schedule",
    "apps.dosing",
    "apps.monitoring",
    "apps.safety",
    "apps.quality",
    "apps.papers",
    "apps.reminders",
    "apps.endpoints",
    "apps.board",
    "apps.rehearsal",
    "config.apps.HouseConfig",  # last: it connects the reactions of all the others
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "config.middleware.QuickWays",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "config.middleware.UnchangedProof",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "config.middleware.WholeAddresses",
    "config.middleware.HistoryContext",
    "config.middleware.LockedScreen",
    "config.middleware.CurrentStudy",
    "config.middleware.ChairsideCopies",
    "config.middleware.RefusalPages",
    "axes.middleware.AxesMiddleware",  # last: it turns a lock-out into an answer
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "config.context.house",
            ],
            "builtins": ["apps.core.templatetags.house"],
        },
    },
]

# --- who you are -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "board:home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
SESSION_COOKIE_AGE = 60 * 60 * 8  # from a person's last act on, so that no session at the chair outlasts it
SESSION_RENEWED_AFTER = 60 * 15
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "config.views.csrf_failure"
# Locks one person at one address: one nurse's slips must not lock the clinic that shares her address.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_CALLABLE = "apps.accounts.selectors.sign_in_name"
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_HTTP_RESPONSE_CODE = 429
AXES_SENSITIVE_PARAMETERS: list[str] = []
AXES_VERBOSE = False

# --- history ---------------------------------------------------------------------------------------------------
PGHISTORY_APPEND_ONLY = True
PGHISTORY_INSTALL_CONTEXT_FUNC_ON_MIGRATE = True
# History rows repeat the fields; they do not need their foreign keys enforced, the live rows do that.
PGHISTORY_MIDDLEWARE_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")

# --- acts --------------------------------------------------------------------------------------------------------
#: Seals the anchors of the chains of acts. It must not be in the database; keep it, or old anchors cannot be verified.
AUDIT_ANCHOR_KEY = env.text("AUDIT_ANCHOR_KEY", SECRET_KEY).encode()
#: A copy of every anchor; best on another machine, for example by shipping this file.
AUDIT_ANCHOR_FILE = env.path("AUDIT_ANCHOR_FILE", VAR / "audit" / "anchors.jsonl")

# --- pages -----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATIC_ROOT = VAR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
MESSAGE_TAGS = {40: "danger"}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True

# --- time and language -----------------------------------------------------------------------------------------
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False

# --- the REST API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "apps.accounts.api.tokens.TokenAuthentication",  # first: it is what a stranger is asked for (401)
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "apps.core.api.pagination.Pages",
    "PAGE_SIZE": 50,
    "EXCEPTION_HANDLER": "apps.core.api.problems.problem_handler",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
REST_KNOX = {"TOKEN_TTL": timedelta(hours=12), "AUTO_REFRESH": False, "TOKEN_LIMIT_PER_USER": 10}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vigil",
    "DESCRIPTION": "Trial management and dosing sessions for esketamine nasal spray. "
    "No endpoint returns an arm, but to the one person who opens an envelope.",
    "VERSION": RELEASE,
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # Where one word names several lists of choices, each list gets a name of its own.
    "ENUM_NAME_OVERRIDES": {
        "MeasureEnum": ["bp", "hr", "rr", "temp", "spo2", "moaas", "cadss", "bprs", "ready"],
        "MedicationKindEnum": ["STUDY_ORAL", "CONCOMITANT"],
        "AnswerKindEnum": ["FACT", "CRITERION"],
        "SprayOutcomeEnum": ["COMPLETE", "PARTIAL", "SNEEZED", "FAILED"],
        "EventOutcomeEnum": [
            "NOT_RESOLVED",
            "RESOLVING",
            "RESOLVED",
            "RESOLVED_WITH_SEQUELAE",
            "FATAL",
            "UNKNOWN",
        ],
        "CodeBreakCategoryEnum": [
            "EMERGENCY_TREATMENT",
            "OVERDOSE",
            "INTERACTION",
            "PREGNANCY",
            "ACCIDENTAL",
            "OTHER",
        ],
        "DeviationCategoryEnum": ["MINOR", "MAJOR"],
        "EventEndEnum": ["FATAL", "RESOLVED", "RESOLVED_WITH_SEQUELAE"],
    },
}

# --- supply ----------------------------------------------------------------------------------------------------
#: Kits that expire within so many days are named on the page of kits.
SUPPLY_EXPIRY_WARNING_DAYS = env.number("SUPPLY_EXPIRY_WARNING_DAYS", 60, at_least=1, at_most=730)

# --- webhooks --------------------------------------------------------------------------------------------------
#: Whether a webhook may be this very machine: in an evaluation, never beside real participants.
WEBHOOK_LOCAL_ALLOWED = False
#: Names of receivers in the hospital's own network. Every other private address is refused when it is sent to.
WEBHOOK_PRIVATE_HOSTS = frozenset(env.names("WEBHOOK_PRIVATE_HOSTS"))

# --- mail and logs ---------------------------------------------------------------------------------------------
EMAIL_BACKEND = env.text("EMAIL_BACKEND", "django.core.mail.backends.filebased.EmailBackend")
EMAIL_FILE_PATH = str(VAR / "mail")
DEFAULT_FROM_EMAIL = "vigil@localhost"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name} {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # SQL and its parameters never reach a log, whatever the level elsewhere.
    "loggers": {
        "django.db.backends": {"level": "WARNING", "propagate": False, "handlers": ["console"]},
        "axes": {"level": "WARNING"},
    },
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

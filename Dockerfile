# The production image: one image for web, workers and clock. No compiler, no node, no root in what runs.
FROM node:22-slim AS frontend
WORKDIR /src
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY frontend frontend
RUN mkdir -p static && node frontend/build.mjs

FROM python:3.11-slim
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OPENBLAS_NUM_THREADS=1 LC_ALL=C.UTF-8 TZ=UTC \
    DJANGO_SETTINGS_MODULE=config.settings.production VIGIL_VAR=/var/lib/vigil
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin vigil \
    && install --directory --owner vigil --group vigil /var/lib/vigil /var/lib/vigil/audit
WORKDIR /srv/vigil
COPY requirements/base.lock requirements/base.lock
RUN pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: --requirement requirements/base.lock
COPY manage.py pyproject.toml ./
COPY config config
COPY apps apps
COPY templates templates
COPY static static
COPY --from=frontend /src/static/build static/build
USER vigil
# Static files are gathered into the image. The key and the address serve this one step and reach nothing.
RUN SECRET_KEY=only-for-gathering-static-files-while-the-image-is-built \
    DATABASE_URL=postgresql://nobody@localhost/none \
    python manage.py collectstatic --no-input --verbosity 0
EXPOSE 8000
CMD ["gunicorn", "config.wsgi", "--bind", "0.0.0.0:8000", "--preload", "--worker-class", "gthread", \
     "--workers", "2", "--threads", "8", "--timeout", "60", "--graceful-timeout", "20", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", "--access-logfile", "-"]

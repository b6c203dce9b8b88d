# check=error=true

FROM python:3.13-slim-bookworm AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
RUN python -m venv /venv
COPY requirements.txt /tmp/requirements.txt
RUN /venv/bin/pip install --require-hashes --no-deps --requirement /tmp/requirements.txt


FROM python:3.13-slim-bookworm
ENV PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DJANGO_SETTINGS_MODULE=clinic_site.settings

# The code belongs to root: the site cannot rewrite itself. Only what it stores is its own.
RUN groupadd --system --gid 10001 clinic \
    && useradd --system --uid 10001 --gid clinic --home-dir /app --no-create-home clinic
WORKDIR /app
COPY --from=build /venv /venv
COPY manage.py ./
COPY clinic_site ./clinic_site
COPY articles ./articles
COPY clinic_info ./clinic_info
COPY templates ./templates
COPY static ./static
# The keys are thrown away with this step: collecting files signs nothing.
RUN python -m compileall -q /app /venv \
    && SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
       PRIVACY_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(50))')" \
       SITE_URL=http://localhost \
       python manage.py collectstatic --noinput --verbosity 0 \
    && rm -f var/db.sqlite3* \
    && mkdir -p /data/media /memory \
    && chown -R 10001:10001 /data /memory

ENV MEDIA_ROOT=/data/media \
    DATABASE_URL=sqlite:////data/db.sqlite3 \
    MACHINE_MEMORY=/memory
USER 10001:10001
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=20s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/livez', timeout=2)"]
# A worker keeps pages in its memory: it is seldom replaced.
CMD ["gunicorn", "clinic_site.wsgi:application", \
     "--bind", "0.0.0.0:8000", \
     "--worker-class", "gthread", "--workers", "2", "--threads", "4", \
     "--worker-tmp-dir", "/dev/shm", "--no-control-socket", \
     "--forwarded-allow-ips", "", \
     "--max-requests", "100000", "--max-requests-jitter", "10000", "--timeout", "30", \
     "--logger-class", "clinic_site.logs.GunicornLogger", "--access-logfile", "-", "--access-logformat", "%(t)s %(m)s %(U)s %(s)s %(b)s %(M)sms"]

# One image for every service: `web`, `worker`, `beat`, and any other command of manage.py.
FROM python:3.11-slim AS dependencies
COPY requirements.lock /tmp/requirements.lock
RUN python -m venv /opt/kms \
    && /opt/kms/bin/pip install --no-cache-dir --disable-pip-version-check \
       --require-hashes --requirement /tmp/requirements.lock

FROM python:3.11-slim
RUN groupadd --gid 10001 kms \
    && useradd --uid 10001 --gid kms --home-dir /nonexistent --shell /usr/sbin/nologin kms \
    && install --directory --owner=kms --group=kms --mode=0700 /var/lib/kms
COPY --from=dependencies /opt/kms /opt/kms
WORKDIR /srv/kms
COPY manage.py LICENSE ./
COPY hsm hsm
COPY keys keys
COPY aliases aliases
COPY kms_console kms_console
COPY templates templates
COPY static static
COPY locale locale
RUN /opt/kms/bin/python -m compileall -q .
ENV PATH=/opt/kms/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    KMS_DATA_DIR=/var/lib/kms \
    KMS_BIND=0.0.0.0:8000
USER 10001:10001
VOLUME /var/lib/kms
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s \
    CMD ["python", "-m", "kms_console.server.probe", "http://127.0.0.1:8000/healthz"]
ENTRYPOINT ["python", "manage.py"]
CMD ["up"]

# One recipe, two images: `services` (ingestion, fold, api, keeper, commands) and `dagster`
# (webserver, daemon, code locations, runs). Every package is pinned with its hash.
FROM python:3.11-slim-bookworm AS base
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN python -m venv /uv && /uv/bin/pip install --no-cache-dir --disable-pip-version-check uv==0.13.9
RUN groupadd --gid 10001 oddsline && useradd --uid 10001 --gid 10001 --create-home oddsline
WORKDIR /app
RUN /uv/bin/uv venv .venv
ENV PATH=/app/.venv/bin:$PATH
COPY pyproject.toml requirements.lock ./

# A group's packages, at the versions and hashes of the lock.
FROM base AS services-packages
RUN /uv/bin/uv pip install --no-cache --verify-hashes --constraint requirements.lock \
    --group ground --group chain --group web --group build

FROM base AS dagster-packages
RUN /uv/bin/uv pip install --no-cache --verify-hashes --constraint requirements.lock \
    --group ground --group chain --group web --group orchestration --group checks --group build

FROM services-packages AS services
COPY . .
RUN /uv/bin/uv pip install --no-cache --no-deps --no-build-isolation --editable . && rm -rf /uv
USER 10001:10001
ENV ODDSLINE_HOST=0.0.0.0 ODDSLINE_HOME=/tmp/oddsline
ENTRYPOINT ["python", "-m"]
CMD ["api"]

FROM dagster-packages AS dagster
COPY . .
RUN /uv/bin/uv pip install --no-cache --no-deps --no-build-isolation --editable . && rm -rf /uv \
    && install -d -o 10001 -g 10001 /opt/dagster
USER 10001:10001
ENV ODDSLINE_HOST=0.0.0.0 ODDSLINE_HOME=/tmp/oddsline DAGSTER_HOME=/opt/dagster \
    DBT_SEND_ANONYMOUS_USAGE_STATS=false GX_ANALYTICS_ENABLED=false DAGSTER_DISABLE_TELEMETRY=yes
CMD ["dagster-webserver", "-h", "0.0.0.0", "-p", "3000", "-w", "workspace.yaml"]

"""What a deployment decides, read once at start and never changed afterwards.

Order of precedence: the environment, then `.env` in the working directory, then
`$ODDSLINE_HOME/line.env`, which `oddsline up` writes for the embedded line. So every command
finds a running line by itself, and a real server replaces an embedded one by one variable.
A room that cannot do without an optional value says so in a subclass that narrows its type:
starting without it then fails with the variable's name.
"""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TypeVar, overload

from pydantic import Field, ValidationError
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

PREFIX = "ODDSLINE_"


class SettingsError(Exception):
    """A setting is missing or wrong; the message names the variable and never its value."""


def home_dir() -> Path:
    """The folder where an embedded line keeps its data, keys and logs."""
    return Path(os.environ.get(f"{PREFIX}HOME", ".oddsline"))


def line_env_file() -> Path:
    """The file through which a running embedded line tells commands where it is."""
    return home_dir() / "line.env"


class Settings(BaseSettings):
    """Every variable of Oddsline, with the prefix ODDSLINE_; `.env.example` explains each."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    home: Path = Path(".oddsline")
    release: str = "dev"
    environment: str = "local"

    # Connection strings carry passwords: repr=False keeps them out of logs and tracebacks.
    database_url: str = Field(repr=False, pattern=r"^postgres(ql)?://")
    authenticator_url: str | None = Field(None, repr=False, pattern=r"^postgres(ql)?://")
    service_url: str | None = Field(None, repr=False, pattern=r"^postgres(ql)?://")
    analyst_url: str | None = Field(None, repr=False, pattern=r"^postgres(ql)?://")
    redis_url: str = Field(repr=False, pattern=r"^(rediss?|unix)://")

    rpc_url: str | None = Field(None, repr=False, pattern=r"^https?://")
    second_rpc_url: str | None = Field(None, repr=False, pattern=r"^https?://")
    program_id: str | None = None
    helius_auth: str | None = Field(None, repr=False)
    helius_api_key: str | None = Field(None, repr=False)
    helius_url: str | None = Field(None, pattern=r"^https?://")
    keypair_admin: Path | None = None
    keypair_backend: Path | None = None
    keypair_activator: Path | None = None
    keypair_payer: Path | None = None

    #: Dagster's webserver, to which long-lived processes report that they live.
    dagster_url: str | None = Field(None, pattern=r"^https?://")

    domain: str = "localhost"
    jwt_key: str | None = Field(None, repr=False)
    service_key: str | None = Field(None, repr=False)

    sentry_dsn: str | None = Field(None, repr=False)
    alert_urls: str | None = Field(None, repr=False)
    runbook_url: str = "docs/runbook.md"
    log_level: str = Field("INFO", pattern=r"^(DEBUG|INFO|WARNING|ERROR)$")

    host: str = "127.0.0.1"
    api_port: int = Field(8000, ge=0, le=65535)
    ingestion_port: int = Field(8001, ge=0, le=65535)
    fold_port: int = Field(8002, ge=0, le=65535)
    keeper_port: int = Field(8003, ge=0, le=65535)
    watch_port: int = Field(8004, ge=0, le=65535)
    supervisor_port: int = Field(8005, ge=0, le=65535)
    chain_port: int = Field(8899, ge=0, le=65535)
    dagster_port: int = Field(3000, ge=0, le=65535)
    definitions_port: int = Field(4000, ge=0, le=65535)
    live_port: int = Field(4001, ge=0, le=65535)
    postgres_port: int = Field(54320, ge=0, le=65535)
    redis_port: int = Field(63790, ge=0, le=65535)

    @property
    def chain_url(self) -> str:
        """The RPC to ask: the configured one, else the local chain's."""
        return self.rpc_url or f"http://{self.host}:{self.chain_port}"

    @property
    def helius_secrets(self) -> tuple[str, ...]:
        """The webhook secrets in force; two while one is being rotated."""
        return tuple(s.strip() for s in (self.helius_auth or "").split(",") if s.strip())

    @property
    def alert_targets(self) -> tuple[str, ...]:
        """Where alerts go, as apprise URLs."""
        return tuple(u.strip() for u in (self.alert_urls or "").split(",") if u.strip())

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 replaced by ours
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 not used
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Lay `.env` over the embedded line's own file, and the environment over both."""
        files = DotEnvSettingsSource(settings_cls, env_file=(line_env_file(), Path(".env")))
        return (init_settings, env_settings, files)


S = TypeVar("S", bound=Settings)


@overload
def load() -> Settings: ...


@overload
def load(cls: type[S]) -> S: ...


def load(cls: type[Settings] = Settings) -> Settings:
    """Read the settings a process needs, or refuse to start.

    Raises:
        SettingsError: names every variable that is missing or malformed.
    """
    try:
        return cls()
    except ValidationError as wrong:
        raise SettingsError(_explain(wrong)) from None


def read(cls: type[S], environment: Mapping[str, str]) -> S:
    """What `load` finds where these variables come before all others.

    Raises:
        SettingsError: names every variable that is missing or malformed.
    """
    names = {name: environment.get(PREFIX + name.upper()) for name in cls.model_fields}
    try:
        return cls.model_validate({k: v for k, v in names.items() if v is not None})
    except ValidationError as wrong:
        raise SettingsError(_explain(wrong)) from None


def _explain(wrong: ValidationError) -> str:
    lines = []
    for error in wrong.errors(include_input=False, include_url=False):
        name = PREFIX + "_".join(str(part) for part in error["loc"]).upper()
        missing = error["type"] == "missing"
        why = "is not set (see .env.example)" if missing else error["msg"]
        lines.append(f"{name} {why}")
    return "; ".join(lines)

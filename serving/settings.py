"""The environment, read once and frozen. Nothing else in the project reads it."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """Everything the environment may set, under the prefix ``ORDERINTEL_``.

    Parameters
    ----------
    home
        Folder of history, database, models and reports.
    database_url
        SQLAlchemy address of the store; SQLite in ``home`` unless set.
    state_url
        Where window state lives, such as ``redis://localhost:6379/0`` for many workers; in this
        process unless set.
    state_timeout
        Seconds that a decision waits for Redis before it is made without window state.
    spark_master
        Where the Spark engine computes, such as ``spark://host:7077``; on this machine unless set.
    secret_key, secret_key_file
        Tenant key of all keyed hashes and of personal data at rest, or the file that holds it;
        kept in ``home`` unless set.
    tenant
        Which of several shops in ``home`` is meant; see ``orderintel tenants``.
    rate_limit
        Requests a second that one API key may send, 0 for any number.
    mlflow_tracking_uri
        Store of the model registry; MLflow's own variable, SQLite in ``home`` unless set.
    fit_backend, fit_jobs
        Where retraining fits its challengers, and how many side by side: ``threading`` in the
        process, or a joblib backend of a cluster that is registered in it.
    durability
        ``process``: what was answered survives a killed process; ``full``: also a power cut.
    log_level
        ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``.
    address_line
        Confidence below which an address is shown to a reviewer and asked of geocoders.
    amap_key, baidu_key, tencent_key, google_key
        Keys of outside geocoders; one without a key is not asked.
    geocoder_urls
        Provider to another base address than its public one; sets Nominatim up, which needs no
        key.
    geocoder_daily, geocoder_cache_days
        Provider to its calls a day at most, and to the days for which its answers are kept.
    geocoder_timeout
        Seconds that a geocoder may take.
    webhook_hosts
        Hosts that events may be sent to, such as ``hooks.example.com`` or ``*.example.com``.
    webhook_private_hosts
        Hosts that may lie in a private network and may be reached without TLS.
    webhook_keep_days, webhook_disable_days
        Days for which events can be sent again, and days of failure after which an endpoint is
        switched off.
    delivery_locker
        How a parcel at a locker counts as a first attempt: as its ``own`` outcome, which is
        neither, or as a ``success`` or ``failure``.
    delivery_drop, delivery_false_alarms
        Drop of an outlet's rate to be noticed, as a share, and alarms without one that the whole
        network may raise in a week.
    promise_target, inbound_share
        Share of orders that a promised date is to keep, and share of announced units that may be
        promised before they arrive.
    alert_late_logit, alert_attempt_logit, alert_delay_days
        What a weather or traffic warning is expected to change per level of severity, until past
        ones tell: log odds of being late and of a first attempt's success, and days.

    Examples
    --------
    >>> Settings(home=Path("shop")).history_folder.as_posix()
    'shop/history'
    """

    model_config = SettingsConfigDict(env_prefix="ORDERINTEL_", frozen=True, extra="ignore")

    home: Path = Path("var")
    database_url: str | None = None
    state_url: str | None = None
    state_timeout: float = Field(default=0.025, gt=0, le=60)
    spark_master: str | None = None
    secret_key: SecretStr | None = None
    secret_key_file: Path | None = None
    tenant: str | None = Field(default=None, pattern="^[a-z0-9][a-z0-9-]{0,31}$")
    rate_limit: int = Field(default=1000, ge=0)
    mlflow_tracking_uri: str | None = Field(default=None, validation_alias="MLFLOW_TRACKING_URI")
    fit_backend: str = "threading"
    fit_jobs: int = Field(default=2, ge=1)
    durability: Literal["process", "full"] = "process"
    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")

    address_line: float = Field(default=0.9, ge=0, le=1)
    amap_key: SecretStr | None = None
    baidu_key: SecretStr | None = None
    tencent_key: SecretStr | None = None
    google_key: SecretStr | None = None
    geocoder_urls: dict[str, str] = Field(default_factory=dict)
    geocoder_daily: dict[str, int] = Field(default_factory=dict)
    geocoder_cache_days: dict[str, int] = Field(default_factory=dict)
    geocoder_timeout: float = Field(default=3.0, gt=0, le=30)
    webhook_hosts: list[str] = Field(default_factory=list)
    webhook_private_hosts: list[str] = Field(default_factory=list)
    webhook_keep_days: float = Field(default=30.0, ge=1)
    # After five days of failures Svix gives an endpoint up, too (docs.svix.com/retries).
    webhook_disable_days: float = Field(default=5.0, gt=0)

    delivery_locker: Literal["own", "success", "failure"] = "own"
    delivery_drop: float = Field(default=0.15, gt=0, lt=1)
    delivery_false_alarms: float = Field(default=1.0, gt=0)
    promise_target: float = Field(default=0.9, ge=0.5, le=0.99)
    inbound_share: float = Field(default=0.5, ge=0, le=1)
    alert_late_logit: float = Field(default=0.5, ge=-5, le=5)
    alert_attempt_logit: float = Field(default=-0.1, ge=-5, le=5)
    alert_delay_days: float = Field(default=0.25, ge=0, le=30)

    def geocoder_key(self, provider: str) -> SecretStr | None:
        """Give the key of an outside geocoder, or None."""
        keys = {
            "amap": self.amap_key,
            "baidu": self.baidu_key,
            "tencent": self.tencent_key,
            "google": self.google_key,
        }
        return keys.get(provider)

    @property
    def routing_folder(self) -> Path:
        """Where the value of stock and capacity stands."""
        return self.home / "routing"

    @property
    def outlet_rule_file(self) -> Path:
        """The merchant's own order of outlets, where there is one."""
        return self.home / "outlets.yaml"

    @property
    def points_folder(self) -> Path:
        """Where the index of points of interest lives."""
        return self.home / "points"

    @property
    def history_folder(self) -> Path:
        """Where the history lives."""
        return self.home / "history"

    @property
    def models_folder(self) -> Path:
        """Where the last good copy of each model is kept."""
        return self.home / "models"

    @property
    def state_folder(self) -> Path:
        """Where window state is kept between starts."""
        return self.home / "state"

    @property
    def store_url(self) -> str:
        """SQLAlchemy address of the store."""
        if self.database_url is None:
            return f"sqlite:///{self.home / 'orderintel.db'}"
        if self.tenant is None:
            return self.database_url
        joint = "&" if "?" in self.database_url else "?"
        return f"{self.database_url}{joint}schema=tenant_{self.tenant}"

    @property
    def tenants_folder(self) -> Path:
        """Where the homes of several shops live."""
        return self.home / "tenants"

    def of_tenant(self, name: str) -> Settings:
        """Give the settings of one of several shops, which shares nothing with the others.

        It has a home of its own, and in it secret, history, models and store; in PostgreSQL a
        schema of its own. What is shared in Redis is told apart by the secret.

        Examples
        --------
        >>> shop = Settings(home=Path("var"), database_url="postgresql://db/oi").of_tenant("acme")
        >>> shop.home.as_posix(), shop.store_url
        ('var/tenants/acme', 'postgresql://db/oi?schema=tenant_acme')
        """
        own = {
            "home": self.tenants_folder / name,
            "tenant": name,
            "secret_key": None,
            "secret_key_file": None,
            "mlflow_tracking_uri": None,
        }
        return self.model_copy(update=own)


@cache
def load_settings() -> Settings:
    """Read the environment, once a process."""
    settings = Settings()
    return settings if settings.tenant is None else settings.of_tenant(settings.tenant)

"""Settings of produce: TOCSIN_PRODUCE_*."""

from datetime import timedelta
from ipaddress import ip_network
from typing import Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from runtime.settings import TocsinSettings
from services.produce.public_address import Network


class ProduceSettings(TocsinSettings):
    """How politely and how often sources are read, and whether at all."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_PRODUCE_")

    sources: Literal["on", "off"] = Field(default="off", description="whether watch/sources.yaml is read by itself")
    user_agent: str = Field(
        default="Tocsin/0.1 (news monitor; set TOCSIN_PRODUCE_USER_AGENT to say who runs it)",
        pattern=r"^[\x20-\x7e]+$",
        description="how sites see us; name a way to reach you",
    )
    host_delay: timedelta = Field(
        default=timedelta(seconds=1), ge=timedelta(0), description="least time between two requests to a host"
    )
    host_concurrency: int = Field(default=2, gt=0, le=16, description="requests open to one host at a time")
    concurrency: int = Field(default=32, gt=0, le=1000, description="sources read at a time")
    request_timeout: timedelta = Field(
        default=timedelta(seconds=30), gt=timedelta(0), description="most time one request may take from start to end"
    )
    attempts: int = Field(default=2, gt=0, le=10, description="tries of one fetch before its source moves on")
    entry_attempts: int = Field(default=5, gt=0, description="readings of a feed that try a page before giving it up")
    max_page_bytes: int = Field(default=4 * 1024 * 1024, gt=0, description="largest page taken, unpacked")
    max_redirects: int = Field(default=5, ge=0, le=20, description="redirects followed")
    least_interval: timedelta = Field(
        default=timedelta(minutes=2), gt=timedelta(0), description="least time between two readings of a source"
    )
    most_interval: timedelta = Field(
        default=timedelta(hours=6), gt=timedelta(0), description="most time between two readings of a source"
    )
    oldest_entry: timedelta = Field(
        default=timedelta(days=30), gt=timedelta(0), description="older entries of a feed are not fetched"
    )
    remember: timedelta = Field(
        default=timedelta(days=14), gt=timedelta(0), description="how long a page is known as taken already"
    )
    durable: bool = Field(default=False, description="wait until pushed pages are on the server's disk (WAITAOF)")
    obey_robots: bool = Field(default=True, description="ask robots.txt before each fetch")
    allowed_networks: str = Field(
        default="", description="networks fetched from although they are private, such as 10.1.0.0/16,fd00::/8"
    )
    proxy: SecretStr | None = Field(default=None, description="HTTP proxy that fetches go through; it resolves names")

    @field_validator("allowed_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        for part in filter(None, map(str.strip, value.split(","))):
            ip_network(part)
        return value

    @property
    def networks(self) -> tuple[Network, ...]:
        """The allowed networks, parsed."""
        return tuple(ip_network(part.strip()) for part in self.allowed_networks.split(",") if part.strip())

"""Settings of the tag stage: TOCSIN_TAG_…"""

from typing import Literal

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from runtime.settings import TocsinSettings


class TagSettings(TocsinSettings):
    """Where the trained models run; no actor depends on them."""

    model_config = SettingsConfigDict(env_prefix="TOCSIN_TAG_")

    models: Literal["never", "where-it-matters", "always"] = Field(
        default="where-it-matters",
        description="where trained spaCy models look for other people, organisations and places: never,"
        " where-it-matters (articles that a rule can ring for) or always; needs `pip install 'tocsin[models]'`",
    )
    models_share: float = Field(
        default=0.35,
        gt=0,
        le=1,
        description="the most of a worker's time that where-it-matters spends on other people, organisations and"
        " places; above it articles go without them, and are counted",
    )

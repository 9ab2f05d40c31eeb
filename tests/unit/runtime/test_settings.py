"""Settings: where a value comes from, and what is said of one that cannot be."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from runtime import settings as settings_module
from runtime.errors import Misconfigured
from runtime.redis_client import redis_url, without_password
from runtime.settings import RuntimeSettings, load, names_of, origin, refuse_unknown_names, settings_classes


@pytest.fixture(autouse=True)
def nothing_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test starts in an empty folder, with no TOCSIN_* name set."""
    import os

    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.upper().startswith("TOCSIN_")]:
        monkeypatch.delenv(name)


def test_the_environment_comes_before_the_dotenv_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".env").write_text("TOCSIN_BATCH_SIZE=7\nTOCSIN_MAX_WAITING=77\n", encoding="utf-8")
    monkeypatch.setenv("TOCSIN_BATCH_SIZE", "8")

    found = load(RuntimeSettings)

    assert (found.batch_size, found.max_waiting, found.max_deliveries) == (8, 77, 6)
    assert [origin(RuntimeSettings, field) for field in ("batch_size", "max_waiting", "max_deliveries")] == [
        "environment",
        ".env",
        "default",
    ]


def test_a_secret_is_read_from_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As Docker and Kubernetes mount them; it never shows in a representation."""
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "tocsin_redis_password").write_text("hush\n", encoding="utf-8")
    monkeypatch.setattr(settings_module, "SECRETS_DIR", secrets)

    found = load(RuntimeSettings, _secrets_dir=secrets, redis_url="redis://host:6379/0")

    assert redis_url(found) == "redis://:hush@host:6379/0"
    assert without_password(redis_url(found)) == "redis://:***@host:6379/0"
    assert "hush" not in repr(found)
    assert origin(RuntimeSettings, "redis_password") == str(secrets / "tocsin_redis_password")


@pytest.mark.parametrize(
    ("typo", "nearest"),
    [
        pytest.param("TOCSIN_REDS_URL", "TOCSIN_REDIS_URL", id="a letter is missing"),
        pytest.param("TOCSIN_BATCHSIZE", "TOCSIN_BATCH_SIZE", id="an underscore is missing"),
        pytest.param("tocsin_max_delivery", "TOCSIN_MAX_DELIVERIES", id="another form, in lower case"),
    ],
)
def test_an_unknown_name_stops_the_start_with_the_nearest_one(
    monkeypatch: pytest.MonkeyPatch, typo: str, nearest: str
) -> None:
    monkeypatch.setenv(typo, "1")

    with pytest.raises(Misconfigured, match=f"^{typo} is not a setting of tocsin; the nearest one is {nearest} "):
        load(RuntimeSettings)


def test_unknown_names_in_the_dotenv_file_are_told_too_all_at_once(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOCSIN_A=1\nTOCSIN_B=2\nOTHER=3\n", encoding="utf-8")

    with pytest.raises(Misconfigured) as caught:
        refuse_unknown_names({})

    assert [line.split()[0] for line in str(caught.value).splitlines()] == ["TOCSIN_A", "TOCSIN_B"]


def test_every_wrong_value_is_told_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOCSIN_BATCH_SIZE", "0")
    monkeypatch.setenv("TOCSIN_CLAIM_AFTER", "soon")
    monkeypatch.setenv("TOCSIN_REDIS_PASSWORD", "hush")

    with pytest.raises(Misconfigured) as caught:
        load(RuntimeSettings)

    assert {line.split(":")[0] for line in str(caught.value).splitlines()} == {
        "TOCSIN_BATCH_SIZE",
        "TOCSIN_CLAIM_AFTER",
    }
    assert "hush" not in str(caught.value)


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        load(RuntimeSettings).batch_size = 3  # type: ignore[misc]


@pytest.mark.parametrize("kind", list(settings_classes()), ids=lambda kind: kind.__name__)
def test_every_setting_says_what_it_is_and_has_a_default_or_must_be_given(kind: type) -> None:
    """`tocsin config` shows the descriptions; a setting without one is a riddle."""
    assert names_of(kind)
    assert [name for name, field in kind.model_fields.items() if not field.description] == []  # type: ignore[attr-defined]


def test_no_two_classes_share_a_name() -> None:
    """Two settings of one name would both change when one is set."""
    names = [name for kind in settings_classes() for name in names_of(kind)]

    assert len(names) == len(set(names))

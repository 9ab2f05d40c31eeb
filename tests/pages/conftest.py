"""One session for all pages: a pipeline costs ten seconds of a core."""

from collections.abc import Iterator

import pytest

from tests.pages.playing import Played
from tests.pages.session import Session, a_session


@pytest.fixture(scope="package")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    """A running pipeline with the seeds rung, and a checkout for each page."""
    with a_session(tmp_path_factory.mktemp("pages")) as session:
        yield session


@pytest.fixture(scope="package")
def played(session: Session) -> Played:
    """What the commands said, each page in its order."""
    return Played(session)

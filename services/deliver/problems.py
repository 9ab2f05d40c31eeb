"""Problems as the API tells them: RFC 9457 `application/problem+json`, with a closed set of types."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

MEDIA_TYPE = "application/problem+json"
TITLES = {
    400: "The request is not understood",
    401: "A token is needed",
    403: "Not allowed",
    404: "Not found",
    405: "This path does not take that method",
    409: "In conflict with another request",
    410: "Gone",
    412: "Changed in the meantime",
    413: "Too large",
    415: "Unknown kind of content",
    421: "Not served under this name",
    422: "Not acceptable as it is",
    429: "Too many requests",
    500: "An error of ours",
    503: "Not possible right now",
}


class ProblemMistake(BaseModel):
    """One thing that is wrong with a request."""

    where: str
    message: str


class ProblemBody(BaseModel):
    """Why a request cannot be answered as asked."""

    type: str  # a URI from a closed set; it names the reason
    title: str
    status: int
    detail: str  # for a person
    errors: list[ProblemMistake] = []


def problem_answers() -> dict[int | str, dict[str, Any]]:
    """Return how OpenAPI is told of problems."""
    schema = ProblemBody.model_json_schema(ref_template="#/components/schemas/{model}")
    parts = schema.pop("$defs")
    schema["properties"]["errors"]["items"] = parts["ProblemMistake"]
    content = {MEDIA_TYPE: {"schema": schema}}
    return {
        "4XX": {"description": "The request cannot be answered as asked", "content": content},
        "5XX": {"description": "Not possible right now", "content": content},
    }


@dataclass(frozen=True)
class Mistake:
    """One thing that is wrong, and where."""

    where: str
    message: str


class Problem(Exception):
    """A request cannot be answered as asked; `reason` is the last part of the type's URI."""

    def __init__(
        self,
        status: int,
        reason: str,
        detail: str,
        *,
        mistakes: tuple[Mistake, ...] = (),
        headers: dict[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.status = status
        self.reason = reason
        self.detail = detail
        self.mistakes = mistakes
        self.headers = headers or {}

    def body(self) -> dict[str, Any]:
        """Return the problem as its JSON object."""
        found: dict[str, Any] = {
            "type": f"https://tocsin.invalid/problems/{self.reason}",
            "title": TITLES.get(self.status, "Problem"),
            "status": self.status,
            "detail": self.detail,
        }
        if self.mistakes:
            found["errors"] = [{"where": one.where, "message": one.message} for one in self.mistakes]
        return found

"""The page for people: a handful of files without a build step, served from this package."""

from functools import cache
from importlib.resources import files

from fastapi import APIRouter, Request
from starlette.responses import Response

from services.deliver.adapters.http.answers import answer
from services.deliver.problems import Problem

MEDIA_TYPES = {
    "html": "text/html; charset=utf-8",
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "svg": "image/svg+xml",
}
router = APIRouter(include_in_schema=False)


@cache
def _files() -> dict[str, bytes]:
    """Return the files of the page by name."""
    folder = files("services.deliver").joinpath("page")
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.name.rpartition(".")[2] in MEDIA_TYPES}


def _serve(request: Request, name: str) -> Response:
    if name not in _files():
        raise Problem(404, "not-found", f"the page has no file '{name[:60]}'")
    return answer(request, _files()[name], media_type=MEDIA_TYPES[name.rpartition(".")[2]])


@router.get("/")
async def index(request: Request) -> Response:
    return _serve(request, "index.html")


@router.get("/page/{name}")
async def file(request: Request, name: str) -> Response:
    return _serve(request, name)


@router.get("/favicon.ico")
async def icon(request: Request) -> Response:
    return _serve(request, "icon.svg")

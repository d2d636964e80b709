"""The web application: the page, the API, the page that describes it, and errors as one clear sentence."""

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib import resources
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from jinja2 import Environment, PackageLoader, select_autoescape
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartParser
from starlette.types import ASGIApp

from ccreid import __version__
from ccreid.app.cli import BUG
from ccreid.app.serve.finder import Finder
from ccreid.app.serve.guard import MOST_SENT, Guard
from ccreid.app.serve.photo import MOST_BYTES, TooLargeError
from ccreid.app.serve.routes import MOST_OVERLAYS, api_routes
from ccreid.errors import CcreidError, MissingFileError
from ccreid.retrieval.milvus_store import GalleryError

# Requests that are worked on at once: what they wait for are the networks and the gallery, one at a time each.
_THREADS: Final = 8

_STATIC: Final = {"serve.css": "text/css", "serve.js": "text/javascript"}

# FastAPI reports to a collector where the environment names one; here nothing leaves the machine.
_NO_TELEMETRY: Final[Any] = {
    "tracing": False,
    "metrics": False,
    "logs": False,
    "operation_spans": False,
    "auto_configure": False,
}


def web_application(finder: Finder, names: Iterable[str] = ("localhost",)) -> ASGIApp:
    """Return the application that serves a gallery.

    Args:
        finder: Looks for people; it is closed with the application.
        names: By which the server may be called, beside addresses in numbers.
    """
    # Starlette writes larger uploads to disk; what is sent is to be kept nowhere.
    MultiPartParser.spool_max_size = MOST_SENT

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        anyio.to_thread.current_default_thread_limiter().total_tokens = _THREADS
        yield
        finder.close()

    app = FastAPI(
        title="ccreid",
        version=__version__,
        description="Find the same person again after they changed clothes.",
        openapi_url="/api/openapi.json",
        docs_url=None,  # both of FastAPI's load scripts from elsewhere
        redoc_url=None,
        lifespan=lifespan,
        telemetry=_NO_TELEMETRY,
    )
    app.include_router(api_routes(finder))
    _add_pages(app, finder)
    _add_errors(app, finder)
    return Guard(app, names)


def _add_pages(app: FastAPI, finder: Finder) -> None:
    environment = Environment(
        loader=PackageLoader("ccreid.app"), autoescape=select_autoescape(), trim_blocks=True, lstrip_blocks=True
    )
    files = {name: resources.files("ccreid.app").joinpath("static", name).read_bytes() for name in _STATIC}

    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        shown = {
            "uri": finder.gallery,
            "model": finder.model_name,
            "version": __version__,
            "most_bytes": MOST_BYTES,
            "most_overlays": MOST_OVERLAYS,
            "keeps_clothes_apart": finder.keeps_clothes_apart,
        }
        return HTMLResponse(environment.get_template("serve.html").render(shown))

    @app.get("/api", include_in_schema=False)
    def description() -> HTMLResponse:
        return HTMLResponse(environment.get_template("serve_api.html").render(api=app.openapi(), version=__version__))

    @app.get("/static/{name}", include_in_schema=False)
    def static(name: str) -> Response:
        if name not in files:
            raise HTTPException(404)
        return Response(files[name], media_type=_STATIC[name])


def _add_errors(app: FastAPI, finder: Finder) -> None:
    @app.exception_handler(CcreidError)
    def refused(_: Request, error: CcreidError) -> JSONResponse:
        kinds = {TooLargeError: 413, MissingFileError: 404, GalleryError: 503}
        status = next((number for kind, number in kinds.items() if isinstance(error, kind)), 400)
        # Where the gallery lies is for those to know who started the server.
        return _failed(status, str(error).replace(finder.uri, finder.gallery))

    @app.exception_handler(RequestValidationError)
    def misunderstood(_: Request, error: RequestValidationError) -> JSONResponse:
        first = error.errors()[0]
        where = ".".join(str(word) for word in first["loc"][1:]) or "the request"
        return _failed(422, f"{where} is not as expected: {first['msg']}; /api describes it")

    @app.exception_handler(HTTPException)
    def unanswered(request: Request, error: HTTPException) -> JSONResponse:
        if error.status_code == 404:
            return _failed(404, f"there is nothing at {request.url.path!r}: the page is at /, the API at /api")
        if error.status_code == 405:
            return _failed(405, f"{request.url.path!r} does not take {request.method}: /api describes what it takes")
        return _failed(error.status_code, str(error.detail))

    @app.exception_handler(Exception)
    def unexpected(_: Request, __: Exception) -> JSONResponse:
        return _failed(500, BUG.replace("the lines above", "the lines that the server printed"))


def _failed(status: int, sentence: str) -> JSONResponse:
    return JSONResponse({"error": sentence}, status)

"""``/_toq/faults`` of the gateway: PUT sets seed, rates and time factor, GET gives the record, DELETE ends it all."""

from typing import Any

from localstack.services.edge import ROUTER
from rolo import Request, Response

from toq_localstack.faults.board import BOARD

PATH = "/_toq/faults"


def install() -> None:
    """Add the route."""
    ROUTER.add(PATH, answer, methods=["GET", "PUT", "DELETE"])


def answer(request: Request, **_: Any) -> Response:
    """Answer one request."""
    if request.method == "DELETE":
        BOARD.clear()
    if request.method == "PUT":
        given: dict[str, Any] = request.get_json(force=True)
        BOARD.set(int(given["seed"]), given.get("rates") or {}, float(given.get("timeFactor", 1)))
    return Response.for_json({"strikes": BOARD.record() if request.method == "GET" else []})

"""Whether the service lives, and whether it can answer."""

from flask import Blueprint, Response, jsonify

from web.desk import desk

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def alive() -> Response:
    """The process answers."""
    return jsonify({"status": "ok"})


@blueprint.get("/readyz")
def ready() -> Response:
    """The index can be asked; 503 with the reason where it cannot."""
    state = desk().state()
    return jsonify({"status": "ok", "generation": state.generation, "documents": state.documents})

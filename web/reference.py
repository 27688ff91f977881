"""The description of the API as a page, made from the same document as /openapi.json."""

from typing import Any

from flask import Blueprint, Response, render_template

from web.conditional import conditional
from web.openapi import document

blueprint = Blueprint("reference", __name__)


@blueprint.get("/api/")
def page() -> Response:
    """Every address with its parameters and answers."""
    return conditional(_page, of_index=False)


def _page() -> str:
    content = document()
    operations = [
        (method, path, operation)
        for path, methods in content["paths"].items()
        for method, operation in methods.items()
    ]
    return render_template(
        "reference.html",
        info=content["info"],
        operations=operations,
        schemas=content["components"]["schemas"],
    )


@blueprint.app_template_filter("kind")
def kind(schema: dict[str, Any]) -> str:
    """What a schema allows, in words."""
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    if "enum" in schema:
        return " | ".join(map(str, schema["enum"]))
    if "const" in schema:
        return str(schema["const"])
    if choices := schema.get("oneOf") or schema.get("anyOf"):
        return " | ".join(map(kind, choices))
    if schema.get("type") == "array":
        return f"[{kind(schema.get('items', {}))}]"
    if properties := schema.get("properties"):
        return "{" + ", ".join(f"{name}: {kind(inner)}" for name, inner in properties.items()) + "}"
    given = schema.get("type", "—")
    types = " | ".join(given) if isinstance(given, list) else str(given)
    if "minimum" in schema and "maximum" in schema:
        types += f" {schema['minimum']}–{schema['maximum']}"
    return f"{types} ({schema['format']})" if "format" in schema else types

"""The description of handing articles in."""

from typing import Any

from search.inbox import Fate
from web.ingest import JSON, NDJSON

_TEXT = {"type": "string"}
_COUNT = {"type": "integer", "minimum": 0}
_FATES = [fate.value for fate in Fate]
SECURITY_SCHEMES: dict[str, Any] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "Ключ, выданный svodka keys add."},
    "key": {"type": "apiKey", "in": "header", "name": "X-Api-Key"},
}
SCHEMAS: dict[str, Any] = {
    "Record": {
        "type": "object",
        "description": "Статья; незнакомые поля хранятся.",
        "properties": {
            **dict.fromkeys(("id", "url", "title", "text", "published", "modified", "source"), _TEXT),
            **dict.fromkeys(("section", "author", "lang"), _TEXT),
            "tags": {"type": "array", "items": _TEXT},
        },
        "required": ["title", "text"],
    },
    "Fate": {
        "type": "object",
        "properties": {"id": _TEXT, "fate": {"type": "string", "enum": [*_FATES, "removed"]}},
        "required": ["id", "fate"],
    },
    "Fates": {
        "type": "object",
        "properties": {
            **dict.fromkeys(("read", *_FATES), _COUNT),
            "items": {
                "type": "array",
                "items": {
                    "type": "object",
                    "properties": {
                        "line": {"type": "integer", "minimum": 1},
                        "fate": {"type": "string", "enum": _FATES},
                        "id": _TEXT,
                        "reason": _TEXT,
                    },
                    "required": ["line", "fate"],
                },
            },
        },
        "required": ["read", *_FATES, "items"],
    },
}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _operation(name: str, summary: str, answer: str, faults: tuple[int, ...]) -> dict[str, Any]:
    def response(description: str, kind: str, schema: str) -> dict[str, Any]:
        schema_of = {"schema": {"$ref": f"#/components/schemas/{schema}"}}
        return {"description": description, "content": {kind: schema_of}}

    refused = response("Не вышло", "application/problem+json", "Problem")
    taken = response("Записано и переживёт сбой; в поиске — вскоре", JSON, answer)
    return {
        "operationId": name,
        "summary": summary,
        "security": [{scheme: []} for scheme in SECURITY_SCHEMES],
        "responses": {"202": taken}
        | {str(fault): refused for fault in (400, 401, 403, *faults, 429, 503, 507)},
    }


def _body(kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"required": True, "content": {kind: {"schema": schema}}}


ARTICLE: dict[str, Any] = {
    "put": {
        **_operation("putArticle", "Принять статью под этим id", "Fate", (413, 415)),
        "parameters": [_ID],
        "requestBody": _body(JSON, {"$ref": "#/components/schemas/Record"}),
    },
    "delete": {**_operation("deleteArticle", "Удалить статью", "Fate", (404,)), "parameters": [_ID]},
}
ARTICLES: dict[str, Any] = {
    "post": {
        **_operation("postArticles", "Принять статьи, по одной в строке", "Fates", (413, 415)),
        "requestBody": _body(
            NDJSON[0], {"type": "string", "description": "Записи Record, по одной в строке (NDJSON)."}
        ),
    }
}

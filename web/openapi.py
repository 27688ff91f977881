"""The description of the API, made from the tables that the code itself goes by."""

from enum import StrEnum
from functools import cache
from importlib.metadata import version
from typing import Any

from search import limits
from search.answering import COPY_FIELDS
from search.asking import HIT_FIELDS, PARAMETERS, Collapse, Match, Repair
from search.names import KINDS
from search.query import LABELS, In, Interval, Sort, Via
from search.related import Relation
from web import openapi_ingest

_ASKING = (400, 401, 406, 429, 503)  # what may become of any question
_FINDING = (*_ASKING, 404)
_TEXT = {"type": "string"}
_NULL_TEXT = {"type": ["string", "null"]}
_COUNT = {"type": "integer", "minimum": 0}
_MOMENT = {"type": ["string", "null"], "format": "date-time"}
# Something to read: a letter or a digit.
_LABEL = {"type": "string", "pattern": "[0-9A-Za-zА-Яа-яЁё]", "maxLength": limits.LABEL_CHARACTERS}
_LABELS = {"type": "array", "items": _LABEL, "maxItems": limits.FILTER_VALUES}
_WHEN = {
    "type": "string",
    "anyOf": [{"format": "date"}, {"format": "date-time"}],
    "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_PUBLISHED = _WHEN | {"pattern": "^(1[89]|[2-8][0-9])[0-9]{2}-"}  # no news is older, or of the far future


def _integer(least: int, most: int, default: int) -> dict[str, Any]:
    return {"type": "integer", "minimum": least, "maximum": most, "default": default}


def _choice(choices: type[StrEnum], default: str | None) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": [choice.value for choice in choices]}
    return schema | ({"default": default} if default else {})


_PARAMETERS: dict[str, tuple[str, dict[str, Any]]] = {
    "q": ("Вопрос на языке поиска.", {"type": "string"}),
    "in": ("Где искать.", _choice(In, "all")),
    "match": ("Слово в любой форме или только в этой.", _choice(Match, "lemma")),
    "repair": ("Исправлять ли вопрос, который ничего не находит.", _choice(Repair, "auto")),
    "strict": ("1 — неверно построенный вопрос есть ошибка.", _integer(0, 1, 0)),
    "page": ("Номер страницы; дальше 1000 статей страниц нет.", _integer(1, limits.RESULT_WINDOW, 1)),
    "cursor": (
        "Откуда продолжить: next_cursor прошлого ответа; вместо page.",
        {"type": "string", "minLength": 1},
    ),
    "per_page": ("Сколько статей на странице.", _integer(1, limits.PER_PAGE_MAX, limits.PER_PAGE)),
    "sort": ("Порядок; без слов в вопросе — сначала новые.", _choice(Sort, None)),
    "from": ("Не раньше этого дня или мгновения (ISO 8601).", _WHEN),
    "to": ("Не позже; день входит целиком.", _WHEN),
    "source": ("Источник; с минусом впереди — кроме него.", _LABELS),
    "section": ("Раздел; с минусом — кроме него.", _LABELS),
    "author": ("Автор; с минусом — кроме него.", _LABELS),
    "tag": ("Метка; с минусом — кроме неё.", _LABELS),
    "origin": ("Издание, на которое ссылается статья; с минусом — кроме него.", _LABELS),
    "person": ("Человек, о котором говорится, в именительном падеже; с минусом — кроме него.", _LABELS),
    "org": ("Организация, о которой говорится; с минусом — кроме неё.", _LABELS),
    "place": ("Место, о котором говорится; с минусом — кроме него.", _LABELS),
    "collapse": ("story — от каждого сюжета только первая из найденных статей.", _choice(Collapse, "none")),
    "facets": (
        f"Поля, значения которых посчитать по всем найденным: {', '.join(LABELS)}, через запятую.",
        {"type": "string", "pattern": f"^(({'|'.join(LABELS)})(,|$))*$"},
    ),
    "histogram": (
        "Посчитать найденное по дням, неделям или месяцам; пустых в ответе нет.",
        _choice(Interval, None),
    ),
    "snippets": ("Сколько отрывков у статьи.", _integer(0, limits.SNIPPETS_MAX, limits.SNIPPETS)),
    "fields": (
        f"Какие поля статей нужны, через запятую: {', '.join(HIT_FIELDS)}.",
        {"type": "string", "pattern": f"^(({'|'.join(HIT_FIELDS)})(,|$))*$"},
    ),
    "snippet_length": (
        "Длина отрывка в знаках.",
        _integer(limits.SNIPPET_LENGTH_MIN, limits.SNIPPET_LENGTH_MAX, limits.SNIPPET_LENGTH),
    ),
}


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties)}


def _list(items: dict[str, Any]) -> dict[str, Any]:
    return {"type": "array", "items": items}


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


_HEAD: dict[str, Any] = {
    "id": _TEXT,
    "url": _NULL_TEXT,
    "title": _TEXT,
    "source": {"oneOf": [_object(id=_TEXT, name=_TEXT), {"type": "null"}]},
    "author": _NULL_TEXT,
    "section": _NULL_TEXT,
    "tags": _list(_TEXT),
    "origin": _NULL_TEXT,
    "published_at": _MOMENT,
    "modified_at": _MOMENT,
}
_COPY = _object(**{name: _HEAD[name] for name in COPY_FIELDS})
_WHY = _object(
    relation={"type": "string", "enum": [relation.value for relation in Relation]},
    days={"type": ["number", "null"]},
    copy={"type": "boolean"},
    names=_list(_TEXT),
    words=_list(_TEXT),
)
_STORY = {"oneOf": [_object(id=_TEXT, size=_COUNT), {"type": "null"}]}
_VALUES = _list(_object(value=_TEXT, label=_TEXT, count=_COUNT))
_DAY = {"type": ["string", "null"], "format": "date"}
_SPAN = _object(start=_COUNT, end=_COUNT, text=_TEXT)
_NAMES = _object(**dict.fromkeys(KINDS, _list(_TEXT)))
_HIT: dict[str, Any] = {
    **_HEAD,
    "score": {"type": "number"},
    "title_marks": _list(_list(_COUNT)),
    "snippets": _list(_ref("Snippet")),
}
_SCHEMAS: dict[str, Any] = {
    "Mark": _object(start=_COUNT, end=_COUNT, via={"type": "string", "enum": [via.value for via in Via]}),
    "Snippet": _object(field=_TEXT, text=_TEXT, html=_TEXT, marks=_list(_ref("Mark"))),
    "Hit": {**_object(**_HIT), "required": []},  # `fields` may leave any out
    "Article": _object(**_HEAD, lang=_NULL_TEXT, text=_TEXT, story=_STORY, names=_NAMES, copies=_list(_COPY)),
    "Story": _object(
        id=_TEXT,
        size=_COUNT,
        title=_TEXT,
        first=_object(**_HEAD),
        **{"from": _MOMENT},
        to=_MOMENT,
        outlets=_VALUES,
        histogram=_list(_object(**{"from": {"type": "string", "format": "date"}}, count=_COUNT)),
        index={"type": "object"},
        hits=_list(_object(**_HEAD)),
    ),
    "Name": _object(
        kind={"type": "string", "enum": list(KINDS)},
        name=_TEXT,
        total=_COUNT,
        **{"from": _DAY, "to": _DAY, "with": _object(**dict.fromkeys(KINDS, _VALUES))},
        outlets=_VALUES,
        histogram=_list(_object(**{"from": {"type": "string", "format": "date"}}, count=_COUNT)),
        index={"type": "object"},
        hits=_list(_object(**_HEAD)),
    ),
    "Correction": _object(
        kind={"type": "string", "enum": ["layout", "translit", "typo", "lookalike"]},
        **{"from": _TEXT},
        to=_TEXT,
        applied={"type": "boolean"},
        count=_COUNT,
    ),
    "Answer": _object(
        query=_object(
            q=_TEXT,
            interpreted=_TEXT,
            terms=_list(_object(typed=_TEXT, mode=_TEXT, lemmas=_list(_TEXT), required={"type": "boolean"})),
            filters={"type": "object"},
            sort=_choice(Sort, None),
            relaxed={"type": "boolean"},
        ),
        corrections=_list(_ref("Correction")),
        warnings=_list(_object(code=_TEXT, message=_TEXT)),
        total=_COUNT,
        total_relation={"const": "eq"},
        heads={"type": ["integer", "null"], "minimum": 0},
        page={"type": ["integer", "null"], "minimum": 1},
        per_page=_COUNT,
        pages=_COUNT,
        next_cursor=_NULL_TEXT,
        next_url=_NULL_TEXT,
        prev_url=_NULL_TEXT,
        took_ms={"type": "number"},
        index=_object(generation=_COUNT, as_of=_MOMENT, documents=_COUNT),
        hits=_list(_ref("Hit")),
        facets=_list(
            _object(
                field=_TEXT,
                values=_list(_object(value=_TEXT, label=_TEXT, count=_COUNT, selected={"type": "boolean"})),
                other=_COUNT,
            )
        ),
        histogram=_list(_object(**{"from": {"type": "string", "format": "date"}}, count=_COUNT)),
    ),
    "Related": _object(
        index={"type": "object"},
        hits=_list(
            _object(
                **_HEAD,
                score={"type": "number"},
                why=_WHY,
            )
        ),
    ),
    "Review": _object(
        index={"type": "object"},
        hits=_list(
            _object(
                **_HEAD,
                score={"type": "number"},
                why=_WHY,
                share={"type": "number", "minimum": 0, "maximum": 1},
                passages=_list(_object(words=_COUNT, draft=_SPAN, article=_SPAN)),
            )
        ),
        hints=_list(
            _object(
                kind={"type": "string", "enum": ["number", "name", "first_name"]},
                start=_COUNT,
                end=_COUNT,
                text=_TEXT,
                archive=_list(_object(id=_TEXT, text=_TEXT)),
            )
        ),
    ),
    "Suggestions": _object(q=_TEXT, suggestions=_list(_object(text=_TEXT, count=_COUNT))),
    "Problem": _object(
        type=_TEXT,
        title=_TEXT,
        status={"type": "integer"},
        detail=_TEXT,
        instance=_TEXT,
        code=_TEXT,
        errors=_list(
            _object(
                parameter=_TEXT, message=_TEXT, value=_NULL_TEXT, allowed=_list(_TEXT), nearest=_NULL_TEXT
            )
        ),
    ),
    "Health": {"type": "object", "properties": {"status": {"const": "ok"}}, "required": ["status"]},
}


@cache
def document() -> dict[str, Any]:
    """The OpenAPI 3.1 document."""
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Сводка",
            "version": version("svodka"),
            "description": "Полнотекстовый поиск по русским новостям.",
        },
        "paths": {
            "/api/v1/search": _get(
                "search",
                "Поиск",
                [_parameter(name) for name in PARAMETERS],
                "Answer",
                _ASKING,
                cached=True,
            ),
            "/api/v1/articles/{id}": _get(
                "article",
                "Статья целиком",
                [_ID],
                "Article",
                _FINDING,
                cached=True,
            )
            | openapi_ingest.ARTICLE,
            "/api/v1/articles": openapi_ingest.ARTICLES,
            "/api/v1/suggest": _get(
                "suggest",
                "Подсказки",
                [_parameter("q"), _most(limits.SUGGESTIONS, "Сколько подсказок.")],
                "Suggestions",
                _ASKING,
                True,
            ),
            "/api/v1/articles/{id}/related": _get(
                "related",
                "Родственные статьи",
                [_ID, _most(limits.RELATED, "Сколько статей.")],
                "Related",
                _FINDING,
                True,
            ),
            "/api/v1/stories/{id}": _get(
                "story", "Сюжет: статьи об одном событии", [_ID], "Story", _FINDING, True
            ),
            "/api/v1/names/{kind}/{name}": _get(
                "name",
                "Имя: статьи, где оно есть, и кто рядом",
                [_KIND, _NAME],
                "Name",
                _FINDING,
                True,
            ),
            "/api/v1/related": {"post": _draft()},
            "/healthz": _get("healthz", "Процесс жив", [], "Health", ()),
            "/readyz": _get("readyz", "Индекс отвечает", [], "Health", (503,)),
        },
        "components": {
            "schemas": _SCHEMAS | openapi_ingest.SCHEMAS,
            "securitySchemes": openapi_ingest.SECURITY_SCHEMES,
        },
    }


_KIND = {"name": "kind", "in": "path", "required": True, "schema": {"type": "string", "enum": list(KINDS)}}
_NAME = {"name": "name", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}
_ID = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "minLength": 1}}


def _draft() -> dict[str, Any]:
    faults = (*_ASKING, 413)
    operation = _get(
        "relatedToDraft",
        "Родственники черновика",
        [_most(limits.RELATED, "Сколько статей.")],
        "Review",
        faults,
    )
    properties = {
        "title": _NULL_TEXT,
        "text": {"type": "string", "pattern": "\\S", "maxLength": limits.DRAFT_CHARACTERS},
        "published": {"anyOf": [_PUBLISHED, {"const": ""}, {"type": "null"}]},
    }
    content = {
        "application/json": {"schema": {"type": "object", "properties": properties, "required": ["text"]}}
    }
    return {**operation["get"], "requestBody": {"required": True, "content": content}}


def _parameter(name: str) -> dict[str, Any]:
    description, schema = _PARAMETERS[name]
    return {"name": name, "in": "query", "description": description, "schema": schema}


def _most(default: int, description: str) -> dict[str, Any]:
    """The parameter per_page where it has another default."""
    schema = _integer(1, limits.PER_PAGE_MAX, default)
    return {**_parameter("per_page"), "description": description, "schema": schema}


def _get(
    name: str,
    summary: str,
    parameters: list[dict[str, Any]],
    answer: str,
    faults: tuple[int, ...],
    cached: bool = False,
) -> dict[str, Any]:
    responses: dict[str, Any] = {"200": _response("Ответ", "application/json", answer)}
    if cached:
        responses["304"] = {"description": "Не изменилось с прошлого раза"}
    for status in sorted(faults):
        responses[str(status)] = _response("Не вышло", "application/problem+json", "Problem")
    return {
        "get": {"operationId": name, "summary": summary, "parameters": parameters, "responses": responses}
    }


def _response(description: str, kind: str, schema: str) -> dict[str, Any]:
    return {"description": description, "content": {kind: {"schema": _ref(schema)}}}

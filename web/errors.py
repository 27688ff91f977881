"""What went wrong, told to people in words and to programs as RFC 9457 problems."""

from dataclasses import asdict
from http import HTTPStatus

from flask import Flask, Response, current_app, g, jsonify, render_template, request
from werkzeug.exceptions import HTTPException

from search.errors import (
    ArchiveUnavailable,
    BadQuestion,
    DiskFull,
    DraftTooLong,
    IndexUnavailable,
    NameUnknown,
    NotFound,
    QueryTooCostly,
    SvodkaError,
)
from web.keys import KeysUnreadable
from web.wording import N_, failed

_MACHINE_PATHS = ("/api/", "/search.", "/opensearch.xml", "/openapi.json", "/healthz", "/readyz", "/metrics")
_BUSY_SECONDS = 2
_OUT_OF_ORDER = (IndexUnavailable, ArchiveUnavailable, DiskFull, KeysUnreadable)
_WORDS = {
    400: N_("Запрос не понят"),
    401: N_("Нужен ключ"),
    403: N_("Этого ключа мало"),
    404: N_("Здесь ничего нет"),
    405: N_("Так сюда не обращаются"),
    406: N_("Ответ бывает только в JSON"),
    413: N_("Запрос слишком велик"),
    415: N_("Так записанное не принимается"),
    429: N_("Слишком много запросов"),
    414: N_("Адрес слишком длинный"),
    500: N_("У нас что-то сломалось"),
    503: N_("Поиск сейчас недоступен"),
    507: N_("На диске нет места"),
}
_DETAILS = {
    401: N_("Покажите ключ API в заголовке «Authorization: Bearer …». Ключи выдаёт svodka keys add."),
    403: N_("У ключа нет права на это: нужен ключ с правом write."),
    404: N_("Такого адреса у службы нет."),
    405: N_("По этому адресу отвечают на другие методы: см. заголовок Allow."),
    406: N_("Этот адрес отдаёт application/json: запросите его или */*."),
    413: N_("Тело запроса больше, чем принимается."),
    415: N_("Статья принимается как application/json, список статей — как application/x-ndjson, без сжатия."),
    429: N_("Позволенное исчерпано: повторите через столько секунд, сколько сказано в Retry-After."),
    503: N_("Вопросов сейчас больше, чем мы успеваем отвечать: повторите через секунду."),
    500: N_("Ошибка записана в журнал. Попробуйте ещё раз; если повторится, сообщите номер запроса."),
}
_TITLES = {
    "archive_unavailable": N_("Архив сейчас недоступен"),
    "keys_unreadable": N_("Ключи сейчас недоступны"),
}
_CODES = {413: "request_entity_too_large", 414: "request_uri_too_long"}  # later Pythons have other names
_UNAVAILABLE = {
    "index_away": N_("Кластер с индексом не отвечает или не весь на месте: попробуйте позже."),
    "index_missing": N_("Индекса ещё нет: добавьте статьи командой svodka add."),
    "index_damaged": N_("Индекс повреждён: его восстановит команда svodka rebuild."),
    "archive_unavailable": N_("Архив сейчас не пишется: ничего не принято, попробуйте позже."),
    "disk_full": N_("На диске службы нет места: ничего не принято, попробуйте позже."),
    "keys_unreadable": N_("Ключи сейчас не читаются: попробуйте позже."),
}


def install(app: Flask) -> None:
    """Answer every error of the application in the way its path is spoken to."""
    app.register_error_handler(SvodkaError, _ours)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unexpected)


def _ours(error: SvodkaError) -> Response:
    response = _told(_status(error), error.code, _public(error), error)
    if isinstance(error, ArchiveUnavailable | IndexUnavailable | DiskFull):
        response.headers["Retry-After"] = str(error.retry_after)
    elif response.status_code == 503:
        response.headers["Retry-After"] = str(_BUSY_SECONDS)
    return response


def _public(error: SvodkaError) -> str:
    """The error's words; those that name files of the server go to the log, and others to the client."""
    if not isinstance(error, _OUT_OF_ORDER):
        return str(error)
    current_app.logger.error("request %s: %s", g.get("request_id"), error)
    return _UNAVAILABLE.get(error.code, N_("Индекс сейчас не читается: попробуйте позже."))


def _status(error: SvodkaError) -> int:
    if isinstance(error, BadQuestion):
        return 400
    if isinstance(error, NotFound):
        return 404
    if isinstance(error, DraftTooLong):
        return 413
    if isinstance(error, DiskFull):
        return 507
    return 503 if isinstance(error, (*_OUT_OF_ORDER, QueryTooCostly)) else 500


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect is not an error
        return Response(error.get_response().get_data(), status, error.get_headers())
    named = HTTPStatus(status).name.lower() if status in HTTPStatus.__members__.values() else "error"
    phrase = _CODES.get(status, named)
    response = _told(status, phrase, _DETAILS.get(status, N_("Запрос нельзя выполнить.")))
    for name, value in error.get_headers():
        if name.lower() not in ("content-type", "content-length"):
            response.headers[name] = value
    return response


def _unexpected(error: Exception) -> Response:
    current_app.logger.error("request %s failed", g.get("request_id"), exc_info=error)
    return _told(500, "internal_error", _DETAILS[500])


def _told(status: int, code: str, detail: str, error: SvodkaError | None = None) -> Response:
    title = _TITLES.get(code) or _WORDS.get(status, N_("Запрос не выполнен"))
    if request.path.startswith(_MACHINE_PATHS):
        response = jsonify(problem(status, code, title, detail, error))
        response.content_type = "application/problem+json"
    else:
        faults = error.errors if isinstance(error, BadQuestion) else ()
        told = "" if faults else failed(code, detail)
        name = (
            request.view_args["name"].strip() if isinstance(error, NameUnknown) and request.view_args else ""
        )
        page = render_template("error.html", title=failed("", title), detail=told, faults=faults, name=name)
        response = Response(page, content_type="text/html; charset=utf-8")
    response.status_code = status
    return response


def problem(status: int, code: str, title: str, detail: str, error: SvodkaError | None) -> dict[str, object]:
    """A problem as RFC 9457 has it, with the code of the contract and the faults of a question."""
    faults = [asdict(fault) for fault in error.errors] if isinstance(error, BadQuestion) else []
    return {
        "type": f"urn:svodka:problem:{code}",
        "title": title,
        "status": status,
        "detail": detail,
        "instance": request.path,
        "code": code,
        "errors": faults,
    }

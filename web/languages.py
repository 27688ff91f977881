"""The languages of the pages: Russian, and English and Kazakh by their catalogs.

What is to be told stands in the code and the templates in Russian; `translations/` has the other languages,
and the plural forms of Russian. Catalogs are compiled when the application is made, so that none is ever
missing or stale. A page's language is part of its address (`lang`).
"""

from functools import cache
from io import BytesIO
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations
from flask import Flask, has_request_context, request
from flask_babel import Babel, Domain

LANGUAGES = {"ru": "Русский", "kk": "Қазақша", "en": "English"}
DEFAULT = "ru"
FOLDER = Path(__file__).with_name("translations")


def language() -> str:
    """The language of the page that is asked for."""
    asked = request.args.get("lang", DEFAULT) if has_request_context() else DEFAULT
    return asked if asked in LANGUAGES else DEFAULT


@cache
def catalog(language: str) -> Translations:
    """The compiled catalog of a language."""
    with (FOLDER / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        messages = read_po(file, locale=language)
    compiled = BytesIO()
    write_mo(compiled, messages)
    compiled.seek(0)
    return Translations(compiled)


class _Catalogs(Domain):  # type: ignore[misc] # Flask-Babel has no types
    def get_translations(self) -> Translations:
        return catalog(language())


def install(app: Flask) -> None:
    """Have every page speak its language."""
    Babel(app, default_locale=DEFAULT, locale_selector=language)
    for name in LANGUAGES:
        catalog(name)
    app.before_request(_Catalogs().as_default)

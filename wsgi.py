"""What gunicorn serves: settings, an engine, an inbox, and the application over them."""

import os
from datetime import UTC, datetime

from indexer.copied import ArchiveCopies
from indexer.inbox import ArchiveInbox
from search.engines import open_engine, preload
from search.settings import Settings
from web.app import create_app

settings = Settings.read(os.environ)
preload(settings.engine)  # before the server forks its workers
app = create_app(
    open_engine(settings.engine, settings.index).reader,
    settings,
    lambda: datetime.now(UTC),
    ArchiveInbox(settings.archive, settings.timezone),
    ArchiveCopies(settings.archive),
)

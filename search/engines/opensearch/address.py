"""Where an index is: `http://[user:password@]host:9200[,host:9200…]/name[?shards=3&replicas=1&ca=/path.pem]`."""

import logging
from dataclasses import dataclass
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from opensearchpy import OpenSearch

from search.settings import BadSetting

_EXAMPLE = "opensearch:http://host:9200,host:9200/name?shards=3&replicas=1"
# A write may wait for a shard that moves to another node; a question is given up long before.
WRITE_SECONDS = 60.0
READ_SECONDS = 5.0
_DEFAULT_PORT = 9200


@dataclass(frozen=True, slots=True)
class Address:
    """The nodes of a cluster, the name of an index there, and how a new build of it is spread."""

    nodes: tuple[str, ...]
    name: str
    shards: int = 3
    replicas: int = 1
    user: tuple[str, str] | None = None
    ca: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """The address that a setting names; raises BadSetting."""
        parts = urlsplit(url)
        credentials, _, hosts = parts.netloc.rpartition("@")
        name = parts.path.strip("/")
        try:
            more = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
            shards, replicas = int(more.pop("shards", 3)), int(more.pop("replicas", 1))
        except ValueError as error:
            raise BadSetting(f"SVODKA_ENGINE: {error}; пример: {_EXAMPLE}") from error
        ca = more.pop("ca", None)
        # OpenSearch's own rules for names, less what we add for builds.
        fits = name and name == name.lower() and name[0].isalnum() and name.replace("-", "").isalnum()
        if (
            parts.scheme not in ("http", "https")
            or not hosts
            or not fits
            or more
            or shards < 1
            or replicas < 0
        ):
            raise BadSetting(f"SVODKA_ENGINE: адрес OpenSearch не понят; пример: {_EXAMPLE}")
        user, _, password = (unquote(part) for part in credentials.partition(":"))
        nodes = tuple(
            f"{parts.scheme}://{host if ':' in host else f'{host}:{_DEFAULT_PORT}'}"
            for host in hosts.split(",")
        )
        return cls(nodes, name, shards, replicas, (user, password) if user else None, ca)

    def client(self) -> OpenSearch:
        """A client that turns to another node when one refuses, but waits for none twice."""
        logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # what goes wrong is raised, and told once
        more: dict[str, Any] = {"ca_certs": self.ca} if self.ca else {}
        return OpenSearch(
            list(self.nodes),
            http_auth=self.user,
            timeout=WRITE_SECONDS,
            max_retries=len(self.nodes),
            retry_on_timeout=False,
            **more,
        )

"""Where an index is: `http[s]://[user:password@]host:9200[,host:9200…]/name[?shards=3&replicas=1&ca=/path.pem]`.

What is wrong with one is told without a word of it: the password may stand anywhere in it.
"""

import logging
from dataclasses import dataclass, field
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from opensearchpy import OpenSearch
from opensearchpy.connection import create_ssl_context

from search.settings import BadSetting

_NOT_UNDERSTOOD = (
    "SVODKA_ENGINE: адрес OpenSearch не понят; примеры: opensearch:http://host:9200,host:9200/name?shards=3,"
    " opensearch:https://user:password@host:9200/name?ca=/ca.pem; знаки вроде @ в пароле пишутся как %40"
)
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
    user: tuple[str, str] | None = field(default=None, repr=False)
    ca: str | None = None

    @classmethod
    def parse(cls, url: str) -> Self:
        """The address that a setting names; raises BadSetting."""
        try:
            parts = urlsplit(url)
            credentials, _, hosts = parts.netloc.rpartition("@")
            nodes = tuple(_node(parts.scheme, host) for host in hosts.split(","))
            more = dict(parse_qsl(parts.query, strict_parsing=True)) if parts.query else {}
            shards, replicas = int(more.pop("shards", 3)), int(more.pop("replicas", 1))
        except ValueError:
            raise BadSetting(_NOT_UNDERSTOOD) from None
        name = parts.path.strip("/")
        ca = more.pop("ca", None)
        # OpenSearch's own rules for names, less what we add for builds.
        fits = name and name == name.lower() and name[0].isalnum() and name.replace("-", "").isalnum()
        if not fits or more or shards < 1 or replicas < 0 or (ca and parts.scheme != "https"):
            raise BadSetting(_NOT_UNDERSTOOD)
        if ca:
            try:
                create_ssl_context(cafile=ca)
            except OSError as error:
                raise BadSetting(
                    f"SVODKA_ENGINE: ca={ca}: не читается или без сертификата: {error}"
                ) from error
        user, _, password = (unquote(part) for part in credentials.partition(":"))
        return cls(nodes, name, shards, replicas, (user, password) if user else None, ca)

    def client(self) -> OpenSearch:
        """A client that turns to another node when one refuses, but waits for none twice."""
        logging.getLogger("opensearch").setLevel(logging.CRITICAL)  # what goes wrong is raised, and told once
        more: dict[str, Any] = {"ca_certs": self.ca} if self.ca else {}
        # The client writes Latin-1, the cluster reads UTF-8.
        user = self.user and tuple(part.encode().decode("latin-1") for part in self.user)
        return OpenSearch(
            list(self.nodes),
            http_auth=user,
            timeout=WRITE_SECONDS,
            max_retries=len(self.nodes),
            retry_on_timeout=False,
            **more,
        )


def _node(scheme: str, host: str) -> str:
    """The address of a node; raises ValueError."""
    place = urlsplit(f"{scheme}://{host}")
    if scheme not in ("http", "https") or not place.hostname or host.endswith(":"):
        raise ValueError
    return place.geturl() if place.port else f"{place.geturl()}:{_DEFAULT_PORT}"

"""A cluster of OpenSearch nodes on loopback, each a process of its own that can be killed and started again.

The server's jars come from Maven Central; Java 17 and Maven are all it needs, and OpenSSL 3 where it is to be
secured. It listens on loopback only.

    python -m cluster.local [--port 9200] [--nodes 3] [--heap 512m] [--folder PATH] [--secured]
"""

import argparse
import hashlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from cluster.security import Security

HERE = Path(__file__).parent
BUILT = HERE / "build"
START_SECONDS = 180.0
RECOVERY_SECONDS = 60.0  # after which nodes that have come back are taken to be stuck
_LOGGING = """
appender.console.type = Console
appender.console.name = console
appender.console.layout.type = PatternLayout
appender.console.layout.pattern = %d{HH:mm:ss,SSS} %p %c{1.} %m%n
rootLogger.level = warn
rootLogger.appenderRef.console.ref = console
"""


class CannotRun(Exception):
    """There is no Java 17 or no Maven here, or the jars cannot be had; the message says which."""


def built(secured: bool = False) -> Path:
    """The folder of a node's classes, its jars in `lib`; fetched and compiled when new. Raises CannotRun."""
    tools = ("java", "javac", "mvn", *(["openssl"] if secured else []))
    if lacking := ", ".join(tool for tool in tools if not shutil.which(tool)):
        raise CannotRun(f"not installed: {lacking}")
    pom, node = HERE / "pom.xml", HERE / "OneNode.java"
    stamp = hashlib.sha256(pom.read_bytes() + node.read_bytes()).hexdigest()[:16]
    kind = BUILT / ("secured" if secured else "plain")
    place = kind / stamp
    lib = place / "lib"
    if not (place / "OneNode.class").exists():
        shutil.rmtree(kind, ignore_errors=True)
        fetch = ["mvn", "-q", "-B", "-f", str(pom), *(["-Psecured"] if secured else [])]
        _run([*fetch, "dependency:copy-dependencies", f"-DoutputDirectory={lib}"])
        for plugin in lib.glob("*.zip"):
            shutil.unpack_archive(plugin, lib)
        _run(["javac", "-nowarn", "-cp", f"{lib}{os.sep}*", "-d", str(place), str(node)])
    return place


def _run(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        raise CannotRun(f"{command[0]} failed: {(done.stdout + done.stderr).strip()[-2000:]}")


class LocalCluster:
    """Some nodes in a folder. Node numbers begin at 0; HTTP ports follow each other from `port`.

    A `secured` one has the security plugin, and speaks TLS.
    """

    def __init__(
        self,
        folder: Path,
        port: int,
        nodes: int = 3,
        options: tuple[str, ...] = ("-Xmx512m",),
        secured: bool = False,
    ) -> None:
        self.folder = folder
        self.ports = tuple(range(port, port + nodes))
        self._options = options
        self._built = built(secured)
        self.security = Security(folder / "certificates", self._built / "lib") if secured else None
        self._running: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def hosts(self) -> str:
        """The nodes as an engine's address has them."""
        return self._scheme + ",".join(f"127.0.0.1:{port}" for port in self.ports)

    @property
    def _scheme(self) -> str:
        return "https://" if self.security else "http://"

    def setting(self, index: str) -> str:
        """What SVODKA_ENGINE is to be for an index here."""
        if not self.security:
            return f"opensearch:{self.hosts}/{index}"
        return f"opensearch:{self.security.address(self.hosts, index)}"

    @property
    def processes(self) -> list[int]:
        """The ids of the nodes' processes."""
        return [process.pid for process in self._running.values()]

    def start(self, *numbers: int) -> None:
        """Start some nodes, or all that do not run; returns when every shard has its copies."""
        for number in numbers or (each for each in range(len(self.ports)) if each not in self._running):
            self._start(number)
        try:
            self.wait(RECOVERY_SECONDS if numbers else START_SECONDS)
        except CannotRun:
            if not numbers:
                raise
            # One made primary while others died may stay half of one, so that its copies wait without end.
            running = list(self._running)
            self.stop()
            for number in running:
                self._start(number)
            self.wait()
        if self.security:
            self.security.allow(self.ask)

    def _start(self, number: int) -> None:
        home = self.folder / f"node-{number}"
        home.mkdir(parents=True, exist_ok=True)
        (home / "log4j2.properties").write_text(_LOGGING)
        names = [f"n{each}" for each in range(len(self.ports))]
        seeds = [f"127.0.0.1:{port + 1000}" for port in self.ports]
        settings = {
            "path.home": home,
            "cluster.name": "svodka",
            "node.name": names[number],
            "network.host": "127.0.0.1",
            "http.port": self.ports[number],
            "transport.port": self.ports[number] + 1000,
            "discovery.seed_hosts": ",".join(seeds),
            "cluster.initial_cluster_manager_nodes": ",".join(names),
            "action.auto_create_index": "false",
            # Three nodes of one disk: what is free there is no reason to move a shard.
            "cluster.routing.allocation.disk.threshold_enabled": "false",
            "node.processors": os.cpu_count() or 1,
            # A request for a shard's copy that was lost with a dying node is sent again after a quarter of an
            # hour; here nodes die all the time.
            "indices.recovery.internal_action_timeout": "15s",
            "indices.recovery.internal_action_long_timeout": "30s",
            "indices.recovery.recovery_activity_timeout": "30s",
        }
        if self.security:
            settings |= self.security.settings(home)
        path = f"{self._built}{os.pathsep}{self._built / 'lib'}{os.sep}*"
        logging = f"-Dlog4j2.configurationFile={home / 'log4j2.properties'}"
        command = ["java", *self._options, logging, "-Dlog4j2.disable.jmx=true", "-cp", path, "OneNode"]
        with (home / "log").open("ab") as log:
            self._running[number] = subprocess.Popen(
                [*command, *(f"{name}={value}" for name, value in settings.items())],
                stdout=log,
                stderr=log,
                stdin=subprocess.PIPE,
                start_new_session=True,
            )

    def wait(self, seconds: float = START_SECONDS) -> None:
        """Wait until all running nodes have found each other and the cluster is green."""
        end = time.monotonic() + seconds
        want = f"wait_for_nodes={len(self._running)}&wait_for_status=green&timeout=5s"
        while time.monotonic() < end:
            for number, process in self._running.items():
                if process.poll() is not None:
                    raise CannotRun(f"node {number} ended: {self.log(number)}")
            try:
                if not self.ask("GET", f"/_cluster/health?{want}")["timed_out"]:
                    if self.security:
                        self.ask("GET", "/_plugins/_security/health")  # 503 until it knows its users
                    return
            except (OSError, ValueError):
                time.sleep(0.3)
        raise CannotRun(f"no green cluster after {seconds:.0f} s: {self.log(next(iter(self._running)))}")

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """What a running node answers to the admin; raises OSError and ValueError."""
        port = self.ports[next(iter(self._running))]
        request = urllib.request.Request(
            f"{self._scheme}127.0.0.1:{port}{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        admin = self.security.admin if self.security else None
        with urllib.request.urlopen(request, timeout=10, context=admin) as answer:
            return json.load(answer)

    def log(self, number: int) -> str:
        """The end of a node's log."""
        return (self.folder / f"node-{number}" / "log").read_text(errors="replace")[-2000:]

    def kill(self, number: int) -> None:
        """Cut a node off at once, as a power cut would."""
        self._end(number, signal.SIGKILL)

    @contextmanager
    def frozen(self, *numbers: int) -> Iterator[None]:
        """Some nodes that neither answer nor close their connections."""
        for number in numbers:
            os.kill(self._running[number].pid, signal.SIGSTOP)
        try:
            yield
        finally:
            for number in numbers:
                os.kill(self._running[number].pid, signal.SIGCONT)

    def stop(self) -> None:
        """End all nodes."""
        for process in self._running.values():
            process.terminate()
        for number in list(self._running):
            self._end(number, signal.SIGTERM)

    def _end(self, number: int, how: signal.Signals) -> None:
        process = self._running.pop(number)
        if process.stdin:
            process.stdin.close()
        if process.poll() is None:
            process.send_signal(how)
        try:
            process.wait(30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def free_port(count: int) -> int:
    """The first of so many ports in a row that nothing listens on, with their transport ports."""
    for first in range(19200, 20200 - count, count):
        if all(_is_free(port) and _is_free(port + 1000) for port in range(first, first + count)):
            return first
    raise CannotRun("no free ports between 19200 and 21200")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def main() -> None:
    """Run a cluster until it is interrupted."""
    parser = argparse.ArgumentParser(description="A local OpenSearch cluster, until Ctrl+C or SIGTERM")
    parser.add_argument("--port", type=int, default=9200, help="HTTP port of the first node")
    parser.add_argument("--nodes", type=int, default=3)
    parser.add_argument("--heap", default="512m", help="of each node")
    parser.add_argument("--secured", action="store_true", help="with the security plugin (fetches 43 MB)")
    parser.add_argument("--folder", type=Path, default=Path("var/opensearch"))
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        cluster = LocalCluster(
            given.folder.resolve(),
            given.port,
            given.nodes,
            (f"-Xms{given.heap}", f"-Xmx{given.heap}"),
            given.secured,
        )
        try:
            cluster.start()
            print(f"SVODKA_ENGINE={cluster.setting('news')}")
            print(f"kill {os.getpid()} or Ctrl+C ends it", flush=True)
            signal.pause()
        except KeyboardInterrupt:
            pass
        finally:
            cluster.stop()
    except CannotRun as error:
        sys.exit(f"opensearch: {error}")


if __name__ == "__main__":
    main()

"""What docs/operations offers to a host is taken by systemd and nginx as it stands, and does what it says."""

import re
import shutil
import signal
import ssl
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT
from tests.promises.conftest import filled, free_port, served

OFFERED = ROOT / "docs" / "operations"
UNITS = sorted(OFFERED.glob("*.service"))
MOST_EXPOSED = 15  # of 100; systemd calls up to 20 safe or OK


def needs(*programs: str) -> None:
    for program in programs:
        if not shutil.which(program):
            pytest.skip(f"{program} is not there")


def done(*command: str) -> str:
    """What a command told; it must succeed."""
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout + ended.stderr


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_units_are_understood_and_give_little_away(unit: Path, tmp_path: Path) -> None:
    needs("systemd-analyze")
    here = tmp_path / unit.name
    here.write_text(re.sub(r"/opt/svodka/\S+/bin/\w+", "/bin/true", unit.read_text()))
    assert done("systemd-analyze", "verify", "--man=no", str(here)) == ""
    done("systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", str(here))


def test_units_name_programs_that_are_installed() -> None:
    for unit in UNITS:
        found = re.search(r"^ExecStart=/opt/svodka/\.venv/bin/(\w+)", unit.read_text(), re.M)
        assert found, unit.name
        assert shutil.which(found[1], path=str(ROOT / ".venv" / "bin")) or shutil.which(found[1])


Got = Callable[[str], tuple[int, str]]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Got]:
    """The sample site by nginx, before a real service; gives the status and the text of an address."""
    needs("nginx", "openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    asked = ["-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=news.example", "-days", "1"]
    done("openssl", "req", *asked, "-keyout", str(key), "-out", str(certificate))
    plain, secure = free_port(), free_port()
    with served(filled(tmp_path / "home", 3), SVODKA_PROXIES="1", SVODKA_RATE_LIMIT="3 per 1 hour") as server:
        changes = {
            "unix:/run/svodka/web.sock": f"127.0.0.1:{server.port}",
            "/etc/ssl/news.example/fullchain.pem": str(certificate),
            "/etc/ssl/news.example/privkey.pem": str(key),
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ": f"listen 127.0.0.1:{secure} ",
        }
        text = (OFFERED / "nginx.conf").read_text()
        text = re.sub(r" *listen \[::\].*\n", "", text)  # a machine may have no IPv6
        for offered, here in changes.items():
            assert text.count(offered) == 1, offered
            text = text.replace(offered, here)
        conf = tmp_path / "nginx.conf"
        conf.write_text(
            f"daemon off; pid {tmp_path}/pid; error_log stderr; events {{}} http {{ access_log off;"
            + "".join(
                f" {name}_temp_path {tmp_path}/{name};"
                for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
            + f"\n{text}}}"
        )
        assert "warn" not in done("nginx", "-t", "-p", str(tmp_path), "-c", str(conf))
        running = subprocess.Popen(["nginx", "-p", str(tmp_path), "-c", str(conf)], stderr=subprocess.DEVNULL)
        trusting = ssl.create_default_context(cafile=str(certificate))
        trusting.check_hostname = False

        def get(path: str) -> tuple[int, str]:
            asking = urllib.request.Request(
                f"https://127.0.0.1:{secure}{path}", headers={"X-Forwarded-For": "198.51.100.7"}
            )
            try:
                with urllib.request.urlopen(asking, context=trusting, timeout=60) as response:
                    return response.status, response.headers.get("Strict-Transport-Security", "")
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        try:
            for _ in range(1200):
                try:
                    get("/healthz")
                    break
                except urllib.error.URLError:
                    assert running.poll() is None
                    time.sleep(0.1)
            yield get
        finally:
            running.send_signal(signal.SIGQUIT)
            running.wait(60)


def test_sample_site_stands_before_the_service(site: Got) -> None:
    """It hides the figures, tells of TLS, and lets nobody pose as another."""
    assert site("/metrics")[0] == 403
    status, over_tls = site("/api/v1/search?q=most")
    assert status == 200
    assert "max-age" in over_tls
    assert [site("/api/v1/search")[0] for _ in range(3)] == [200, 200, 429]

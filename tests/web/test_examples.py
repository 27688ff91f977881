"""What docs/services.md shows is run as it stands there."""

import os
import re
import subprocess
import sys

import pytest

from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "services.md").read_text(encoding="utf-8")
EXAMPLES = re.findall(r"```(bash|python)\n(.*?)```", PAGE, flags=re.DOTALL)


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_example_runs(service: str, number: int) -> None:
    language, code = EXAMPLES[number]
    code = code.replace("http://127.0.0.1:8000", service)
    shell = ["bash", "-euo", "pipefail", "-c"]
    command = (
        [*shell, code.replace("curl -s", "curl -fs")] if language == "bash" else [sys.executable, "-c", code]
    )
    if "per-page" in code:
        command = [*shell, code]
    beside = {**os.environ, "PYTHONPATH": str(ROOT / "clients")}  # where it is told to be copied to
    ended = subprocess.run(command, capture_output=True, text=True, timeout=60, env=beside)
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout or "HTTPError" in code
    if "If-None-Match" in code:
        assert ended.stdout.strip() == "304"
    if "per-page" in code:
        assert '"nearest":"per_page"' in ended.stdout

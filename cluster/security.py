"""What a secured cluster needs besides its nodes: certificates made on the spot, an admin, and users.

The admin is whoever shows the certificate `admin.pem`; there are no demo certificates, users or passwords.
"""

import json
import secrets
import shutil
import ssl
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROLE = Path(__file__).with_name("role.json")  # what Svodka's user may do, and nothing else
USER = "svodka"
_DAYS = 30
_OPENSSL = "[req]\ndistinguished_name = subject\n[subject]\n"
_NOBODY = '_meta:\n  type: "{kind}"\n  config_version: 2\n'


class Security:
    """The certificates and settings of a cluster whose nodes have the address 127.0.0.1."""

    def __init__(self, folder: Path, plugin: Path) -> None:
        """Make the certificates in a folder, unless they are there; `plugin` has the plugin's files."""
        self.folder = folder
        self._plugin = plugin
        self.password = secrets.token_urlsafe()
        if not self.ca.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (folder / "openssl.cnf").write_text(_OPENSSL)
            self._certify("ca", "basicConstraints=critical,CA:TRUE", "keyUsage=critical,keyCertSign")
            self._certify("node", "subjectAltName=IP:127.0.0.1", "extendedKeyUsage=serverAuth,clientAuth")
            self._certify("admin", "extendedKeyUsage=clientAuth")

    @property
    def ca(self) -> Path:
        """The certificate that all others are signed by."""
        return self.folder / "ca.pem"

    def _certify(self, name: str, *extensions: str) -> None:
        command = [
            *f"openssl req -x509 -config openssl.cnf -subj /CN={name} -days {_DAYS}".split(),
            *f"-newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout {name}.key -out {name}.pem".split(),
            *(part for extension in extensions for part in ("-addext", extension)),
        ]
        if name != "ca":
            command += ["-CA", "ca.pem", "-CAkey", "ca.key"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    @property
    def admin(self) -> ssl.SSLContext:
        """How the admin speaks to the nodes."""
        context = ssl.create_default_context(cafile=str(self.ca))
        context.load_cert_chain(self.folder / "admin.pem", self.folder / "admin.key")
        return context

    def settings(self, home: Path) -> dict[str, str]:
        """The settings of a node, whose folder gets what they name."""
        config = home / "opensearch-security"
        shutil.copytree(self._plugin / "config", config, dirs_exist_ok=True)
        for name, kind in (("internal_users", "internalusers"), ("roles_mapping", "rolesmapping")):
            (config / f"{name}.yml").write_text(_NOBODY.format(kind=kind))
        for name in ("ca.pem", "node.pem", "node.key"):
            shutil.copy(self.folder / name, home)
        settings = {
            "plugins.security.allow_default_init_securityindex": "true",
            "plugins.security.authcz.admin_dn": "CN=admin",
            "plugins.security.nodes_dn": "CN=node",
            "plugins.security.ssl.http.enabled": "true",
            # Else a node looks for the name that another's address has, which here is localhost.
            "plugins.security.ssl.transport.resolve_hostname": "false",
        }
        for layer in ("http", "transport"):
            settings |= {
                f"plugins.security.ssl.{layer}.pemcert_filepath": "node.pem",
                f"plugins.security.ssl.{layer}.pemkey_filepath": "node.key",
                f"plugins.security.ssl.{layer}.pemtrustedcas_filepath": "ca.pem",
            }
        return settings

    def address(self, hosts: str, index: str) -> str:
        """The address of an index for Svodka's user."""
        return f"{hosts.replace('//', f'//{USER}:{self.password}@')}/{index}?ca={quote(str(self.ca))}"

    def allow(self, ask: Callable[[str, str, Any], Any]) -> None:
        """Let Svodka's user in, with its role and no other; `ask` sends something to a node as the admin."""
        for kind, body in (
            ("roles", json.loads(ROLE.read_text())),
            ("internalusers", {"password": self.password}),
            ("rolesmapping", {"users": [USER]}),
        ):
            ask("PUT", f"/_plugins/_security/api/{kind}/{USER}", body)

"""What a county installs beside the programme is sound: systemd reads the units, nginx the configuration, and both name what exists."""

from __future__ import annotations

import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from http.client import HTTPResponse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DEPLOY = Path(__file__).parents[2] / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
SYSTEMD = shutil.which("systemd-analyze")
NGINX = shutil.which("nginx", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
needs_systemd = pytest.mark.skipif(SYSTEMD is None, reason="systemd-analyze is not installed")
needs_nginx = pytest.mark.skipif(NGINX is None, reason="nginx is not installed (Debian: nginx-light)")


@needs_systemd
@pytest.mark.parametrize("unit", [*UNITS, *TIMERS], ids=lambda path: path.name)
def test_systemd_reads_every_unit(unit: Path, tmp_path: Path) -> None:
    """With programmes that exist here in the place of the installed ones."""
    for path in (*UNITS, *TIMERS):
        text = path.read_text(encoding="utf-8")
        text = re.sub(r"(?<==)/srv/cunwu/app/\.venv/bin/cunwu|/usr/bin/rsync", "/bin/true", text)
        (tmp_path / path.name).write_text(re.sub(r"^Documentation=.*\n", "", text, flags=re.MULTILINE))
    told = subprocess.run(
        [str(SYSTEMD), "verify", "--man=no", "--recursive-errors=no", tmp_path / unit.name],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (told.returncode, told.stdout, told.stderr) == (0, "", "")


@needs_systemd
@pytest.mark.parametrize("unit", UNITS, ids=lambda path: path.name)
def test_every_service_is_confined(unit: Path) -> None:
    """systemd's own measure of what a unit could do, from 0 to 10: 2.5 is well confined, a plain unit has 9.6."""
    told = subprocess.run(
        [str(SYSTEMD), "security", "--offline=true", "--threshold=25", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout.splitlines()[-1:]


@pytest.mark.parametrize("timer", TIMERS, ids=lambda path: path.name)
def test_every_timer_has_its_service(timer: Path) -> None:
    assert timer.with_suffix(".service") in UNITS


def test_what_answers_the_network_cannot_write_the_keys() -> None:
    text = (DEPLOY / "systemd" / "cunwu.service").read_text(encoding="utf-8")
    assert re.findall(r"^ReadWritePaths=(.*)$", text, re.MULTILINE) == ["/srv/cunwu/var"]
    assert "ProtectSystem=strict" in text
    assert "NoNewPrivileges=yes" in text


def certificate(folder: Path) -> None:
    """A key and a certificate for nobody."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "cunwu.example.cn")])
    start = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    (folder / "fullchain.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "privkey.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )


def configured(folder: Path, name: str, changes: dict[str, str]) -> list[str]:
    """The command that runs nginx with our file `name` alone, in a folder of its own."""
    certificate(folder)
    text = (DEPLOY / "nginx" / name).read_text(encoding="utf-8")
    for old, new in {"/etc/cunwu/tls": str(folder), "/var/log/nginx": str(folder), **changes}.items():
        text = text.replace(old, new)
    (folder / name).write_text(text)
    temporary = " ".join(
        f"{each}_temp_path {folder}/{each};" for each in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    (folder / "nginx.conf").write_text(
        f"pid {folder}/pid; error_log {folder}/error.log; daemon off; events {{}} "
        f"http {{ {temporary} include /etc/nginx/mime.types; include {folder}/{name}; }}"
    )
    return [str(NGINX), "-e", f"{folder}/error.log", "-c", f"{folder}/nginx.conf"]


@needs_nginx
@pytest.mark.parametrize("name", ["cunwu.conf", "mirror.conf"])
def test_nginx_reads_the_configuration(name: str, tmp_path: Path) -> None:
    command = [*configured(tmp_path, name, {}), "-t", "-q"]
    told = subprocess.run(command, capture_output=True, text=True, check=False)
    problems = [
        line for line in told.stderr.splitlines() if 'directive is deprecated, use the "http2"' not in line
    ]
    assert (told.returncode, problems) == (0, [])


class Echo(BaseHTTPRequestHandler):
    """Stands for reader and desk: says what it was told of the sender."""

    def do_GET(self) -> None:
        """The header by which the desk counts attempts, and whether the request came by TLS."""
        body = f"{self.headers['X-Forwarded-For']} {self.headers['X-Forwarded-Proto']}".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing."""


def free_port() -> int:
    """A port that nobody has."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def front(tmp_path: Path) -> Iterator[int]:
    """nginx with our configuration before an echo; its TLS port."""
    port, plain = free_port(), free_port()
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as echo:
        threading.Thread(target=echo.serve_forever, daemon=True).start()
        behind = str(echo.server_port)
        changes = {"[::]:": "127.0.0.1:1", "listen 127.0.0.1:1443": "#", "listen 127.0.0.1:180": "#",
                   "listen 443": f"listen 127.0.0.1:{port}", "listen 80": f"listen 127.0.0.1:{plain}",
                   ":8000": f":{behind}", ":8001": f":{behind}"}  # fmt: skip
        with subprocess.Popen(configured(tmp_path, "cunwu.conf", changes)) as process:
            for _ in range(100):
                with suppress(OSError):
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                time.sleep(0.05)
            yield port
            process.terminate()
        echo.shutdown()


def ask(
    port: int, host: str, path: str, highest: ssl.TLSVersion = ssl.TLSVersion.TLSv1_3, **headers: str
) -> HTTPResponse:
    """The answer to a GET by TLS for the name `host`."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    context.minimum_version = min(highest, ssl.TLSVersion.TLSv1_2)
    context.maximum_version = highest
    raw = socket.create_connection(("127.0.0.1", port), timeout=5)
    with context.wrap_socket(raw, server_hostname=host) as wrapped:
        lines = [
            f"GET {path} HTTP/1.1",
            f"Host: {host}",
            "Connection: close",
            *(f"{k.replace('_', '-')}: {v}" for k, v in headers.items()),
        ]
        wrapped.sendall("\r\n".join([*lines, "", ""]).encode())
        answer = HTTPResponse(wrapped)
        answer.begin()
        answer.told = answer.read().decode()  # type: ignore[attr-defined]
    return answer


@needs_nginx
@pytest.mark.filterwarnings("ignore::DeprecationWarning")
def test_nginx_before_an_installation(front: int) -> None:
    claimed = ask(front, "desk.cunwu.example.cn", "/", X_Forwarded_For="192.0.2.1", X_Forwarded_Proto="http")
    assert claimed.told == "127.0.0.1 https"  # type: ignore[attr-defined]
    portal = ask(front, "cunwu.example.cn", "/zh/")
    assert portal.headers["Strict-Transport-Security"].startswith("max-age=31536000")
    assert "/" not in portal.headers["Server"]
    assert ask(front, "desk.cunwu.example.cn", "/static/x.css").headers["X-Content-Type-Options"] == "nosniff"
    with pytest.raises(ssl.SSLError):
        ask(front, "nobody.example.cn", "/")
    with pytest.raises((ssl.SSLError, ConnectionError)):
        ask(front, "cunwu.example.cn", "/", highest=ssl.TLSVersion.TLSv1_1)


def test_the_proxy_lets_nobody_claim_an_address() -> None:
    """The desk believes X-Forwarded-For: it must be set, never appended to."""
    text = (DEPLOY / "nginx" / "cunwu.conf").read_text(encoding="utf-8")
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in text
    assert "$proxy_add_x_forwarded_for" not in text

"""The image of docs/running/container is made, and web, worker and beat run from it.

buildah makes it without a service of its own. The image of Python under it is a Debian made here, since its registry
may be out of reach; compose.yaml, with the images of others that it names, is not run. In `make trials` only.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from pht_clinic.demo import services
from pht_clinic.demo.folders import short_folder
from pht_clinic.demo.processes import Child
from pht_clinic.demo.valkey import ValkeyServer
from tests.trials.debian import OFFLINE, bare, checkout, needs_debian
from tests.trials.staging import wait_until

needs_buildah = pytest.mark.skipif(
    shutil.which("buildah") is None, reason="buildah is not installed here (Debian: apt install buildah)"
)
pytestmark = [pytest.mark.full_trial, needs_debian, needs_buildah]

DOCKERFILE: Final = "docs/running/container/Dockerfile"
UNDER_IT: Final = "docker.io/library/python:3.11-slim-bookworm"
LIKE_PYTHONS: Final = "python3,python3-venv,python-is-python3,ca-certificates"
SECONDS: Final = 900
START_SECONDS: Final = 120
ANYWHERE: Final = "0.0.0.0:8000"
HOLDS: Final = {
    *("LICENSE", "gunicorn.conf.py", "manage.py", "pyproject.toml", ".venv"),
    *("injections", "pht_clinic", "scheduling"),
}

FOLDERS: Final = {
    "STATIC_MANIFEST": "true",
    "STATIC_ROOT": "/var/lib/clinic-static",
    "PRINTED_DAY_FOLDER": "/var/lib/clinic/days",
}
"""Of the image, as docs/running/prepare.py names them; with files that have a version in their names."""


@dataclass
class Builder:
    """buildah with a store of its own in `folder`; each process in a chroot, on this machine's network."""

    folder: Path

    def command(self, *words: str) -> list[str]:
        return ["buildah", "--root", str(self.folder / "store"), "--runroot", str(self.folder / "run"), *words]

    def do(self, *words: str, cwd: Path | None = None) -> str:
        """What it prints. Raises: AssertionError with what it said, unless it ends well."""
        env = {**os.environ, "BUILDAH_ISOLATION": "chroot"}
        done = subprocess.run(
            self.command(*words), cwd=cwd, env=env, capture_output=True, text=True, timeout=SECONDS, check=False
        )
        assert done.returncode == 0, f"{words} ended with {done.returncode}\n{(done.stdout + done.stderr)[-3000:]}"
        return done.stdout.strip()

    def trust(self) -> list[str]:
        """Whatever is made here is trusted: no image comes from anywhere else."""
        policy = self.folder / "policy.json"
        policy.write_text(json.dumps({"default": [{"type": "insecureAcceptAnything"}]}), encoding="utf-8")
        return ["--signature-policy", str(policy)]


@dataclass
class Image:
    """What was made; `container` is one of it, not running."""

    builder: Builder
    container: str
    config: dict[str, Any]

    def words(self, env: Mapping[str, str], *command: str) -> list[str]:
        """Such a command in it, with those settings and whatever sockets they name, as the image's own user."""
        given = [word for name, value in env.items() for word in ("--env", f"{name}={value}")]
        shared = [word for folder in sorted(_sockets(env)) for word in ("--volume", f"{folder}:{folder}")]
        return ["run", "--isolation", "chroot", *given, *shared, self.container, "--", *command]

    def run(self, env: Mapping[str, str], *command: str) -> str:
        return self.builder.do(*self.words(env, *command))

    def process(self, name: str, env: Mapping[str, str], command: Sequence[str], log: Path) -> Child:
        return Child(name, self.builder.command(*self.words(env, *command)), log)


def _sockets(env: Mapping[str, str]) -> set[str]:
    """The folders of this machine in which database and broker listen."""
    urls = [urlsplit(value) for name, value in env.items() if name.endswith("_URL")]
    found = {one for url in urls for one in parse_qs(url.query).get("host", []) if one.startswith("/")}
    return found | {str(Path(url.path).parent) for url in urls if url.scheme == "redis+socket"}


@pytest.fixture(scope="module")
def image() -> Iterator[Image]:
    with short_folder("image") as folder:
        builder = Builder(folder)
        trust = builder.trust()
        made = builder.do("from", "scratch")
        bare(folder / "python", LIKE_PYTHONS)
        # devices as devices: to read /dev/zero to its end would fill the disk
        subprocess.run(["cp", "--archive", f"{folder / 'python'}/.", builder.do("mount", made)], check=True)
        builder.do("umount", made)
        at_hand = [word for name, value in OFFLINE.items() for word in ("--env", f"{name}={value}")]
        builder.do("config", "--env", "PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", *at_hand, made)
        builder.do("commit", *trust, made, UNDER_IT)
        checkout(folder / "clinic")
        asked = ["bud", *trust, "--pull=never", "--tag", "pht-clinic", "--file", DOCKERFILE, "."]
        builder.do(*asked, cwd=folder / "clinic")
        container = builder.do("from", *trust, "--pull=never", "pht-clinic")
        yield Image(builder, container, json.loads(builder.do("inspect", "pht-clinic"))["OCIv1"]["config"])


def test_it_holds_the_product_and_may_change_none_of_it(image: Image) -> None:
    assert set(image.run({}, "ls", "--almost-all", "/opt/clinic").split()) == HOLDS
    assert image.config["User"] == image.run({}, "whoami") == "clinic"
    assert image.run({}, "find", "/opt/clinic", "-writable", "-not", "-type", "l") == ""
    assert image.run({}, "find", "/var/lib/clinic", "/var/lib/clinic-static", "-not", "-writable") == ""
    assert "pg_dump (PostgreSQL) 15" in image.run({}, "pg_dump", "--version")


@pytest.mark.usefixtures("committed_db")
def test_web_worker_and_beat_run_from_it(image: Image, broker: ValkeyServer, tmp_path: Path) -> None:
    env = settings_of(broker)
    for folder in map(Path, _sockets(env)):  # the image's user is another than the tests'
        folder.chmod(0o755)
        for socket in filter(Path.is_socket, folder.iterdir()):
            socket.chmod(0o777)
    assert "No migrations to apply" in image.run(env, "python", "manage.py", "migrate")
    assert "static files" in image.run(env, "python", "manage.py", "collectstatic", "--no-input")
    port = services.free_port()
    start = [word.replace(ANYWHERE, f"127.0.0.1:{port}") for word in image.config["Cmd"]]
    assert start != image.config["Cmd"]
    removing = services.without_the_owner(env)
    serving = {name: value for name, value in removing.items() if name != "RETENTION_DATABASE_URL"}
    celery = ["celery", "--app", "pht_clinic"]
    children = [
        image.process("web", serving, start, tmp_path / "web.log"),
        image.process(
            "worker", removing, [*celery, "worker", "--concurrency", "1", "--loglevel", "INFO"], tmp_path / "worker.log"
        ),
        image.process("beat", serving, [*celery, "beat", "--pidfile="], tmp_path / "beat.log"),
    ]
    try:
        for child in children:
            child.start()
        wait_until(lambda: answer(port, "/readyz") == 200, seconds=START_SECONDS, what="an answer of the web server")
        log = tmp_path / "worker.log"
        wait_until(lambda: "succeeded" in log.read_text(), seconds=START_SECONDS, what="a task that the worker did")
    finally:
        for child in reversed(children):
            child.stop()


def settings_of(broker: ValkeyServer) -> dict[str, str]:
    """What this process has of the product's settings."""
    given = {name: os.environ[name] for name, (_, is_given) in settings.READ_OF_ENVIRONMENT.items() if is_given}
    return {**given, **FOLDERS, "REDIS_URL": broker.url}


def answer(port: int, path: str) -> int:
    """Its status, 0 when nobody listens."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("GET", path)
        return connection.getresponse().status
    except OSError:
        return 0
    finally:
        connection.close()

"""`make demo` as a person meets it: one address, sign-ins, a clean end, and a good start after a bad one."""

import http.cookiejar
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from pht_clinic.demo.clock_offset import in_words
from pht_clinic.demo.noted import last_move
from pht_clinic.demo.processes import command_line_of
from pht_clinic.demo.running import settings_of_the_running_demo
from pht_clinic.demo.services import free_port
from pht_clinic.demo.settings import INVENTED
from tests.browser.conftest import browser_of
from tests.browser.looking import listen, problems
from tests.trials.post import children_of

CHECKOUT = Path(__file__).resolve().parents[3]
SETTINGS = (
    *("DATABASE_URL", "DATABASE_OWNER_URL", "RETENTION_DATABASE_URL", "REDIS_URL", "EMAIL_URL"),
    *("SECRET_KEY", "CLOCK_OFFSET_FILE"),
)
OTHERS = (
    "PUBLIC_BASE_URL",
    "ONLY_INVENTED_PATIENTS",
    "INSECURE_HTTP",
    "BROKER_RESTORE_SECONDS",
    "DJANGO_SETTINGS_MODULE",
    "DEMO_FOLDER",
    "DEMO_INBOX_URL",
    *INVENTED,
)
STARTED_SECONDS = 120
FOUR = ("beat", "inbox", "web", "worker")


@dataclass
class Demo:
    """Runs the demo's command line with its data in one folder."""

    var: Path
    port: int
    process: subprocess.Popen[str] | None = None

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in (*SETTINGS, *OTHERS)}
        return {**kept, "PORT": str(self.port), "DEMO_PEOPLE": "0", **more}

    def start(self, *, words: str = "stops all of it", **more: str) -> str:
        """Start it as a script does in its background, where Ctrl-C is not heard, and return what it printed until it
        was up, or said these words.
        """
        self.process = subprocess.Popen(
            ["sh", "-c", "trap '' INT; exec \"$@\"", "sh", sys.executable, "-m", "pht_clinic.demo", "--var", self.var],
            cwd=CHECKOUT,
            env=self.environment(**more),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        return self.until(words)

    def until(self, words: str) -> str:
        """What it prints until it has printed a line with these words."""
        assert self.process is not None
        assert self.process.stdout is not None
        printed = ""
        for line in self.process.stdout:
            printed += line
            if words in line:
                return printed
        raise AssertionError(printed)

    def end(self, number: signal.Signals) -> str:
        """Send it a signal; return what it still printed."""
        assert self.process is not None
        self.process.send_signal(number)
        printed, _ = self.process.communicate(timeout=60)
        return printed

    def run(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run one of its commands to its end."""
        return subprocess.run(
            [sys.executable, "-m", "pht_clinic.demo", "--var", self.var, *arguments],
            cwd=CHECKOUT,
            env=self.environment(**more),
            capture_output=True,
            text=True,
            timeout=STARTED_SECONDS,
        )

    def processes(self) -> list[str]:
        """The command lines of everything that still works for it."""
        marks = (str(self.var), f"127.0.0.1:{self.port}", f"pht-demo-{self.process.pid if self.process else 0}-")
        pids = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
        lines = [command_line_of(pid) for pid in pids if pid != os.getpid()]
        return [line for line in lines if any(mark in line for mark in marks)]

    def wait_until_gone(self) -> None:
        deadline = time.monotonic() + 30
        while self.processes():
            assert time.monotonic() < deadline, self.processes()
            time.sleep(0.1)


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[Demo]:
    demo = Demo(tmp_path / "var", free_port())
    yield demo
    if demo.process is not None:
        demo.process.kill()
        demo.process.communicate()
        demo.wait_until_gone()
    if (demo.var / "postgresql").exists():
        demo.run("reset")


def sign_in(address: str, email: str, password: str) -> str:
    """Sign in as a browser does, and return the page that follows."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with opener.open(address, timeout=20) as page:
        form, where = page.read().decode(), page.url
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    fields = {"login": email, "password": password, "csrfmiddlewaretoken": token.group(1)}
    with opener.open(where, urllib.parse.urlencode(fields).encode(), timeout=20) as page:
        return str(page.read().decode())


def look_at(address: str, chromium: str) -> None:
    """The demo's own pages in a browser, of a stranger and of somebody: accessible, narrow enough, quiet."""
    with browser_of(chromium) as browser:
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.set_default_timeout(60_000)
        said = listen(page)
        page.goto(f"{address}demo/start-over/")
        assert problems(page) == []
        page.goto(f"{address}demo/")
        assert problems(page) == []
        page.get_by_role("button", name="Open today’s calendar").press("Enter")
        page.wait_for_url("**/calendar/day/")
        assert problems(page) == []
        page.goto(f"{address}demo/")
        page.get_by_text("1 of 6 done").wait_for()
        page.get_by_role("button", name="Next working morning").press("Enter")
        page.get_by_text("Since the clock was moved").wait_for()
        assert problems(page) == []
        assert said == []


def start_over(address: str) -> None:
    """Press the button of its page."""
    opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar()))
    with opener.open(address, timeout=20) as page:
        form = page.read().decode()
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)
    assert token
    with opener.open(address, urllib.parse.urlencode({"csrfmiddlewaretoken": token.group(1)}).encode(), timeout=20):
        pass


def port_of(address: re.Match[str]) -> int:
    return urllib.parse.urlsplit(address.group(1)).port or 0


def reached(host: str, port: int) -> bool:
    """Whether anybody listens there. 127.0.0.2 is this machine too, and reached by who listens at every address."""
    try:
        with socket.create_connection((host, port), timeout=5):
            return True
    except ConnectionRefusedError:
        return False


def environments_with(setting: str, demo: Demo) -> list[str]:
    """Which of the processes that serve, and of those that they started, were given a setting."""
    found = []
    for name in ("web", "worker", "beat"):
        pid = int((demo.var / "run" / f"{name}.pid").read_text().split()[0])
        for each in (pid, *children_of(pid)):
            if f"{setting}=".encode() in Path(f"/proc/{each}/environ").read_bytes():
                found.append(name)
    return found


@pytest.mark.full_trial
@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for left-over processes in /proc")
def test_a_demo_starts_is_used_ends_and_comes_back(demo: Demo, chromium: str) -> None:
    printed = demo.start()
    address = re.search(r"The clinic: +(\S+)", printed)
    assert re.search(rf"\n\nBegin here: +http://localhost:{demo.port}/demo/\n", printed)
    sign_ins = dict(re.findall(r"^ +(\S+@clinic\.example) +(\S+)$", printed, re.M))
    assert address
    assert set(sign_ins) == {
        "reception@clinic.example",
        "radiologist@clinic.example",
        "radiologist2@clinic.example",
        "manager@clinic.example",
    }
    for email, password in sign_ins.items():
        assert 'name="password"' not in sign_in(address.group(1), email, password)
    assert "Robin Ellis" in sign_in(address.group(1), "reception@clinic.example", sign_ins["reception@clinic.example"])
    running = settings_of_the_running_demo(demo.var)
    assert running["PUBLIC_BASE_URL"] == f"http://localhost:{demo.port}"
    assert INVENTED.items() <= running.items()  # nobody named a clinic

    inbox = re.search(r"Its emails: +(\S+)", printed)
    assert inbox
    assert "It listens on this machine alone." in printed
    assert [reached(f"127.0.0.{last}", port_of(inbox)) for last in (1, 2)] == [True, False]
    assert [reached(f"127.0.0.{last}", demo.port) for last in (1, 2)] == [True, False]
    assert environments_with("DATABASE_OWNER_URL", demo) == []
    assert set(environments_with("RETENTION_DATABASE_URL", demo)) == {"worker"}
    assert set(environments_with("DATABASE_URL", demo)) >= {"web", "worker", "beat"}

    second = demo.run()
    assert second.returncode == 1
    assert re.fullmatch(r"A demo already runs here \(process \d+\); stop it first\.\n", second.stderr)
    assert demo.run("reset").returncode == 1

    deadline = time.monotonic() + 30
    while not list((demo.var / "inbox").glob("*.eml")):
        assert time.monotonic() < deadline, "no mail arrived"
        time.sleep(0.2)
    open_to_others = [path for path in demo.var.rglob("*") if path.stat().st_mode & 0o077 and not path.is_symlink()]
    assert open_to_others == []
    with urllib.request.urlopen(inbox.group(1), timeout=10) as page:  # noqa: S310 - http, ours
        assert "hannah.whitlock@patient.example" in page.read().decode()

    look_at(f"http://localhost:{demo.port}/", chromium)
    start_over(f"http://localhost:{demo.port}/demo/start-over/")
    demo.until("It has started over.")
    assert "Robin Ellis" in sign_in(address.group(1), "reception@clinic.example", sign_ins["reception@clinic.example"])
    assert sorted((demo.var / "run").glob("*.pid")) == [demo.var / "run" / f"{name}.pid" for name in FOUR]

    demo.end(signal.SIGKILL)
    demo.wait_until_gone()
    again = demo.start(DEMO_PEOPLE="2")  # the same people with the same passwords
    assert dict(re.findall(r"^ +(\S+@clinic\.example) +(\S+)$", again, re.M)) == sign_ins
    demo.until("The clinic’s past year is there: 2 patients.")
    assert "Stopped." in demo.end(signal.SIGINT)
    assert demo.processes() == []
    assert settings_of_the_running_demo(demo.var) == {}


@pytest.mark.full_trial(one_in=3)
def test_a_demo_starts_lets_somebody_in_and_ends_clean(demo: Demo) -> None:
    """The short of the one above."""
    printed = demo.start()
    [password] = re.findall(r"^ +reception@clinic\.example +(\S+)$", printed, re.M)
    assert "Robin Ellis" in sign_in(f"http://localhost:{demo.port}/", "reception@clinic.example", password)
    assert "Stopped." in demo.end(signal.SIGINT)
    assert demo.processes() == []


@pytest.mark.full_trial(one_in=3)
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP], ids=["INT", "TERM", "HUP"])
def test_a_start_that_is_ended_half_way_leaves_nothing(demo: Demo, number: signal.Signals) -> None:
    demo.start(words="2 of 4")
    assert "Stopped." in demo.end(number)
    assert demo.processes() == []


def test_a_port_that_is_taken_or_none_is_said_in_one_sentence(demo: Demo) -> None:
    with socket.create_server(("127.0.0.1", demo.port)):
        taken = demo.run()
    assert taken.returncode == 1
    assert taken.stderr.startswith(f"Port {demo.port} is in use")
    assert demo.run(DEMO_PEOPLE="many").stderr == "DEMO_PEOPLE=many is no number of people from 0 to 5000.\n"
    assert demo.run(PORT="eight").stderr == "PORT=eight is not a port; try PORT=8000.\n"


def test_half_a_database_is_refused(demo: Demo) -> None:
    refused = demo.run(DATABASE_OWNER_URL="postgres://o@/x")
    assert refused.stderr.startswith("DATABASE_OWNER_URL is set without DATABASE_URL")


def test_a_database_that_does_not_answer_ends_the_start_with_one_sentence(demo: Demo) -> None:
    failed = demo.run(DATABASE_URL=f"postgres://app@/x?host={demo.var}", REDIS_URL="redis://127.0.0.1:1/0")
    assert failed.returncode == 1
    assert re.match(r"Migrations failed: .*(No such file|connection)", failed.stderr), failed.stderr
    assert demo.processes() == []


@pytest.mark.parametrize(
    ("span", "said"),
    [("48h", "2 days ahead"), ("1d12h", "1 day, 12 hours ahead"), ("-90m", "1 hour, 30 minutes behind")],
)
def test_the_clock_moves_by_a_span(demo: Demo, span: str, said: str) -> None:
    assert f"The demo's clock is {said}." in demo.run("advance", span).stdout
    move = last_move(demo.var)
    assert (move is None) == span.startswith("-")  # the page tells what left since the clock moved on
    assert move is None or in_words(round((move.to_at - move.from_at).total_seconds())) in said


def test_what_is_no_span_moves_nothing(demo: Demo) -> None:
    refused = demo.run("advance", "soon")
    assert (refused.returncode, refused.stderr[:24]) == (1, "'soon' is no span of tim")
    assert not (demo.var / "clock-offset").exists()

"""Plugins that are really installed, in real processes: `optbench plugins`, and that no command suffers from any."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import SUPPORT
from tests.support.distributions import hook, optimizers, write_distribution
from tests.support.platforms import posix_only

pytestmark = posix_only  # nothing else stops an import that sleeps

IMPATIENT = "import optbench.registry.discovery as d, optbench.cli.main as m; d.LOAD_LIMIT = 2.0; m.main()"
"""The command line with a time limit for plugins that a test can wait for."""
NAMES = ("optbench-lion", "optbench-fails", "optbench-exits", "optbench-prints", "optbench-sleeps", "optbench-needs")


class Site:
    """A folder of installed distributions, and commands that see it besides the environment's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()

    def install(self, name: str, source: str, **more: object) -> None:
        write_distribution(self.folder, name, source, **more)  # type: ignore[arg-type]

    def run(
        self, *arguments: str | Path, pin: str | None = None, code: str = "", timeout: float = 120
    ) -> subprocess.CompletedProcess[str]:
        environment = {key: value for key, value in os.environ.items() if key != "OPTBENCH_PLUGINS"}
        environment["PYTHONPATH"] = os.pathsep.join([str(self.folder), environment.get("PYTHONPATH", "")])
        if pin is not None:
            environment["OPTBENCH_PLUGINS"] = pin
        start = [sys.executable, *(("-c", code) if code else ("-m", "optbench"))]
        return subprocess.run(
            [*start, *map(str, arguments)], env=environment, capture_output=True, text=True, timeout=timeout
        )


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path / "site")


@pytest.fixture
def zoo(site: Site) -> Site:
    """One plugin that is fine, and one of each kind that is not."""
    site.install("optbench-lion", optimizers("zoo-lion"))
    site.install("optbench-fails", "raise RuntimeError('this one cannot be imported')\n")
    site.install("optbench-exits", "import sys\nsys.exit('bye')\n")
    site.install("optbench-prints", "import os\nprint('{')\nos.write(1, b'oops')\n" + optimizers("zoo-parrot"))
    site.install("optbench-sleeps", "import time\ntime.sleep(600)\n")
    site.install("optbench-needs", "raise AssertionError\n", requires=["no-such-library>=4.1,<5"])
    return site


def test_no_command_suffers_from_any_plugin(zoo: Site) -> None:
    done = zoo.run("list", "optimizers", "--json", code=IMPATIENT, pin=",".join(NAMES))
    assert done.returncode == 0
    names = {item["name"]: item["distribution"] for item in json.loads(done.stdout)["optimizers"]}
    assert {"adam": "optbench", "zoo-lion": "optbench-lion", "zoo-parrot": "optbench-prints"}.items() <= names.items()
    assert sorted(done.stderr.splitlines()) == [
        "optbench: plugin optbench-exits is not used: its import failed: SystemExit: bye (optbench_exits.py, line 2); "
        "upgrade it or uninstall it: pip uninstall optbench-exits",
        "optbench: plugin optbench-fails is not used: its import failed: RuntimeError: this one cannot be imported "
        "(optbench_fails.py, line 1); upgrade it or uninstall it: pip uninstall optbench-fails",
        "optbench: plugin optbench-needs is not used: needs no-such-library>=4.1,<5, which is not installed: "
        "pip install 'no-such-library>=4.1,<5'",
        "optbench: plugin optbench-sleeps is not used: its import took longer than 2 s; import its library where it "
        "builds, not at the top of a module; upgrade it or uninstall it: pip uninstall optbench-sleeps",
    ]


def test_plugins_shows_each_with_what_it_provides_and_what_is_wrong(zoo: Site) -> None:
    done = zoo.run("plugins", code=IMPATIENT, pin=",".join(NAMES))
    assert (done.returncode, done.stderr) == (0, "")
    table, _, remarks = done.stdout.partition("\n\n")
    rows = [re.split(r"  +", line.rstrip()) for line in table.splitlines()]
    assert rows[0] == ["plugin", "version", "loaded in", "provides"]
    assert rows[1][0] == "optbench"
    assert re.fullmatch(r"\d+ optimizers, \d+ models, \d+ data sets, \d+ tasks, \d+ schedules, .*", rows[1][3])
    provided = {row[0]: row[3] for row in rows if row[0] in NAMES}
    assert provided == {
        "optbench-exits": "not used: see below",
        "optbench-fails": "not used: see below",
        "optbench-lion": "1 optimizer",
        "optbench-needs": "not used: see below",
        "optbench-prints": "1 optimizer",
        "optbench-sleeps": "not used: see below",
    }
    lines = remarks.splitlines()
    assert lines[0].startswith("pinned by OPTBENCH_PLUGINS='optbench-lion,")
    assert len([line for line in lines if " is not used: " in line]) == 4
    assert lines[-1] == (
        "plugin optbench-prints printed while it was loaded: { (and 1 more line, see --json); silence it there"
    )


def test_plugins_as_json_has_all_that_is_known(zoo: Site) -> None:
    done = zoo.run("plugins", "--json", code=IMPATIENT, pin="optbench-lion,optbench-prints,optbench-fails")
    content = json.loads(done.stdout)
    assert content["pinned"] == "optbench-lion,optbench-prints,optbench-fails"
    plugins = {plugin["name"]: plugin for plugin in content["plugins"]}
    assert plugins["optbench-lion"]["provides"]["optimizers"] == 1
    assert plugins["optbench-lion"]["version"] == "2.0"
    assert 0 < plugins["optbench-lion"]["seconds"] < 60
    assert plugins["optbench-prints"]["output"] == "{\noops"
    assert "this one cannot be imported" in plugins["optbench-fails"]["problem"]
    assert {name for name in NAMES if plugins[name]["left_out"]} == {
        "optbench-exits", "optbench-sleeps", "optbench-needs",
    }  # fmt: skip
    assert {name for name in NAMES if plugins[name]["used"]} == {"optbench-lion", "optbench-prints"}


def test_what_the_pin_leaves_out_is_listed_and_a_plugin_that_kills_the_process_can_be_left_out(site: Site) -> None:
    site.install("optbench-lion", optimizers("zoo-lion"))
    site.install("optbench-kills", "import os\nos._exit(7)\n")
    assert site.run("plugins").returncode == 7
    done = site.run("plugins", pin="optbench_LION")
    assert done.returncode == 0
    assert re.search(r"^optbench-kills +2\.0 +not used: left out by the pin$", done.stdout, re.MULTILINE)
    assert "pinned by OPTBENCH_PLUGINS='optbench_LION': no other installed plugin is used" in done.stdout


def test_a_pinned_name_that_is_not_installed_is_one_line(site: Site) -> None:
    site.install("optbench-lion", optimizers("zoo-lion"))
    done = site.run("list", pin="optbench-lino")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == (
        "optbench: OPTBENCH_PLUGINS: 'optbench-lino' is no installed plugin; did you mean 'optbench-lion'?\n"
    )


def test_a_plugin_that_is_slow_or_provides_nothing_is_remarked_upon(site: Site) -> None:
    site.install("optbench-slow", "import time\ntime.sleep(1.1)\n" + optimizers("zoo-sloth"))
    site.install("optbench-idle", hook("optbench_models", "return []"))
    site.install("optbench-listens", hook("optbench_environment", "return {}"))
    done = site.run("plugins", pin="optbench-slow,optbench-idle,optbench-listens")
    assert re.search(
        r"^plugin optbench-slow takes \d+\.\d s to load: every command and worker waits for it; import its library",
        done.stdout,
        re.MULTILINE,
    )
    assert "plugin optbench-idle provides nothing: no hook of it yields a component" in done.stdout
    assert re.search(r"^optbench-listens +2\.0 +\d+ ms  1 listener$", done.stdout, re.MULTILINE)
    assert "plugin optbench-listens" not in done.stdout
    assert re.search(r"^optbench-idle +2\.0 +\d+ ms  nothing$", done.stdout, re.MULTILINE)


def test_a_plugin_file_is_listed_too(site: Site) -> None:
    file = site.folder / "my_zoo.py"
    file.write_text(optimizers("zoo-lion", "zoo-tiger"))
    done = site.run("plugins", "--plugin", file, "--plugin", SUPPORT / "plugin_that_fails_at_import.py", pin="")
    assert done.returncode == 0
    assert re.search(r"^my_zoo\.py +[0-9a-f]{6} +\d+ ms  2 optimizers$", done.stdout, re.MULTILINE)
    assert re.search(
        r"^plugin plugin_that_fails_at_import\.py is not used: its import failed: RuntimeError: .*; change it or do",
        done.stdout,
        re.MULTILINE,
    )


def test_info_about_what_a_broken_plugin_would_provide_names_the_plugin(site: Site) -> None:
    site.install("optbench-fails", "raise RuntimeError('no')\n" + optimizers("zoo-lion"))
    done = site.run("info", "zoo-lion", pin="optbench-fails")
    assert done.returncode == 2
    assert "unknown component 'zoo-lion'" in done.stderr
    assert "plugin optbench-fails is not used: its import failed: RuntimeError: no" in done.stderr


def test_workers_import_the_plugins_in_use_and_no_others(site: Site, tiny: Path, tmp_path: Path) -> None:
    """One is left out by the pin, one is quarantined: each says in a file which process imported it."""
    say = f"import os, pathlib\n(pathlib.Path({str(tmp_path)!r}) / f'{{__name__}}-{{os.getpid()}}').touch()\n"
    site.install("optbench-lion", say + optimizers("zoo-lion"))
    site.install("optbench-fails", say + "raise RuntimeError('not here')\n")
    site.install("optbench-kills", say + "os._exit(7)\n")
    file = tmp_path / "my_failing_plugin.py"
    file.write_text(say + "raise RuntimeError('nor here')\n")
    done = site.run(
        "run", tiny, "-o", "zoo-lion", "--plugin", file, "--jobs", "1", "--results", tmp_path / "results",
        "--device", "cpu", pin="optbench-lion,optbench-fails", timeout=280,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    imported = [path.name.rpartition("-")[0] for path in tmp_path.glob("*-*")]
    assert imported.count("optbench_kills") == 0
    assert imported.count("optbench_fails") == imported.count("my_failing_plugin") == 1
    assert imported.count("optbench_lion") > 1
    record = json.loads(next((tmp_path / "results").rglob("runs/**/*.json")).read_text())
    assert record["environment"]["plugins"] == {"optbench-lion": "2.0"}


def test_what_the_docs_show_is_what_is_shown(site: Site) -> None:
    """Apart from milliseconds, from how many components optbench has, and from what else is installed here."""
    docs = (Path(__file__).parents[2] / "docs" / "managing-plugins.md").read_text(encoding="utf-8")
    (documented,) = re.findall(r"```text\n(.*?)```", docs, re.DOTALL)
    site.install("optbench-adan", "import adan_pytorch\n", version="0.1")
    site.install("optbench-lion", optimizers("zoo-lion"), version="1.2")
    site.install("optbench-soap", optimizers("zoo-soap"), requires=["soap-torch>=2,<3"])
    zoo = optimizers(*(f"zoo-{i}" for i in range(9)))
    site.install("optbench-zoo", "print('Welcome to the zoo!')\n" + zoo, version="0.3.1")
    done = site.run("plugins", pin="optbench-adan,optbench-lion,optbench-soap,optbench-zoo")

    def lines(text: str) -> list[str]:
        told = [re.sub(r" +", " ", re.sub(r"\d+ ms", "ms", line)) for line in text.splitlines()]
        return [line for line in told if not re.match(r"optbench |pinned by|.* left out by the pin$", line)]

    assert lines(done.stdout) == lines(documented)

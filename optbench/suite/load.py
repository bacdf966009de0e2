"""A suite file to a validated `SuiteFile`: found, parsed, and every mistake in it reported at once."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from optbench.errors import SuiteError, UnknownName, UsageError, closest
from optbench.registry.registry import Registry
from optbench.suite.fields import UNNAMED, Location, in_brackets, without_wrong_fields
from optbench.suite.references import missing_plugins, unknown_names, wrong_settings
from optbench.suite.schema import SuiteFile


class Examined(NamedTuple):
    """A suite file that was looked at whole."""

    source: str
    sound: SuiteFile
    """The file without whatever has a mistake; no task and no optimizer may be left."""
    mistakes: tuple[str, ...] = ()
    """Each as `place: message`."""


def find_suite(name: str | Path, registry: Registry) -> Path:
    """Look a suite up as a path, as a path + `.toml`, then by the name under which a plugin ships it.

    Raises `UnknownName` where it is none of these; `suites/standard` and `standard` name the same packaged suite.
    """
    for path in (Path(name), Path(f"{name}.toml")):
        if path.is_file():
            return path
    packaged = str(name).removeprefix("suites/").removesuffix(".toml")
    if packaged in registry.suites:
        return registry.suites[packaged].component.path
    raise UnknownName("suite", str(name), registry.suites, " (a path to a TOML file, or the name of a packaged suite)")


def load_suite_file(name: str | Path, registry: Registry) -> SuiteFile:
    """Load and validate a suite file; raises `SuiteError` with every mistake in it, each with its place."""
    return _without_mistake(examine_suite_file(name, registry))


def parse_suite(raw: Mapping[str, Any], registry: Registry, source: str = "suite") -> SuiteFile:
    """Validate the content of a suite file; raises `SuiteError` with every mistake in it."""
    return _without_mistake(examine_suite(raw, registry, source))


def examine_suite_file(name: str | Path, registry: Registry) -> Examined:
    """Find a suite file and look for every mistake in it; raises `SuiteError` where it cannot be read at all."""
    path = find_suite(name, registry)
    try:
        raw = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SuiteError(str(path), [f"not valid TOML: {error}"]) from error
    except OSError as error:
        raise UsageError(f"suite {str(path)!r} cannot be read: {error.strerror}") from error
    return examine_suite(raw, registry, str(path))


def examine_suite(raw: Mapping[str, Any], registry: Registry, source: str = "suite") -> Examined:
    """Look for every mistake in the content of a suite file: what is wrong in one place hides nothing in another.

    Names that nothing provides are not told where a plugin is missing, which may provide them.
    """
    file, wrong = without_wrong_fields(raw)
    missing = list(missing_plugins(file, registry))
    unknown = {
        location: list(unknown_names(in_brackets(location), item, registry)) for location, item in _items(file, wrong)
    }
    settings = dict(_wrong_settings(file, wrong, unknown, registry))
    repeated = dict(_repeated(file))
    diagnostics = [name for name in file.diagnostics if name not in registry.diagnostics]
    mistakes = [*wrong.values(), *missing]
    if not missing:
        mistakes += [line for lines in unknown.values() for line in lines]
    mistakes += [f"{in_brackets(location)}: {words}" for location, words in (settings | repeated).items()]
    if not missing:
        mistakes += [
            f"diagnostics: unknown diagnostic {name!r}{closest(name, registry.diagnostics)}" for name in diagnostics
        ]
    mistakes += _wrong_reference(file)
    unsound = {location for location, lines in unknown.items() if lines}
    unsound |= {location[:2] for location in (*wrong, *settings, *repeated)}
    return Examined(source, _sound(file, unsound, diagnostics), tuple(mistakes))


def _without_mistake(examined: Examined) -> SuiteFile:
    if examined.mistakes:
        raise SuiteError(examined.source, examined.mistakes)
    return examined.sound


def _places(file: SuiteFile) -> Iterator[tuple[tuple[str, int], Any]]:
    for key in ("tasks", "optimizers"):
        yield from (((key, i), item) for i, item in enumerate(getattr(file, key)))


def _items(file: SuiteFile, wrong: Mapping[Location, str]) -> Iterator[tuple[Location, Any]]:
    """Yield the tasks and optimizers of which enough is left to look at."""
    for place, item in _places(file):
        lost = {location[2] for location in wrong if location[:2] == place and len(location) > 2}
        given = item.model_fields_set
        is_found = item.name != UNNAMED or given & {"task", "optimizer"} or {"model", "dataset"} <= given
        if is_found and not lost & {"task", "model", "dataset", "optimizer"}:
            yield place, item


def _wrong_settings(
    file: SuiteFile, wrong: Mapping[Location, str], unknown: Mapping[Location, list[str]], registry: Registry
) -> Iterator[tuple[Location, str]]:
    sized = not any(location[0] == "protocol" for location in wrong)
    for location, item in _items(file, wrong):
        if not unknown[location]:
            yield from (
                (where, words) for where, words in wrong_settings(location, item, registry) if where not in wrong
            )
        if location[0] == "optimizers" and sized:
            for field, words in file.protocol.mistakes_in_effort(item.effort()):
                yield (*location, *field.split(".")), words


def _repeated(file: SuiteFile) -> Iterator[tuple[Location, str]]:
    seen: dict[tuple[str, str], int] = {}
    for (key, i), item in _places(file):
        first = seen.setdefault((key, item.name.lower()), i)
        if first != i and item.name != UNNAMED:
            yield (key, i, "name"), f"{item.name!r} is the name of {key}[{first}] already"


def _wrong_reference(file: SuiteFile) -> Iterator[str]:
    names = [item.name for item in file.optimizers]
    if file.reference and file.reference not in names and UNNAMED not in names:
        yield f"reference: {file.reference!r} is no optimizer of this suite{closest(file.reference, names)}"


def _sound(file: SuiteFile, unsound: set[Location], diagnostics: list[str]) -> SuiteFile:
    def rest(key: str) -> list[Any]:
        listed = [] if (key,) in unsound else getattr(file, key)
        return [item for i, item in enumerate(listed) if (key, i) not in unsound]

    return file.model_copy(
        update={
            "tasks": rest("tasks"),
            "optimizers": rest("optimizers"),
            "diagnostics": [name for name in file.diagnostics if name not in diagnostics],
        }
    )

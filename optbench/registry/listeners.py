"""Hooks that are functions of the moment: called with what they ask for, dropped where they fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Listener:
    """A plugin's implementation of a hook that is called while a campaign runs."""

    hook: str
    distribution: str
    function: Callable[..., Any]
    arguments: tuple[str, ...]
    """Those of the hook's arguments that it takes."""


class Listeners:
    """All implementations of one hook; one that raises is noted in a line and not called again.

    So is one whose answer `read` raises on.
    """

    def __init__(
        self, listeners: list[Listener], note: Callable[[str], None], read: Callable[[Any], Any] = lambda answer: answer
    ) -> None:
        self._listeners, self._note, self._read = list(listeners), note, read

    def call(self, **arguments: Any) -> list[tuple[str, Any]]:
        """Call each, and return their answers as `read`, each with the name of its distribution."""
        answers = []
        for listener in tuple(self._listeners):
            try:
                answer = self._read(listener.function(**{name: arguments[name] for name in listener.arguments}))
            except (Exception, SystemExit) as error:
                self._listeners.remove(listener)
                self._note(f"plugin {listener.distribution}: {listener.hook} failed and is not called again: {error!r}")
            else:
                answers.append((listener.distribution, answer))
        return answers

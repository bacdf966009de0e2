"""Our tasks, by what they are about."""

from __future__ import annotations

from optbench.builtin.tasks import convex, images, lessons, speech, text

TASKS = (*convex.TASKS, *images.TASKS, *lessons.TASKS, *text.TASKS, *speech.TASKS)

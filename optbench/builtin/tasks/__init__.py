"""Our tasks, by what they are about."""

from __future__ import annotations

from optbench.builtin.tasks import convex, images, speech, text

TASKS = (*convex.TASKS, *images.TASKS, *text.TASKS, *speech.TASKS)

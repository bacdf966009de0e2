"""Our tasks, by what they are about."""

from __future__ import annotations

from optbench.builtin.tasks import convex, images, lessons, speech, surfaces, text

TASKS = (*convex.TASKS, *surfaces.TASKS, *images.TASKS, *lessons.TASKS, *text.TASKS, *speech.TASKS)

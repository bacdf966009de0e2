"""Speech: characters from recordings, and digits that are seen and heard."""

from __future__ import annotations

from optbench import Target, Task
from optbench.builtin.tasks.provenance import measured

_NGIAM = "Ngiam et al., Multimodal deep learning, ICML 2011"


def _audiovisual(suffix: str, branches: str, targets: tuple[Target, ...], description: str) -> Task:
    return Task(
        name=f"audiovisual-digits{suffix}",
        model="audiovisual",
        model_options={"branches": branches},
        dataset="audiovisual-digits",
        metric="accuracy",
        steps=400,
        batch_size=32,
        schedule="warmup-cosine",
        targets=targets,
        reference=_NGIAM,
        description=description,
    )


TASKS = (
    Task(
        name="spoken-digits-deepspeech",
        model="deepspeech",
        dataset="spoken-digits",
        dataset_options={"transcripts": True},
        loss="ctc",
        metric="character_error_rate",
        steps=1200,
        batch_size=16,
        schedule="warmup-cosine",
        targets=measured(0.05917, 0.02833),
        reference="Hannun et al., Deep Speech: scaling up end-to-end speech recognition, 2014, arXiv:1412.5567",
        description="A small Deep Speech spells spoken digits: 19,200 recordings, eight epochs.",
    ),
    _audiovisual(
        "",
        "both",
        measured(0.911, 0.941),
        "Noisy images and noisy recordings of the same digits, fused by a two-branch network.",
    ),
    _audiovisual("-image", "image", measured(0.835, 0.866), "The same network without its ears: images alone."),
    _audiovisual("-audio", "audio", measured(0.806, 0.873), "The same network without its eyes: recordings alone."),
)

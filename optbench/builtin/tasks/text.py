"""Language models."""

from __future__ import annotations

from optbench import Target, Task
from optbench.builtin.tasks.provenance import ADAMW, ADAMW_HALFWAY

TASKS = (
    Task(
        name="shakespeare-transformer",
        model="transformer",
        dataset="tinyshakespeare",
        steps=200,
        batch_size=16,
        sampling="replacement",
        schedule="warmup-cosine",
        warmup=0.1,
        eval_examples=100,
        targets=(
            Target(name="easy", value=2.482, source=ADAMW_HALFWAY),
            Target(name="target", value=2.391, source=ADAMW),
        ),
        reference="Karpathy, nanoGPT, 2022",
        description="A two-layer Transformer on the characters of Tiny Shakespeare; the loss is nats per character.",
    ),
    Task(
        name="markov-transformer",
        model="transformer",
        dataset="markov",
        steps=200,
        batch_size=16,
        schedule="warmup-cosine",
        warmup=0.1,
        eval_examples=100,
        targets=(
            Target(name="easy", value=1.612, source=ADAMW_HALFWAY),
            Target(name="target", value=1.574, source=ADAMW),
        ),
        reference="Shannon, A mathematical theory of communication, 1948",
        description="The same Transformer on text from a Markov chain; the chain's entropy rate, 1.547 nats, is the "
        "floor of the loss; needs no download.",
    ),
)

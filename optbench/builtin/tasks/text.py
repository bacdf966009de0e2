"""Language models."""

from __future__ import annotations

from optbench import Target, Task
from optbench.builtin.tasks.provenance import ADAMW, measured

_NANOGPT = "Karpathy, nanoGPT, 2022, best validation loss in its README, on random windows of the same text"


def _recurrent(cell: str, targets: tuple[Target, ...], reference: str, description: str) -> Task:
    return Task(
        name=f"shakespeare-{cell}",
        model="rnn",
        model_options={"cell": cell, "layers": 1},
        dataset="tinyshakespeare",
        steps=800,
        batch_size=32,
        sampling="replacement",
        schedule="warmup-cosine",
        clip_norm=1.0,
        eval_examples=100,
        targets=targets,
        reference=reference,
        description=f"{description} of 128 units on the characters of Tiny Shakespeare; the loss is nats per "
        "character, 2.474 for bigrams.",
    )


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
        targets=measured(2.482, 2.391, ADAMW),
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
        targets=measured(1.612, 1.574, ADAMW),
        reference="Shannon, A mathematical theory of communication, 1948",
        description="The same Transformer on text from a Markov chain; the chain's entropy rate, 1.547 nats, is the "
        "floor of the loss; needs no download.",
    ),
    _recurrent(
        "rnn",
        measured(1.828, 1.763),
        "Elman, Finding structure in time, Cognitive Science 1990",
        "A plain recurrent layer",
    ),
    _recurrent(
        "gru",
        measured(1.778, 1.689),
        "Cho et al., Learning phrase representations using RNN encoder-decoder, EMNLP 2014, arXiv:1406.1078",
        "A layer of gated recurrent units",
    ),
    _recurrent(
        "lstm",
        measured(1.8, 1.694),
        "Hochreiter and Schmidhuber, Long short-term memory, Neural Computation 1997; Karpathy, The unreasonable "
        "effectiveness of recurrent neural networks, 2015",
        "A layer of long short-term memory",
    ),
    Task(
        name="shakespeare-gpt",
        model="gpt",
        model_options={"layers": 3, "width": 96, "heads": 3},
        dataset="tinyshakespeare",
        steps=600,
        batch_size=16,
        sampling="replacement",
        schedule="warmup-cosine",
        warmup=0.1,
        clip_norm=1.0,
        eval_examples=100,
        targets=measured(2.253, 2.032),
        reference="Karpathy, nanoGPT, 2022",
        description="A three-layer GPT on the characters of Tiny Shakespeare; the loss is nats per character, 2.474 "
        "for bigrams.",
    ),
    Task(
        name="shakespeare-bert",
        model="bert",
        model_options={"layers": 1, "width": 64, "dropout": 0.0, "initializer_range": 0.07},
        dataset="masked-shakespeare",
        steps=1000,
        batch_size=32,
        schedule="warmup-cosine",
        warmup=0.1,
        eval_examples=400,
        targets=measured(2.607, 2.036),
        reference="Devlin et al., BERT: pre-training of deep bidirectional Transformers for language understanding, "
        "NAACL 2019, arXiv:1810.04805",
        description="A one-layer BERT that fills in masked characters of Tiny Shakespeare; the loss is nats per masked "
        "character, 3.333 for frequencies alone, 1.643 for counts of what stands between two characters.",
    ),
    Task(
        name="nanogpt-cpu",
        model="gpt",
        dataset="tinyshakespeare",
        dataset_options={"split": "nanogpt"},
        steps=2000,
        batch_size=12,
        sampling="replacement",
        schedule="warmup-cosine",
        evaluations=9,
        eval_examples=240,
        primary="best",
        clip_norm=1.0,
        targets=(Target(name="published", value=1.88, source=_NANOGPT),),
        reference="Karpathy, nanoGPT, 2022",
        description="nanoGPT's Shakespeare characters for a CPU: 0.80 million parameters, minutes a run; published "
        "best validation loss 1.88.",
    ),
    Task(
        name="nanogpt-gpu",
        model="gpt",
        model_options={"layers": 6, "width": 384, "heads": 6, "dropout": 0.2},
        dataset="tinyshakespeare",
        dataset_options={"context": 256, "split": "nanogpt"},
        steps=5000,
        batch_size=64,
        sampling="replacement",
        schedule="warmup-cosine",
        warmup=0.02,
        evaluations=21,
        eval_examples="all",
        primary="best",
        clip_norm=1.0,
        targets=(Target(name="published", value=1.4697, source=_NANOGPT),),
        reference="Karpathy, nanoGPT, 2022",
        description="nanoGPT's Shakespeare characters for a GPU: 10.65 million parameters, hours a run on a CPU; "
        "published best validation loss 1.4697.",
    ),
)

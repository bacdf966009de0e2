"""Our tasks: two convex ones with a known optimum, two image classifiers and two language models."""

from __future__ import annotations

from optbench import Target, Task

_ADAMW = "median of adamw's report runs on the evaluation examples, optbench run suites/standard, 2026-11-23"
_ADAMW_HALFWAY = f"{_ADAMW}, at half of the steps"
_SUBOPTIMALITY = "share of the first training loss's distance to the optimum"

TASKS = (
    Task(
        name="quadratic",
        model="quadratic",
        dataset="quadratic",
        loss="mean_output",
        steps=200,
        batch_size=128,
        sampling="replacement",
        schedule="constant",
        targets=(
            Target(name="1e-2", value=1e-2, on="suboptimality", source=_SUBOPTIMALITY),
            Target(name="3e-3", value=3e-3, on="suboptimality", source=_SUBOPTIMALITY),
        ),
        optimum="optbench.builtin.optima:quadratic",
        reference="Schneider et al., DeepOBS: a deep learning optimizer benchmark suite, ICLR 2019, arXiv:1903.05499",
        description="The deep quadratic of DeepOBS: 100 dimensions, sampling noise.",
    ),
    Task(
        name="linear-regression",
        model="linear",
        dataset="diabetes",
        loss="mse",
        steps=300,
        batch_size=32,
        schedule="constant",
        targets=(
            Target(
                name="1.01 x OLS",
                value=0.52888,
                on="train",
                source="1.01 times the least squares' training loss of 0.523646 on this split",
            ),
        ),
        optimum="optbench.builtin.optima:least_squares",
        reference="Efron et al., Least angle regression, Annals of Statistics 2004",
        description="Least squares on the standardised diabetes data; a training loss of 1 is that of the mean.",
    ),
    Task(
        name="mnist-cnn",
        model="lenet",
        dataset="mnist",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=(
            Target(name="easy", value=0.973, source=_ADAMW_HALFWAY),
            Target(name="target", value=0.982, source=_ADAMW),
        ),
        reference="LeCun et al., Gradient-based learning applied to document recognition, 1998",
        description="A network of LeNet-5's shape on 32,000 images of MNIST, less than an epoch.",
    ),
    Task(
        name="digits-cnn",
        model="lenet",
        model_options={"padding": 2},
        dataset="digits",
        metric="accuracy",
        steps=600,
        schedule="warmup-cosine",
        targets=(Target(name="target", value=0.9777, source=_ADAMW),),
        reference="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI 1998",
        description="The same network on scikit-learn's 8x8 digits; needs no download.",
    ),
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
            Target(name="easy", value=2.482, source=_ADAMW_HALFWAY),
            Target(name="target", value=2.391, source=_ADAMW),
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
            Target(name="easy", value=1.612, source=_ADAMW_HALFWAY),
            Target(name="target", value=1.574, source=_ADAMW),
        ),
        reference="Shannon, A mathematical theory of communication, 1948",
        description="The same Transformer on text from a Markov chain; the chain's entropy rate, 1.547 nats, is the "
        "floor of the loss; needs no download.",
    ),
)

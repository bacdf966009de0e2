"""Image classifiers."""

from __future__ import annotations

from optbench import Target, Task
from optbench.builtin.tasks.provenance import ADAMW, ADAMW_HALFWAY

TASKS = (
    Task(
        name="mnist-cnn",
        model="lenet",
        dataset="mnist",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=(
            Target(name="easy", value=0.973, source=ADAMW_HALFWAY),
            Target(name="target", value=0.982, source=ADAMW),
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
        small=True,
        schedule="warmup-cosine",
        targets=(Target(name="target", value=0.9777, source=ADAMW),),
        reference="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI 1998",
        description="The same network on scikit-learn's 8x8 digits; needs no download.",
    ),
)

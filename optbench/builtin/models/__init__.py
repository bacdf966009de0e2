"""The models of our tasks; their modules are imported where one is built."""

from __future__ import annotations

from optbench import Model

MODELS = (
    Model(
        name="quadratic",
        build="optbench.builtin.models.quadratic:Quadratic",
        options={"eigenvalues": None, "rotation": True, "start": 1.0, "seed": 42},
        reference="Schneider et al., DeepOBS: a deep learning optimizer benchmark suite, ICLR 2019, arXiv:1903.05499; "
        "spectrum after Chaudhari et al., Entropy-SGD, ICLR 2017, arXiv:1611.01838",
        description="A noisy quadratic bowl, by default with 90 eigenvalues in (0, 1) and 10 in (30, 60).",
    ),
    Model(
        name="surface",
        build="optbench.builtin.models.surface:Surface",
        options={"function": "parabola", "start": None, "spread": 0.0, "forward_difference": None},
        reference="Jamil and Yang, A literature survey of benchmark functions for global optimization problems, 2013, "
        "arXiv:1308.4008",
        description="A test function of one or two variables, which are the parameters: parabola, booth, rosenbrock, "
        "beale, himmelblau or rastrigin.",
    ),
    Model(
        name="linear",
        build="optbench.builtin.models.linear:Linear",
        options={"bias": True},
        reference="Gauss, Theoria motus corporum coelestium, 1809",
        description="An affine map that starts at zero, or without bias a linear one: linear or, with cross-entropy, "
        "logistic regression.",
    ),
    Model(
        name="mlp",
        build="optbench.builtin.models.mlp:MLP",
        options={
            "hidden": (64, 64),
            "activation": "relu",
            "normalisation": "none",
            "dropout": 0.0,
            "initialisation": "default",
        },
        reference="Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 1986",
        description="A multi-layer perceptron for flat inputs or images, which it flattens.",
    ),
    Model(
        name="lenet",
        build="optbench.builtin.models.lenet:LeNet",
        options={"channels": (6, 16), "hidden": 84, "padding": 0},
        reference="LeCun et al., Gradient-based learning applied to document recognition, 1998",
        description="Two 5x5 convolutions with ReLU and max-pooling, then two dense layers.",
    ),
    Model(
        name="transformer",
        build="optbench.builtin.models.transformer:Transformer",
        options={"layers": 2, "width": 64, "heads": 4},
        reference="Radford et al., Language models are unsupervised multitask learners (GPT-2), 2019",
        description="A small decoder-only Transformer with learned positions.",
    ),
)

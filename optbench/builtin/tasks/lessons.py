"""Small tasks that show one thing each: how gradients pass through many layers, and how models generalise."""

from __future__ import annotations

from optbench import Target, Task

TASKS = (
    Task(
        name="digits-deep-mlp",
        model="mlp",
        model_options={"hidden": [64] * 20, "activation": "tanh", "initialisation": "xavier"},
        dataset="digits",
        metric="accuracy",
        steps=200,
        evaluations=21,
        small=True,
        reference="Bengio, Simard and Frasconi, Learning long-term dependencies with gradient descent is difficult, "
        "1994; Glorot and Bengio, Understanding the difficulty of training deep feedforward neural networks, 2010",
        description="A perceptron of twenty hidden layers on scikit-learn's digits, at a constant rate: whether it "
        "learns depends on what its activation, initialisation, normalisation and connections do to gradients.",
    ),
    Task(
        name="digits-few",
        model="mlp",
        model_options={"hidden": [256, 256]},
        dataset="digits",
        dataset_options={"examples": 100},
        steps=1000,
        batch_size=50,
        evaluations=21,
        train_target=0.3,
        small=True,
        reference="Goodfellow, Bengio and Courville, Deep learning, 2016, chapters 5 and 7",
        description="A perceptron of 85,000 weights on a hundred of scikit-learn's digits, at a constant rate: it "
        "learns them by heart long before the end, and then the test loss rises.",
    ),
    Task(
        name="gaussian-regression",
        model="linear",
        dataset="gaussian",
        loss="mse",
        steps=2000,
        batch_size="full",
        precision="float64",
        targets=(
            Target(
                name="1.01 x OLS",
                value=1.15903,
                on="train",
                source="1.01 times the least squares' training loss of 1.147553 on these examples",
            ),
        ),
        optimum="optbench.builtin.optima:least_squares",
        small=True,
        reference="Hastie, Tibshirani and Friedman, The elements of statistical learning, 2009, section 2.5",
        description="Least squares on sixty examples of ten Gaussian features, whose expected gap between training and "
        "test is known; full batches, that is gradient descent.",
    ),
)

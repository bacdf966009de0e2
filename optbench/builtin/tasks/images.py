"""Images: classifiers, and an autoencoder."""

from __future__ import annotations

from optbench import Target, Task
from optbench.builtin.tasks.provenance import ADAMW, measured

_HE = "He et al., Deep residual learning for image recognition, CVPR 2016, arXiv:1512.03385"
_LECUN = "LeCun et al., Gradient-based learning applied to document recognition, 1998"
_SIMONYAN = (
    "Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, ICLR 2015, "
    "arXiv:1409.1556"
)
_NEIGHBOUR = "the nearest neighbour has 96.8 % of the test images right"
_PART = "3.6 epochs of a part of CIFAR-10; the nearest neighbour has 27 % of the test images right"


def _resnet(name: str, dataset: str, budget: str, targets: tuple[Target, ...] = ()) -> Task:
    return _deep(name, dataset, "resnet", 0.5, targets, _HE, f"ResNet-20 at half of its width, {budget}")


def _vgg(name: str, dataset: str, budget: str, targets: tuple[Target, ...] = ()) -> Task:
    kind = "VGG-11 with batch normalisation at a quarter of its width"
    return _deep(name, dataset, "vgg", 0.25, targets, _SIMONYAN, f"{kind}, {budget}")


def _deep(
    name: str, dataset: str, model: str, width: float, targets: tuple[Target, ...], reference: str, description: str
) -> Task:
    """A deep network at a width and for as many steps as one core can do in about a minute."""
    return Task(
        name=name,
        model=model,
        model_options={"width": width},
        dataset=dataset,
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        final_examples=2000,
        targets=targets,
        reference=reference,
        description=f"{description}; sized for one core.",
    )


TASKS = (
    Task(
        name="mnist-cnn",
        model="lenet",
        dataset="mnist",
        metric="accuracy",
        steps=500,
        schedule="warmup-cosine",
        targets=measured(0.973, 0.982, ADAMW),
        reference=_LECUN,
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
    Task(
        name="mnist-logistic",
        model="linear",
        dataset="mnist",
        metric="accuracy",
        steps=2000,
        schedule="warmup-cosine",
        targets=measured(0.9, 0.924),
        reference=_LECUN,
        description="Logistic regression on the pixels of MNIST, 2.3 epochs; the reference's linear classifier errs on "
        "12 % of the test images, ours on 8 %.",
    ),
    Task(
        name="mnist-mlp",
        model="mlp",
        model_options={"hidden": [300, 100]},
        dataset="mnist",
        metric="accuracy",
        steps=2000,
        schedule="warmup-cosine",
        targets=measured(0.973, 0.983),
        reference=_LECUN,
        description="Two hidden layers of 300 and 100 units on MNIST, 2.3 epochs; the reference's errs on 3.05 %, the "
        "nearest neighbour on 3.2 % of the test images.",
    ),
    Task(
        name="mnist-autoencoder",
        model="autoencoder",
        dataset="mnist",
        dataset_options={"targets": "image"},
        loss="binary_cross_entropy",
        steps=2000,
        schedule="warmup-cosine",
        targets=measured(0.1592, 0.1407),
        reference="Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006",
        description="A deep autoencoder with logistic units and a code of 16 numbers on MNIST; the loss is nats per "
        "pixel: 0.2625 for the mean image, 0.0581 at least.",
    ),
    _resnet("mnist-resnet", "mnist", f"32,000 images of MNIST; {_NEIGHBOUR}", measured(0.923, 0.982)),
    _vgg("mnist-vgg", "mnist", f"32,000 images of MNIST padded to 32x32; {_NEIGHBOUR}", measured(0.967, 0.987)),
    Task(
        name="fashion-mnist-cnn",
        model="lenet",
        dataset="fashion-mnist",
        metric="accuracy",
        steps=1000,
        schedule="warmup-cosine",
        reference="Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017, arXiv:1708.07747",
        description="A network of LeNet-5's shape on 64,000 images of Fashion-MNIST, 1.2 epochs.",
    ),
    _resnet("cifar10-resnet", "cifar10", "32,000 images of CIFAR-10, less than an epoch"),
    _vgg("cifar10-vgg", "cifar10", "32,000 images of CIFAR-10, less than an epoch"),
    _resnet("cifar10-part-resnet", "cifar10-part", _PART, measured(0.349, 0.441)),
    _vgg("cifar10-part-vgg", "cifar10-part", _PART, measured(0.445, 0.558)),
)

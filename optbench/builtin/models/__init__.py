"""The models of our tasks; their modules are imported where one is built."""

from __future__ import annotations

from optbench import Model

_LAYERS = {"activation": "relu", "normalisation": "none", "dropout": 0.0, "initialisation": "default"}
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
        options={"hidden": (64, 64), "residual": False, **_LAYERS},
        reference="Rumelhart, Hinton and Williams, Learning representations by back-propagating errors, Nature 1986",
        description="A multi-layer perceptron for flat inputs or images, which it flattens.",
    ),
    Model(
        name="lenet",
        build="optbench.builtin.models.lenet:LeNet",
        options={"channels": (6, 16), "hidden": 84, "padding": 0, **_LAYERS},
        reference="LeCun et al., Gradient-based learning applied to document recognition, 1998",
        description="Two 5x5 convolutions with ReLU and max-pooling, then two dense layers.",
    ),
    Model(
        name="resnet",
        build="optbench.builtin.models.resnet:ResNet",
        options={"depth": 20, "width": 1.0, **_LAYERS, "normalisation": "batch"},
        reference="He et al., Deep residual learning for image recognition, CVPR 2016, arXiv:1512.03385, section 4.2",
        description="A residual network for small images, with shortcuts that have no parameters.",
    ),
    Model(
        name="vgg",
        build="optbench.builtin.models.vgg:VGG",
        options={"depth": 11, "width": 1.0, **_LAYERS, "normalisation": "batch"},
        reference="Simonyan and Zisserman, Very deep convolutional networks for large-scale image recognition, "
        "ICLR 2015, arXiv:1409.1556",
        description="A plain deep convolutional network, VGG-11 or VGG-16, with one dense layer for small images.",
    ),
    Model(
        name="autoencoder",
        build="optbench.builtin.models.autoencoder:Autoencoder",
        options={"hidden": (256, 64, 16), **_LAYERS, "activation": "sigmoid", "initialisation": "xavier"},
        reference="Hinton and Salakhutdinov, Reducing the dimensionality of data with neural networks, Science 2006",
        description="Dense layers that narrow to a code and widen to a reconstruction of the input.",
    ),
    Model(
        name="transformer",
        build="optbench.builtin.models.transformer:Transformer",
        options={"layers": 2, "width": 64, "heads": 4, "dropout": 0.0, "activation": "gelu"},
        reference="Radford et al., Language models are unsupervised multitask learners (GPT-2), 2019",
        description="A small decoder-only Transformer with learned positions.",
    ),
    Model(
        name="deepspeech",
        build="optbench.builtin.models.deepspeech:DeepSpeech",
        options={
            "channels": (96,),
            "stride": 4,
            "cell": "gru",
            "layers": 2,
            "width": 96,
            "normalisation": "batch",
            "dropout": 0.0,
            "activation": "clipped_relu",
            "initialisation": "default",
        },
        reference="Hannun et al., Deep Speech: scaling up end-to-end speech recognition, 2014, arXiv:1412.5567; "
        "Amodei et al., Deep Speech 2: end-to-end speech recognition in English and Mandarin, ICML 2016",
        description="Convolutions over a spectrogram's frames, bidirectional recurrent layers, and characters for CTC.",
    ),
    Model(
        name="audiovisual",
        build="optbench.builtin.models.audiovisual:Audiovisual",
        options={
            "image": (28, 28),
            "audio": (32, 32),
            "branches": "both",
            "channels": (8, 16),
            "width": 32,
            **_LAYERS,
        },
        reference="Ngiam et al., Multimodal deep learning, ICML 2011",
        description="A convolutional branch for an image and one for a spectrogram, fused by concatenation.",
    ),
    Model(
        name="gpt",
        build="optbench.builtin.models.gpt:GPT",
        options={
            "layers": 4,
            "width": 128,
            "heads": 4,
            "dropout": 0.0,
            "bias": False,
            "activation": "gelu",
            "initializer_range": 0.02,
        },
        reference="Karpathy, nanoGPT, 2022; Radford et al., Language models are unsupervised multitask learners "
        "(GPT-2), 2019",
        description="A decoder-only Transformer with GPT-2's initialisation and tied embeddings, as in nanoGPT.",
    ),
    Model(
        name="bert",
        build="optbench.builtin.models.bert:BERT",
        options={
            "layers": 2,
            "width": 128,
            "heads": 4,
            "dropout": 0.1,
            "initializer_range": 0.02,
            "activation": "gelu",
        },
        reference="Devlin et al., BERT: pre-training of deep bidirectional Transformers for language understanding, "
        "NAACL 2019, arXiv:1810.04805",
        description="A bidirectional encoder with a head that predicts masked tokens.",
    ),
    Model(
        name="rnn",
        build="optbench.builtin.models.rnn:RNN",
        options={
            "cell": "lstm",
            "layers": 2,
            "width": 128,
            "dropout": 0.0,
            "activation": "tanh",
            "initialisation": "default",
        },
        reference="Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015; "
        "Zaremba et al., Recurrent neural network regularization, 2014, arXiv:1409.2329",
        description="A recurrent network for text: plain, with gated units (GRU), or with long short-term memory.",
    ),
)

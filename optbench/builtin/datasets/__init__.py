"""The data sets of our tasks; their modules are imported where one is built."""

from __future__ import annotations

from optbench import Dataset, RemoteFile

_MNIST_MIRRORS = (
    "https://ossci-datasets.s3.amazonaws.com/mnist/",
    "https://storage.googleapis.com/cvdf-datasets/mnist/",
)


def _mnist(name: str, sha256: str) -> RemoteFile:
    return RemoteFile(
        path=f"MNIST/raw/{name}", checksum=f"sha256:{sha256}", urls=tuple(mirror + name for mirror in _MNIST_MIRRORS)
    )


DATASETS = (
    Dataset(
        name="quadratic",
        build="optbench.builtin.datasets.quadratic:build",
        options={"dimension": 100, "examples": 1000, "noise": 0.6},
        reference="Schneider et al., DeepOBS: a deep learning optimizer benchmark suite, ICLR 2019, arXiv:1903.05499",
        description="Gaussian samples, the noise of the stochastic quadratic.",
    ),
    Dataset(
        name="nothing",
        build="optbench.builtin.datasets.nothing:build",
        reference="Jamil and Yang, A literature survey of benchmark functions for global optimization problems, 2013, "
        "arXiv:1308.4008",
        description="No data: one example in each split, its number, for models that look at none.",
    ),
    Dataset(
        name="line",
        build="optbench.builtin.datasets.line:build",
        options={"slope": 2.0, "intercept": 0.0, "noise": 0.0, "examples": 100, "seed": 0},
        reference="Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805",
        description="Points on a straight line, with Gaussian noise if wanted.",
    ),
    Dataset(
        name="diabetes",
        build="optbench.builtin.datasets.diabetes:build",
        options={"split_seed": 0},
        reference="Efron et al., Least angle regression, Annals of Statistics 2004",
        description="442 patients, ten measurements and the progression of their diabetes; standardised.",
    ),
    Dataset(
        name="digits",
        build="optbench.builtin.datasets.digits:build",
        options={"split_seed": 0},
        reference="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI 1998",
        description="1,797 images of 8x8 pixels, ten classes; ships with scikit-learn.",
    ),
    Dataset(
        name="mnist",
        build="optbench.builtin.datasets.mnist:build",
        options={"split_seed": 0},
        files=(
            _mnist("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
            _mnist("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
            _mnist("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
            _mnist("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
        ),
        reference="LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998",
        description="70,000 images of 28x28 pixels, ten classes; split 55,000/5,000/10,000.",
    ),
    Dataset(
        name="tinyshakespeare",
        build="optbench.builtin.datasets.shakespeare:build",
        options={"context": 64},
        files=(
            RemoteFile(
                path="tinyshakespeare/input.txt",
                checksum="sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
                urls=(
                    "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
                    "https://raw.githubusercontent.com/jcjohnson/torch-rnn/master/data/tiny-shakespeare.txt",
                ),
            ),
        ),
        reference="Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015",
        description="1.1 million characters of Shakespeare, 65 different ones; split 90/5/5 by position.",
    ),
    Dataset(
        name="markov",
        build="optbench.builtin.datasets.markov:build",
        options={"vocabulary": 27, "concentration": 0.1, "context": 64, "examples": 4096, "seed": 0},
        reference="Shannon, A mathematical theory of communication, 1948",
        description="Text from a random Markov chain, whose entropy rate is the floor of any model's loss.",
    ),
)

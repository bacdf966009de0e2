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


_MNIST = (
    _mnist("train-images-idx3-ubyte.gz", "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609"),
    _mnist("train-labels-idx1-ubyte.gz", "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c"),
    _mnist("t10k-images-idx3-ubyte.gz", "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6"),
    _mnist("t10k-labels-idx1-ubyte.gz", "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6"),
)
_SPOKEN_DIGITS = RemoteFile(
    path="fsdd/recordings.tar.gz",
    checksum="sha256:61e48a5bb47cb9a39450e5576738a69e0f69bc961f4e751a134a5af160018313",
    urls=(),
)
_MNIST_REFERENCE = "LeCun, Cortes and Burges, The MNIST database of handwritten digits, 1998"
_SPOKEN_DIGITS_REFERENCE = (
    "Jakobovski et al., Free Spoken Digit Dataset, 2016 to 2020, CC BY-SA 4.0; no mirror holds its archive, which is "
    "made in a clone of the repository Jakobovski/free-spoken-digit-dataset with GNU tar and gzip: tar --sort=name "
    "--format=gnu --owner=root:0 --group=root:0 --mode=g+w --mtime='2024-05-02 00:00:00Z' -cf - recordings | "
    "gzip -n -9 > recordings.tar.gz"
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
        files=_MNIST,
        reference=_MNIST_REFERENCE,
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
    Dataset(
        name="spoken-digits",
        build="optbench.builtin.datasets.spoken_digits:build",
        options={"transcripts": False},
        files=(_SPOKEN_DIGITS,),
        content="0fce7bd540fc9fa3",
        reference=_SPOKEN_DIGITS_REFERENCE,
        description="3,000 recordings of ten digits by six speakers as log-spectrograms; split 2,400/300/300, the test "
        "split being the official one. The repacked archive has to be made by hand (see the reference).",
    ),
    Dataset(
        name="audiovisual-digits",
        build="optbench.builtin.datasets.audiovisual_digits:build",
        options={"examples": 2000, "image_noise": 2.0, "audio_noise": 0.3, "seed": 0},
        files=(*_MNIST, _SPOKEN_DIGITS),
        content="7976f56993bf202b",
        reference=f"{_MNIST_REFERENCE}; {_SPOKEN_DIGITS_REFERENCE}",
        description="An image of MNIST and a recording of the same digit, both with noise; split 2,000/1,000/2,000.",
    ),
)

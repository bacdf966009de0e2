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


def _fashion(name: str, md5: str) -> RemoteFile:
    mirror = "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/"
    return RemoteFile(path=f"FashionMNIST/raw/{name}", checksum=f"md5:{md5}", urls=(mirror + name,))


def _cifar10_part(name: str, sha256: str) -> RemoteFile:
    return RemoteFile(path=f"cifar-10-batches-bin/{name}", checksum=f"sha256:{sha256}", urls=())


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
_TINY_SHAKESPEARE = RemoteFile(
    path="tinyshakespeare/input.txt",
    checksum="sha256:86c4e6aa9db7c042ec79f339dcb96d42b0075e16b8fc2e86bf0ca57e2dc565ed",
    urls=(
        "https://raw.githubusercontent.com/karpathy/char-rnn/master/data/tinyshakespeare/input.txt",
        "https://raw.githubusercontent.com/jcjohnson/torch-rnn/master/data/tiny-shakespeare.txt",
    ),
)
DATASETS = (
    Dataset(
        name="quadratic",
        build="optbench.builtin.datasets.quadratic:build",
        options={"dimension": 100, "examples": 1000, "noise": 0.6},
        content="866a23adcb4a6655",
        reference="Schneider et al., DeepOBS: a deep learning optimizer benchmark suite, ICLR 2019, arXiv:1903.05499",
        description="Gaussian samples, the noise of the stochastic quadratic.",
    ),
    Dataset(
        name="nothing",
        build="optbench.builtin.datasets.nothing:build",
        content="c3f8a5dd00c0a41c",
        reference="Jamil and Yang, A literature survey of benchmark functions for global optimization problems, 2013, "
        "arXiv:1308.4008",
        description="No data: one example in each split, its number, for models that look at none.",
    ),
    Dataset(
        name="line",
        build="optbench.builtin.datasets.line:build",
        options={"slope": 2.0, "intercept": 0.0, "noise": 0.0, "examples": 100, "seed": 0},
        content="5e570a190363c2f7",
        reference="Legendre, Nouvelles méthodes pour la détermination des orbites des comètes, 1805",
        description="Points on a straight line, with Gaussian noise if wanted.",
    ),
    Dataset(
        name="diabetes",
        build="optbench.builtin.datasets.diabetes:build",
        options={"split_seed": 0},
        content="962f5f4067425798",
        reference="Efron et al., Least angle regression, Annals of Statistics 2004",
        description="442 patients, ten measurements and the progression of their diabetes; standardised.",
    ),
    Dataset(
        name="gaussian",
        build="optbench.builtin.datasets.gaussian:build",
        options={"examples": 60, "features": 10, "variance": 1.7, "seed": 0},
        content="4beefeaa9aa478c3",
        reference="Hastie, Tibshirani and Friedman, The elements of statistical learning, 2009, section 2.5",
        description="A linear model with Gaussian features and noise, for which least squares' expected gap "
        "between training and test is known.",
    ),
    Dataset(
        name="digits",
        build="optbench.builtin.datasets.digits:build",
        options={"split_seed": 0, "examples": 1079},
        content="27fd69cab52c862a",
        reference="Alpaydin and Kaynak, Optical recognition of handwritten digits, UCI 1998",
        description="1,797 images of 8x8 pixels, ten classes; ships with scikit-learn.",
    ),
    Dataset(
        name="mnist",
        build="optbench.builtin.datasets.mnist:build",
        options={"split_seed": 0, "targets": "class"},
        files=_MNIST,
        content="3f7c147b8c23f18d",
        reference=_MNIST_REFERENCE,
        description="70,000 images of 28x28 pixels, ten classes; split 55,000/5,000/10,000.",
    ),
    Dataset(
        name="fashion-mnist",
        build="optbench.builtin.datasets.fashion_mnist:build",
        options={"split_seed": 0},
        files=(
            _fashion("train-images-idx3-ubyte.gz", "8d4fb7e6c68d591d4c3dfef9ec88bf0d"),
            _fashion("train-labels-idx1-ubyte.gz", "25c81989df183df01b3e8a0aad5dffbe"),
            _fashion("t10k-images-idx3-ubyte.gz", "bef4ecab320f06d8554ea6380940ec79"),
            _fashion("t10k-labels-idx1-ubyte.gz", "bb300cfdad3c16e7a12a480ee83cd310"),
        ),
        reference="Xiao, Rasul and Vollgraf, Fashion-MNIST, 2017, arXiv:1708.07747",
        description="70,000 images of clothes, 28x28 pixels, ten classes; split 55,000/5,000/10,000.",
    ),
    Dataset(
        name="cifar10",
        build="optbench.builtin.datasets.cifar10:build",
        options={"split_seed": 0},
        files=(
            RemoteFile(
                path="cifar-10-binary.tar.gz",
                checksum="md5:c32a1d4ab5d03f1284b67883e8d87530",
                urls=("https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz",),
            ),
        ),
        reference="Krizhevsky, Learning multiple layers of features from tiny images, 2009",
        description="60,000 colour images of 32x32 pixels, ten classes; split 45,000/5,000/10,000.",
    ),
    Dataset(
        name="cifar10-part",
        build="optbench.builtin.datasets.cifar10:build_part",
        options={"split_seed": 0},
        files=(
            _cifar10_part("data_batch_1.bin.gz", "6fcee3c4b6ea120cf82b263e2e9fe932e7edf7daf530e8b8ed62c178f70910c6"),
            _cifar10_part(
                "test_batch_first1000.bin.gz", "3d5e72c2623a79c57b916d8669b4cba52fa2984d04cb8cd7d256902adc743432"
            ),
        ),
        content="fbaa2ac7e21b7be3",
        reference="Krizhevsky, Learning multiple layers of features from tiny images, 2009",
        description="A part of CIFAR-10, for where all of it cannot be had: the records of the binary version's first "
        "training batch and first 1,000 test images, gzipped, put into the data folder by hand; split "
        "9,000/1,000/1,000. Its results are not results on CIFAR-10.",
    ),
    Dataset(
        name="tinyshakespeare",
        build="optbench.builtin.datasets.shakespeare:build",
        options={"context": 64, "split": "90/5/5"},
        files=(_TINY_SHAKESPEARE,),
        content="8cad5bbb328fe427",
        reference="Karpathy, The unreasonable effectiveness of recurrent neural networks, 2015",
        description="1.1 million characters of Shakespeare, 65 different ones; split 90/5/5 by position or as nanoGPT.",
    ),
    Dataset(
        name="masked-shakespeare",
        build="optbench.builtin.datasets.shakespeare:build_masked",
        options={"context": 64, "seed": 0},
        files=(_TINY_SHAKESPEARE,),
        content="53be994618cb5cc3",
        reference="Devlin et al., BERT, NAACL 2019, arXiv:1810.04805; text of Karpathy, The unreasonable effectiveness "
        "of recurrent neural networks, 2015",
        description="The same text with 15 % of the characters of each window to be filled in; 90/5/5 by position.",
    ),
    Dataset(
        name="markov",
        build="optbench.builtin.datasets.markov:build",
        options={"vocabulary": 27, "concentration": 0.1, "context": 64, "examples": 4096, "seed": 0},
        content="4088df1ba4c961d7",
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

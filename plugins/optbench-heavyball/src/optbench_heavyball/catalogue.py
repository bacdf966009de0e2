"""What the table cannot read off heavyball's classes: names, one line on each method, where it comes from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import optbench

_HEAVYBALL = "Nestler et al., HeavyBall, https://github.com/HomebrewML/HeavyBall"
_ADAMW = "Loshchilov and Hutter, Decoupled weight decay regularization, arXiv:1711.05101"
_ADEMAMIX = "Pagliardini et al., The AdEMAMix optimizer: better, faster, older, arXiv:2409.03137"
_KL = "Lin et al., Understanding and improving Shampoo and SOAP via Kullback-Leibler minimization, arXiv:2509.03378"
_LAPROP = "Ziyin et al., LaProp: separating momentum and adaptivity in Adam, arXiv:2002.04839"
_MUON = "Jordan et al., Muon: an optimizer for hidden layers in neural networks, 2024"
_NADAM = "Dozat, Incorporating Nesterov momentum into Adam, ICLR workshop 2016"
_ORTHOGRAD = "Prieto et al., Grokking at the edge of numerical stability, arXiv:2501.04697"
_PSGD = "Li, Preconditioned stochastic gradient descent, arXiv:1512.04202"
_PSGD_LIE = "Li, Stochastic Hessian fittings with Lie groups, arXiv:2402.11858"
_SOAP = "Vyas et al., SOAP: improving and stabilizing Shampoo using Adam, arXiv:2409.11321"

HVP_INTERVAL = 1_000_000
"""Steps from one without Hessian-vector products to the next. heavyball's default, 1, leaves them all out: its
condition asks for a plain gradient where the number of the step is a multiple."""


@dataclass(frozen=True)
class Item:
    """One optimizer: its name here, heavyball's class, and what is said of it.

    `build` is what `optbench_heavyball.optimizers` calls it, where that is not heavyball's name. `wraps` is a class
    whose arguments it takes as well. `lr_ref` is given where there is no default. `changes` are hyper-parameters that
    differ from the class's defaults, or that it does not have. `weight_decay_mode` is given where measuring finds none
    of the modes; the limits say what happens there.
    """

    name: str
    library_class: str
    description: str
    reference: str
    build: str = ""
    wraps: str = ""
    lr_ref: float | None = None
    changes: Mapping[str, Any] = field(default_factory=dict)
    closure: bool = False
    weight_decay_mode: optbench.WeightDecayMode | None = None


CATALOGUE = (
    Item("hb.sgd", "SGD", "SGD with heavy-ball momentum.", _HEAVYBALL),
    Item("hb.adamw", "AdamW", "Adam with decoupled weight decay.", _ADAMW),
    Item("hb.nadam", "NAdam", "Adam with Nesterov's momentum.", _NADAM, weight_decay_mode="l2"),
    Item("hb.ademamix", "AdEMAMix", "Adam with a second, slow mean of the gradients.", _ADEMAMIX),
    Item(
        "hb.unscaled-adamw",
        "UnscaledAdamW",
        "AdamW without bias correction of its second moment.",
        f"{_HEAVYBALL}; {_ADAMW}",
    ),
    Item(
        "hb.suds-adamw",
        "SUDSAdamW",
        "AdamW after a rank-one preconditioner along the dominant gradient direction.",
        _HEAVYBALL,
    ),
    Item(
        "hb.scion",
        "Scion",
        "Steps of fixed spectral norm for matrices and fixed RMS for vectors; it replaces the initial weights.",
        "Pethick et al., Training deep learning models with norm-constrained LMOs, arXiv:2502.07529",
    ),
    Item(
        "hb.adamc",
        "AdamC",
        "AdamW whose weight decay falls with the square of the learning rate's schedule.",
        "Defazio, Why gradients rapidly increase near the end of training, arXiv:2506.02285",
    ),
    Item(
        "hb.rmsprop",
        "RMSprop",
        "Divides by the root of a running mean of squared gradients, with bias correction.",
        "Tieleman and Hinton, Lecture 6.5 - rmsprop, COURSERA 2012",
    ),
    Item(
        "hb.hyperball-adamw",
        "HyperBallAdamW",
        "Keeps the norm of every weight with two or more axes; adaptive steps without momentum.",
        "Fantastic pretraining optimizers and where to find them, 2.1: Hyperball optimization",
        weight_decay_mode="none",
    ),
    Item(
        "hb.muon-adamw",
        "MuonAdamW",
        "Orthogonalised momentum for weights with two or more axes, AdamW for the rest.",
        f"{_HEAVYBALL}; {_MUON}; {_ADAMW}",
    ),
    Item(
        "hb.sf-adamw",
        "SFAdamW",
        "Schedule-free AdamW: evaluates an average of the iterates; wants a constant schedule.",
        "Defazio et al., The road less scheduled, arXiv:2405.15682",
        weight_decay_mode="decoupled_lr",
    ),
    Item(
        "hb.msam-laprop",
        "MSAMLaProp",
        "Sharpness-aware steps that climb along the momentum, with RMSprop's scaling.",
        "Becker et al., Momentum-SAM: sharpness aware minimization without computational overhead, arXiv:2401.12033",
    ),
    Item(
        "hb.adopt",
        "ADOPT",
        "Adam that divides by the second moment of earlier gradients only; its first step moves nothing.",
        "Taniguchi et al., ADOPT: modified Adam can converge with any beta2 with the optimal rate, arXiv:2411.02853",
    ),
    Item("hb.muon", "Muon", "Orthogonalised momentum for matrices, plain momentum for vectors.", _MUON),
    Item("hb.laprop", "LaProp", "Adam with momentum of the scaled gradients.", _LAPROP),
    Item(
        "hb.muon-laprop",
        "MuonLaProp",
        "LaProp's update, orthogonalised.",
        f"{_HEAVYBALL}; {_MUON}; {_LAPROP}",
    ),
    Item("hb.soap", "SOAP", "Adam in the eigenbasis of Shampoo's preconditioner.", _SOAP),
    Item("hb.kl-soap", "KLSOAP", "SOAP with the Kronecker factors that minimise a KL divergence.", f"{_KL}; {_SOAP}"),
    Item("hb.kl-shampoo", "KLShampoo", "Shampoo with the Kronecker factors that minimise a KL divergence.", _KL),
    Item(
        "hb.soap-nadam",
        "SOAPNAdam",
        "NAdam in the eigenbasis of Shampoo's preconditioner.",
        f"{_HEAVYBALL}; {_SOAP}; {_NADAM}",
    ),
    Item(
        "hb.soap-ademamix",
        "SOAPAdEMAMix",
        "AdEMAMix in the eigenbasis of Shampoo's preconditioner.",
        f"{_HEAVYBALL}; {_SOAP}; {_ADEMAMIX}",
    ),
    Item(
        "hb.sign-laprop",
        "SignLaProp",
        "The sign of LaProp's update, with the update's norm.",
        f"{_HEAVYBALL}; {_LAPROP}",
    ),
    Item(
        "hb.solp",
        "SOLP",
        "LaProp in the eigenbasis of Shampoo's preconditioner.",
        f"{_HEAVYBALL}; {_SOAP}; {_LAPROP}",
    ),
    Item(
        "hb.heavy-soap",
        "HeavySOAP",
        "SOAP that sorts its eigenbasis and carries the second moment over to each new one.",
        _HEAVYBALL,
    ),
    Item(
        "hb.heavy-kl-soap", "HeavyKLSOAP", "KL-SOAP with HeavySOAP's change of basis and a pseudoinverse.", _HEAVYBALL
    ),
    Item("hb.heavy-kl-shampoo", "HeavyKLShampoo", "KL-Shampoo with a pseudoinverse.", _HEAVYBALL),
    Item("hb.heavy-soap-nadam", "HeavySOAPNAdam", "SOAP-NAdam with HeavySOAP's change of basis.", _HEAVYBALL),
    Item("hb.heavy-soap-ademamix", "HeavySOAPAdEMAMix", "SOAP-AdEMAMix with HeavySOAP's change of basis.", _HEAVYBALL),
    Item("hb.heavy-solp", "HeavySOLP", "SOLP with HeavySOAP's change of basis.", _HEAVYBALL),
    Item(
        "hb.ortho-laprop",
        "OrthoLaProp",
        "LaProp on gradients without their component along the weights.",
        f"{_HEAVYBALL}; {_ORTHOGRAD}; {_LAPROP}",
    ),
    Item(
        "hb.laprop-ortho",
        "LaPropOrtho",
        "LaProp's update without its component along the weights.",
        f"{_HEAVYBALL}; {_LAPROP}; {_ORTHOGRAD}",
    ),
    Item("hb.psgd-kron", "PSGDKron", "Preconditioned SGD with a learned Kronecker-factored preconditioner.", _PSGD),
    Item(
        "hb.psgd-kron-hvp",
        "PSGDKron",
        "PSGD-Kron that fits its preconditioner to Hessian-vector products, not to gradients.",
        _PSGD,
        changes={"hessian_approx": True, "hvp_interval": HVP_INTERVAL},
        closure=True,
    ),
    Item("hb.lather", "LATHER", "Adam in the eigenbasis of PSGD-Kron's preconditioner.", f"{_HEAVYBALL}; {_PSGD}"),
    Item(
        "hb.lather-hvp",
        "LATHER",
        "LATHER that fits its preconditioner to Hessian-vector products, not to gradients.",
        f"{_HEAVYBALL}; {_PSGD}",
        changes={"hessian_approx": True, "hvp_interval": HVP_INTERVAL},
        closure=True,
    ),
    Item("hb.psgd-pro", "PSGDPRO", "PSGD-Kron with Procrustes updates of its factors.", f"{_PSGD}; {_PSGD_LIE}"),
    Item(
        "hb.qsgd",
        "QSGD",
        "PSGD-PRO that applies the square root of its preconditioner; nothing is quantised.",
        f"{_PSGD}; {_HEAVYBALL}",
    ),
    Item("hb.psgd-lra", "PSGDLRA", "Preconditioned SGD with a low-rank preconditioner of all weights at once.", _PSGD),
    Item(
        "hb.psgd-lra-hvp",
        "PSGDLRA",
        "PSGD-LRA that fits its preconditioner to Hessian-vector products, not to gradients.",
        _PSGD,
        changes={"hessian_approx": True, "hvp_interval": HVP_INTERVAL},
        closure=True,
    ),
    Item(
        "hb.sam-adamw",
        "SAMWrapper",
        "AdamW with the gradient at the worst point of an adaptive ball; two gradients a step.",
        "Kwon et al., ASAM: adaptive sharpness-aware minimization, arXiv:2102.11600",
        build="SAM",
        wraps="AdamW",
        closure=True,
    ),
    Item(
        "hb.split-muon-adamw",
        "SplitOpt",
        "Muon for weights with two or more axes but embeddings, AdamW at a 20th of its rate for the rest.",
        f"{_HEAVYBALL}; {_MUON}; {_ADAMW}",
        build="split_muon_adamw",
        lr_ref=0.02,
        changes={"adamw_scale": 0.05, "weight_decay": 0.0},
    ),
)

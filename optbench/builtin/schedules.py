"""The schedules of our tasks; `warmup_steps` is a task's `warmup`, a share, in steps."""

from __future__ import annotations

from optbench import Schedule

SCHEDULES = (
    Schedule(
        name="constant",
        build="optbench.training.schedules:constant",
        description="The peak throughout.",
    ),
    Schedule(
        name="warmup-cosine",
        build="optbench.training.schedules:warmup_cosine",
        reference="Loshchilov and Hutter, SGDR, ICLR 2017, arXiv:1608.03983, equation 5, without restarts",
        description="A linear warm-up to the peak rate, then half a cosine down to 0.",
    ),
    Schedule(
        name="linear",
        build="optbench.training.schedules:linear",
        description="A linear warm-up to the peak rate, then a line down to 0.",
    ),
    Schedule(
        name="wsd",
        build="optbench.training.schedules:warmup_stable_decay",
        reference="Hu et al., MiniCPM, 2024, arXiv:2404.06395; the decay is 1 - sqrt of Hägele et al., 2024, "
        "arXiv:2405.18392",
        description="A linear warm-up, the peak rate, and in the last fifth of the steps 1 - sqrt down to 0.",
    ),
    Schedule(
        name="inverse-sqrt",
        build="optbench.training.schedules:inverse_sqrt",
        reference="Vaswani et al., Attention is all you need, NeurIPS 2017, arXiv:1706.03762, equation 3",
        description="A linear warm-up to the peak rate, then falling with the inverse square root of the step.",
    ),
    Schedule(
        name="step",
        build="optbench.training.schedules:step_decay",
        reference="He et al., Deep residual learning for image recognition, CVPR 2016, arXiv:1512.03385, section 4.2",
        description="A linear warm-up, the peak rate, and a tenth of it from half of the steps on, a hundredth from "
        "three quarters on.",
    ),
)

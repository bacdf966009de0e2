"""Random streams: common to all optimizers, independent of one another."""

from __future__ import annotations

import torch

from optbench.training.seeding import Streams, seeds_for


def test_streams_are_fixed_by_task_and_seed_and_all_different() -> None:
    assert seeds_for("a", 0) == seeds_for("a", 0)
    everything = [s for task in ("a", "b") for seed in range(50) for s in vars(seeds_for(task, seed)).values()]
    assert len(set(everything)) == len(everything)


def test_what_the_optimizer_draws_does_not_move_the_forward_pass() -> None:
    def noise(drawn_by_optimizer: int) -> list[torch.Tensor]:
        streams = Streams(seeds_for("t", 0), torch.device("cpu"))
        seen = []
        for step in range(5):
            streams.forward(step)
            seen.append(torch.rand(3))
            streams.optimizer(step)
            torch.rand(drawn_by_optimizer)
        return seen

    assert all(torch.equal(a, b) for a, b in zip(noise(0), noise(17), strict=True))
    assert not torch.equal(noise(0)[0], noise(0)[1])

"""The training loss of the two exits, and how its weights move over a run.

loss = CE(final) + w_e·CE(early) + w_d·KL(final, detached ‖ early) + w_p·Σ events·fan-out ÷ MACs
With a teacher the first term is ½·CE(final) + ½·τ²·KL(teacher/τ ‖ final/τ), τ = 2.
"""
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from networks import early_share

TEMPERATURE = 2.0


@dataclass(frozen=True)
class Weights:
    """early w_e, distill w_d, penalty w_p."""

    early: float
    distill: float
    penalty: float


def weights_at(progress: float, distill: float, penalty: float, penalty_from: float) -> Weights:
    """progress in [0, 1]. w_e: 0.01 to the early exit's share of the MACs (0.51), linear over the run; w_d: 0 to
    `distill`, likewise; w_p: 0 up to `penalty_from`, then linear to `penalty` over a third of the run."""
    rise = min(1.0, max(0.0, 3 * (progress - penalty_from)))
    return Weights(0.01 + (early_share() - 0.01) * progress, distill * progress, penalty * rise)


def distance(target: Tensor, logits: Tensor, temperature: float = 1.0) -> Tensor:
    """τ²·KL(softmax(target/τ) ‖ softmax(logits/τ)), the mean over images; target gets no gradient."""
    wanted = F.softmax(target.detach() / temperature, 1)
    got = F.log_softmax(logits / temperature, 1)
    return F.kl_div(got, wanted, reduction="batchmean") * temperature**2


def joint_loss(
    early: Tensor, final: Tensor, costs: Tensor, labels: Tensor, weights: Weights, teacher: Tensor | None = None
) -> Tensor:
    """early, final, teacher: logits [N, 10]; costs [layers]: events/MAC; labels int64 [N]."""
    loss = F.cross_entropy(final, labels)
    if teacher is not None:
        loss = 0.5 * loss + 0.5 * distance(teacher, final, TEMPERATURE)
    loss = loss + weights.early * F.cross_entropy(early, labels) + weights.penalty * costs.sum()
    return loss + weights.distill * distance(final, early)

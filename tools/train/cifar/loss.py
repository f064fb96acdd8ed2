"""The training loss of the exits, and how its weights move over a run.

loss = CE(final) + Σ over early exits [w_e·CE(e) + w_d·KL(final, detached ‖ e)] + w_p·Σ events·fan-out ÷ MACs
KL is τ²·KL at temperature τ = 2. With a teacher the first term is ½·CE(final) + ½·KL(teacher ‖ final).
"""
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

from networks import shares

TEMPERATURE = 2.0


@dataclass(frozen=True)
class Weights:
    """early w_e per early exit, distill w_d, penalty w_p."""

    early: list[float]
    distill: float
    penalty: float


def weights_at(progress: float, distill: float, penalty: float, penalty_from: float) -> Weights:
    """progress in [0, 1]. w_e: from 0.1 to the exit's share of the MACs (0.36, 0.68), linear over the run; w_d: 0 to
    `distill`, likewise; w_p: 0 up to `penalty_from`, then linear to `penalty` over a quarter of the run."""
    rise = min(1.0, max(0.0, 4 * (progress - penalty_from)))
    early = [0.1 + (share - 0.1) * progress for share in shares()[:-1]]
    return Weights(early, distill * progress, penalty * rise)


def distance(target: Tensor, logits: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """τ²·KL(softmax(target/τ) ‖ softmax(logits/τ)), the mean over images; target gets no gradient."""
    wanted = F.softmax(target.detach() / temperature, 1)
    got = F.log_softmax(logits / temperature, 1)
    return F.kl_div(got, wanted, reduction="batchmean") * temperature**2


def joint_loss(logits: list[Tensor], costs: Tensor, labels: Tensor, weights: Weights, smoothing: float,
               teacher: Tensor | None = None) -> Tensor:  # fmt: skip
    """logits per exit, teacher: [N, 10]; costs [layers]: events/MAC; labels int64 [N]."""
    *early, final = logits
    loss = F.cross_entropy(final, labels, label_smoothing=smoothing)
    if teacher is not None:
        loss = 0.5 * loss + 0.5 * distance(teacher, final)
    for weight, exit_logits in zip(weights.early, early):
        loss = loss + weight * F.cross_entropy(exit_logits, labels, label_smoothing=smoothing)
        loss = loss + weights.distill * distance(final, exit_logits)
    return loss + weights.penalty * costs.sum()

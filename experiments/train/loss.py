"""The training loss of the exits, and how its weights move over a run.

loss = CE(final) + Σ over early exits [w_e·CE(e) + w_d·KL(final, detached ‖ e)] + w_p·Σ events·fan-out ÷ MACs
KL is τ²·KL at temperature τ. With a teacher the first term is ½·CE(final) + ½·KL(teacher ‖ final), τ = 2.
"""
from dataclasses import dataclass

import torch.nn.functional as F
from torch import Tensor

TEMPERATURE = 2.0


@dataclass(frozen=True)
class Prices:
    """early: w_e at the start; distill: w_d at the end; penalty: w_p at the end, which begins to rise at `penalty_from` and
    rises over `penalty_over` (parts of the run); temperature: τ between the exits; smoothing: of the labels."""

    early: float = 0.1
    distill: float = 0.3
    penalty: float = 0.0
    penalty_from: float = 0.4
    penalty_over: float = 0.25
    temperature: float = TEMPERATURE
    smoothing: float = 0.0


@dataclass(frozen=True)
class Weights:
    """early: w_e per early exit, distill: w_d, penalty: w_p."""

    early: list[float]
    distill: float
    penalty: float


def weights_at(progress: float, shares: list[float], prices: Prices) -> Weights:
    """progress in [0, 1]; shares: the part of the MACs spent at each exit (mcu: 0.36, 0.68, 1). w_e rises from
    prices.early to the share, w_d from 0, both over the run; w_p rises where prices says and then stays."""
    rise = min(1.0, max(0.0, (progress - prices.penalty_from) / prices.penalty_over))
    early = [prices.early + (share - prices.early) * progress for share in shares[:-1]]
    return Weights(early, prices.distill * progress, prices.penalty * rise)


def distance(target: Tensor, logits: Tensor, temperature: float = TEMPERATURE) -> Tensor:
    """τ²·KL(softmax(target/τ) ‖ softmax(logits/τ)), the mean over images; target gets no gradient."""
    wanted = F.softmax(target.detach() / temperature, 1)
    got = F.log_softmax(logits / temperature, 1)
    return F.kl_div(got, wanted, reduction="batchmean") * temperature**2


def joint_loss(logits: list[Tensor], costs: Tensor, labels: Tensor, weights: Weights, prices: Prices,
               teacher: Tensor | None = None) -> Tensor:  # fmt: skip
    """logits per exit, teacher: [N, classes]; costs [layers]: events/MAC; labels int64 [N]."""
    *early, final = logits
    loss = F.cross_entropy(final, labels, label_smoothing=prices.smoothing)
    if teacher is not None:
        loss = 0.5 * loss + 0.5 * distance(teacher, final)
    for weight, exit_logits in zip(weights.early, early):
        loss = loss + weight * F.cross_entropy(exit_logits, labels, label_smoothing=prices.smoothing)
        loss = loss + weights.distill * distance(final, exit_logits, prices.temperature)
    return loss + weights.penalty * costs.sum()

"""Optimizers of a whole network, whose rates follow the progress of the run."""
import math
from collections.abc import Callable

from torch import nn
from torch.optim import AdamW, Optimizer

from muon import Muon


def triangle(progress: float) -> float:
    """0 to 1 over the first tenth of the run, then linear back to 0."""
    return max(0.0, min(progress / 0.1, (1 - progress) / 0.9))


def cycle(progress: float, start: float, top: float, end: float) -> float:
    """From start to top over the first fifth of the run, then to end, each by half a cosine (the one-cycle schedule)."""
    a, b, part = (start, top, progress / 0.2) if progress < 0.2 else (top, end, (progress - 0.2) / 0.8)
    return b + (a - b) * (1 + math.cos(math.pi * part)) / 2


class Scheduled:
    """Optimizers that step together. factor: progress in [0, 1] -> what every learning rate is multiplied by; beta:
    progress -> AdamW's first momentum, where it moves."""

    def __init__(self, parts: list[Optimizer], factor: Callable[[float], float],
                 beta: Callable[[float], float] | None = None) -> None:  # fmt: skip
        self.parts, self.factor, self.beta = parts, factor, beta
        self.rates = [[group["lr"] for group in part.param_groups] for part in parts]

    def at(self, progress: float) -> None:
        for part, rates in zip(self.parts, self.rates):
            for group, rate in zip(part.param_groups, rates):
                group["lr"] = rate * self.factor(progress)
                if self.beta:
                    group["betas"] = (self.beta(progress), group["betas"][1])

    def zero_grad(self) -> None:
        for part in self.parts:
            part.zero_grad()

    def step(self) -> None:
        for part in self.parts:
            part.step()

    def state_dict(self) -> list[dict]:
        return [part.state_dict() for part in self.parts]

    def load_state_dict(self, states: list[dict]) -> None:
        for part, state in zip(self.parts, states, strict=True):
            part.load_state_dict(state)


def with_muon(net: nn.Module, lr: float, adam_lr: float) -> Scheduled:
    """Muon for the filters; AdamW without decay for BatchNorm, λ and classifiers."""
    filters = [p for p in net.parameters() if p.ndim == 4]
    others = [p for p in net.parameters() if p.ndim != 4]
    return Scheduled([Muon(filters, lr), AdamW(others, lr=adam_lr, weight_decay=0.0)], triangle)


def with_adamw(net: nn.Module, lr: float, decay: float) -> Scheduled:
    """AdamW, one cycle, in which the first momentum goes the other way; weights of rank ≥ 2 decay, biases, BatchNorm and λ
    do not."""
    weights = [p for p in net.parameters() if p.ndim >= 2]
    others = [p for p in net.parameters() if p.ndim < 2]
    groups = [{"params": weights, "weight_decay": decay}, {"params": others, "weight_decay": 0.0}]
    rate, beta = (lambda p: cycle(p, 1 / 25, 1, 4e-6)), (lambda p: cycle(p, 0.95, 0.85, 0.95))
    return Scheduled([AdamW(groups, lr=lr)], rate, beta)

"""Muon (Jordan et al., 2024), as airbench uses it (arXiv:2404.00498): steps along a nearly orthogonal gradient."""
import torch
from torch import Tensor
from torch.optim import Optimizer

A, B, C = 3.4445, -4.775, 2.0315  # of the quintic whose turns bring singular values near 1


def orthogonal(matrix: Tensor, turns: int = 3) -> Tensor:
    """[rows, columns] -> nearly the closest matrix whose singular values are all 1: x ← A·x + (B·s + C·s²)·x, s = x·xᵀ."""
    x = matrix / (matrix.norm() + 1e-7)
    tall = x.shape[0] > x.shape[1]
    x = x.T if tall else x
    for _ in range(turns):
        s = x @ x.T
        x = A * x + (B * s + C * s @ s) @ x
    return x.T if tall else x


class Muon(Optimizer):
    """For filters [out, in, k, k] with a BatchNorm behind them, which makes their scale free: before each step a filter
    tensor is scaled to norm √out. Nesterov momentum; the step is the gradient as a matrix [out, in·k·k], orthogonal."""

    def __init__(self, filters: list[Tensor], lr: float, momentum: float = 0.6) -> None:
        super().__init__(filters, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self) -> None:
        for group in self.param_groups:
            for p in group["params"]:
                state = self.state[p]
                if not state:
                    state["momentum"] = torch.zeros_like(p)
                velocity = state["momentum"].mul_(group["momentum"]).add_(p.grad)
                ahead = p.grad.add(velocity, alpha=group["momentum"])
                p.mul_(len(p) ** 0.5 / p.norm())
                p.add_(orthogonal(ahead.reshape(len(p), -1)).view_as(p), alpha=-group["lr"])

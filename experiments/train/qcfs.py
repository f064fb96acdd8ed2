"""QCFS activation (Bu et al., ICLR 2022) with a price on events.

h(x) = (λ/L) · clip(⌊x·L/λ + ½⌋, 0, L), λ learned, one per layer. A spiking neuron with θ = λ/L, v0 = θ/2 and a
burst limit K = L computes exactly this in one step, and it sends an event exactly when h > 0.
"""
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from kernel import kernel

LAMBDA_MIN, LAMBDA_MAX = 0.1, 3.0


@kernel
def _forward(x: Tensor, bound: Tensor, levels: int) -> tuple[Tensor, Tensor]:
    """h like x, and the events per position [H, W], summed over images and channels."""
    step = bound / levels
    level = torch.floor(x.float() / step + 0.5).clamp(0, levels)
    return (level * step).to(x.dtype), (level > 0).sum(dim=(0, 1), dtype=torch.float32)


@kernel
def _backward(grad: Tensor, x: Tensor, bound: Tensor, price: Tensor, levels: int) -> tuple[Tensor, Tensor]:
    """(∂/∂x like x, ∂/∂λ scalar). price [H, W]: the gradient of the loss by one event at that position."""
    per_unit = levels / bound
    u, g = x.float() * per_unit, grad.float()
    inside = u.clamp(0, levels)  # the straight-through estimate: the identity between 0 and λ
    # dh/dλ: 1 above λ, the rounding error (level − u)/L between, 0 below
    rounding = torch.where(u < levels, torch.floor(inside + 0.5) - inside, levels)
    # an event appears at u = ½; a triangle of half width 1 around it. λ takes no part: raising it is the cheap
    # way to fewer events, and it starves the next layer
    triangle = (1 - (u - 0.5).abs()).clamp(min=0)
    grad_x = torch.where(u == inside, g, 0) + triangle * price * per_unit
    return grad_x.to(x.dtype), (g * rounding).sum() / levels


class _QcfsWithCost(torch.autograd.Function):
    """(x, λ, fan-out) -> (h, cost); cost = mean over images of Σ [h > 0]·fan-out, a scalar."""

    @staticmethod
    def forward(ctx, x: Tensor, bound: Tensor, fan_out: Tensor, levels: int):
        ctx.save_for_backward(x, bound, fan_out)
        ctx.levels = levels
        h, events = _forward(x.detach(), bound.detach(), levels)
        return h, (events * fan_out).sum() / len(x)

    @staticmethod
    def backward(ctx, grad: Tensor, grad_cost: Tensor):
        x, bound, fan_out = ctx.saved_tensors
        price = fan_out * grad_cost / len(x)
        grad_x, grad_bound = _backward(grad, x.detach(), bound.detach(), price, ctx.levels)
        return grad_x, grad_bound.view_as(bound), None, None


class Qcfs(nn.Module):
    """x [N, C, H, W] -> (h of the same shape, cost). fan_out [H, W]: synapses that one event touches."""

    def __init__(self, fan_out: Tensor, levels: int, bound: float = 2.0) -> None:
        super().__init__()
        self.levels = levels
        self.bound = nn.Parameter(torch.tensor(bound))  # λ
        self.register_buffer("fan_out", fan_out, persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        if torch.onnx.is_in_onnx_export():  # the same function in ONNX operators; a trace needs no cost
            step = self.bound.item() / self.levels
            # hardtanh is the spelling of clip that the exporter writes without a Cast
            return F.hardtanh(torch.floor(x / step + 0.5), 0.0, float(self.levels)) * step, x
        return _QcfsWithCost.apply(x, self.bound, self.fan_out, self.levels)

    @torch.no_grad()
    def clamp_bound(self) -> None:
        """Keeps λ in [0.1, 3]: a pooled exit pulls the λ of its layer up without end (1.4 -> 9 at L = 4)."""
        self.bound.clamp_(LAMBDA_MIN, LAMBDA_MAX)


class Relu(nn.Module):
    """max(x, 0) with the interface of Qcfs; its cost counts h > 0 and has no gradient."""

    def __init__(self, fan_out: Tensor) -> None:
        super().__init__()
        self.register_buffer("fan_out", fan_out, persistent=False)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        h = torch.relu(x)
        if torch.onnx.is_in_onnx_export():
            return h, x
        active = (h.detach() > 0).sum(dim=(0, 1), dtype=torch.float32)
        return h, (active * self.fan_out).sum() / len(x)

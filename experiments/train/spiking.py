"""The folded network as integrate-and-fire neurons with single spikes, a spike of layer l being worth θ = λ.

Per step: v ← v + c;  s = [v ≥ θ];  v ← v − θ·s, from v0 = θ/2, and θ·s goes to the next layer in the same step
(immediate timing). An exit sums its logits over the steps and never fires (current readout).
"""
import torch
from torch import Tensor

from kernel import kernel
from network import Network


@kernel
def _forward(v: Tensor, current: Tensor, theta: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(v before the reset, θ·s, spikes per position [H, W])."""
    before = v + current.float()
    spike = before >= theta
    return before, torch.where(spike, theta, 0).to(current.dtype), spike.sum(dim=(0, 1), dtype=torch.float32)


@kernel
def _backward(before: Tensor, theta: Tensor, grad_after: Tensor, grad_out: Tensor, price: Tensor) -> Tensor:
    """∂/∂(v + c) with the surrogate ∂s/∂v = (1 − |v/θ − 1|)₊ / θ, through the reset too."""
    triangle = (1 - (before / theta - 1).abs()).clamp(min=0)
    return grad_after + triangle * (grad_out.float() - grad_after + price / theta)


class _Fire(torch.autograd.Function):
    """(v, c, θ, fan-out) -> (v after the reset, θ·s, cost); cost = mean over images of Σ s·fan-out."""

    @staticmethod
    def forward(ctx, v: Tensor, current: Tensor, theta: Tensor, fan_out: Tensor):
        before, out, spikes = _forward(v.detach(), current.detach(), theta)
        ctx.save_for_backward(before, theta, fan_out)
        ctx.dtype = current.dtype
        return before - out.float(), out, (spikes * fan_out).sum() / len(v)

    @staticmethod
    def backward(ctx, grad_after: Tensor, grad_out: Tensor, grad_cost: Tensor):
        before, theta, fan_out = ctx.saved_tensors
        grad = _backward(before, theta, grad_after, grad_out, fan_out * grad_cost / len(before))
        return grad, grad.to(ctx.dtype), None, None


def simulate(net: Network, image: Tensor, steps: int) -> tuple[list[Tensor], Tensor]:
    """image [N, C, H, W], net folded -> per exit the running mean of the logits after each step [steps, N, classes];
    costs [steps, layers]: Σ spikes·fan-out ÷ dense MACs of that step alone."""
    drive = image  # the image is the same in every step: one convolution serves them all
    before, logits, costs, exits = [], [], [], net.exits()
    count = torch.arange(1, steps + 1).view(-1, 1, 1)
    for i, stage in enumerate(net.stages()):
        currents = stage.current(drive, before).split(len(image))
        theta = stage.act.bound.detach()
        v = torch.full_like(currents[0], 0.5, dtype=torch.float32) * theta
        spikes = []
        for t in range(steps):
            v, out, cost = _Fire.apply(v, currents[t % len(currents)], theta, stage.act.fan_out)
            spikes.append(out)
            costs.append(cost)
        drive = torch.cat(spikes)  # [steps·N, C, H, W]
        before.append(drive)
        if i in exits:
            logits.append(torch.stack([exits[i](out) for out in spikes]).float().cumsum(0) / count)
    return logits, torch.stack(costs).view(-1, steps).T / net.macs

"""BatchNorm folded into the convolution before it: w' = w·γ/√(σ²+ε), b' = β − μ·γ/√(σ²+ε)."""
from dataclasses import replace

import torch

from networks import Network


@torch.no_grad()
def fold(net: Network) -> Network:
    """The same function (in evaluation mode) without BatchNorm and with a bias in each convolution."""
    folded = Network(replace(net.shape, folded=True))
    for exit_name in ("early", "final"):
        folded.get_submodule(exit_name).load_state_dict(net.get_submodule(exit_name).state_dict())
    for old, new in zip(net.stages(), folded.stages()):
        factor = old.bn.weight / torch.sqrt(old.bn.running_var + old.bn.eps)
        new.conv.weight.copy_(old.conv.weight * factor.view(-1, 1, 1, 1))
        new.conv.bias.copy_(old.bn.bias - old.bn.running_mean * factor)
        new.act.load_state_dict(old.act.state_dict())
    return folded

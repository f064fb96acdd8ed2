"""Fuses a pure function of tensors into one loop over memory; on a CPU the activations are bound by memory."""
from typing import Callable

import torch

# one compiled version per shape: three layer shapes × training and evaluation batch × two number types
torch._dynamo.config.recompile_limit = 64


def kernel(function: Callable) -> Callable:
    """Needs a C++ compiler. Arguments must be detached: whether they want a gradient would count as a shape."""
    return torch.compile(function, dynamic=False)

"""An architecture as a PyTorch module that also counts the synapses its events touch."""
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from architectures import ARCHITECTURES
from qcfs import Qcfs, Relu
from synapses import Synapses


@dataclass(frozen=True)
class Shape:
    """All that a network is built from; stands in every checkpoint. activation: 'qcfs' or 'relu'; levels: L of QCFS;
    folded: no BatchNorm, a bias in each convolution instead."""

    net: str
    channels: int
    side: int
    classes: int
    activation: str = "qcfs"
    levels: int = 4
    folded: bool = False


class Convolution(nn.Module):
    """k×k convolution, padding k // 2, and BatchNorm."""

    def __init__(self, cin: int, cout: int, kernel: int, stride: int, folded: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(cin, cout, kernel, stride, padding=kernel // 2, bias=folded)
        self.bn = nn.Identity() if folded else nn.BatchNorm2d(cout)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x))


class Stage(Convolution):
    """One layer: 3×3 convolution, BatchNorm, the skip if it has one, activation."""

    def __init__(self, index: int, synapses: Synapses, shape: Shape) -> None:
        layers = synapses.architecture.layers
        layer = layers[index]
        super().__init__(synapses.inputs(index), layer.channels, 3, layer.stride, shape.folded)
        self.source = layer.skip
        if layer.project:
            cin, stride = layers[layer.skip].channels, synapses.skip_stride(index)
            self.skip = Convolution(cin, layer.channels, 1, stride, shape.folded)
        else:
            self.skip = nn.Identity()
        reach = synapses.fan_out(index)
        self.act = Qcfs(reach, shape.levels) if shape.activation == "qcfs" else Relu(reach)

    def current(self, x: Tensor, before: list) -> Tensor:
        """What the activation gets; before: outputs of the layers so far, of which a skip takes one."""
        y = self.bn(self.conv(x))
        return y if self.source is None else y + self.skip(before[self.source])

    def forward(self, x: Tensor, before: list[Tensor]) -> tuple[Tensor, Tensor]:
        return self.act(self.current(x, before))


class Exit(nn.Module):
    """[N, C, H, W] -> global average pool -> logits [N, classes]."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(channels, classes)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(torch.flatten(self.pool(x), 1))


class Network(nn.Module):
    """image float32 [N, channels, side, side] in [0, 1] -> logits [N, classes] of each exit, the final one last."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        self.architecture = ARCHITECTURES[shape.net]
        self.synapses = Synapses(self.architecture, shape.channels, shape.side, shape.classes)
        self.macs = sum(self.synapses.macs())
        for i in range(len(self.architecture.layers)):  # named, not listed: the names become those of the ONNX nodes
            self.add_module(f"layer{i + 1}", Stage(i, self.synapses, shape))
        for name, layer in zip(self.architecture.exit_names(), self.architecture.exits):
            self.add_module(name, Exit(self.architecture.layers[layer].channels, shape.classes))

    def stages(self) -> list[Stage]:
        return [self.get_submodule(f"layer{i + 1}") for i in range(len(self.architecture.layers))]

    def exits(self) -> dict[int, Exit]:
        """By the layer that carries them."""
        return dict(zip(self.architecture.exits, map(self.get_submodule, self.architecture.exit_names())))

    def run(self, image: Tensor) -> tuple[list[Tensor], list[Tensor]]:
        """(logits per exit, events · fan-out per layer)."""
        x, before, logits, costs, exits = image, [], [], [], self.exits()
        for i, stage in enumerate(self.stages()):
            x, cost = stage(x, before)
            before.append(x)
            costs.append(cost)
            if i in exits:
                logits.append(exits[i](x))
        return logits, costs

    def with_costs(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """(logits per exit, costs): costs [layers] = mean over images of Σ events · fan-out ÷ dense MACs."""
        logits, costs = self.run(image)
        return logits, torch.stack(costs) / self.macs

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        return tuple(self.run(image)[0])

    def bounds(self) -> list[float]:
        """λ per layer; empty for a ReLU network."""
        return [s.act.bound.item() for s in self.stages() if isinstance(s.act, Qcfs)]

    def clamp_bounds(self) -> None:
        for stage in self.stages():
            if isinstance(stage.act, Qcfs):
                stage.act.clamp_bound()

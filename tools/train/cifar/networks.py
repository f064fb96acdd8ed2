"""A small VGG with three pooled exits: behind the third, the fifth and the last convolution."""
import os
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qcfs import Qcfs, Relu

SIDE = 32
CLASSES = 10
# channels, stride of each 3×3 convolution; index of the layer that carries each exit, the last is the final one
NETS = {
    "mcu": (((16, 1), (32, 2), (32, 1), (64, 2), (64, 1), (128, 2), (128, 1)), (2, 4, 6)),
    "vgg68": (((64, 1), (64, 2), (128, 1), (128, 2), (256, 1), (256, 2)), (1, 3, 5)),
    "vgg11": (((64, 1), (128, 2), (256, 2), (256, 1), (512, 2), (512, 1), (512, 2), (512, 1)), (3, 5, 7)),
}
LAYERS, EXITS = NETS[os.environ.get("NET", "mcu")]


@dataclass(frozen=True)
class Shape:
    """activation: 'qcfs' or 'relu'. folded: no BatchNorm, a bias in each convolution instead."""

    activation: str = "qcfs"
    levels: int = 4
    folded: bool = False


def sides() -> list[int]:
    """Height (= width) of each layer's output: 32, 16, 16, 8, 8, 4, 4."""
    out, side = [], SIDE
    for _, stride in LAYERS:
        side = (side - 1) // stride + 1
        out.append(side)
    return out


def macs() -> list[int]:
    """Dense multiply-accumulates per layer, padding counted, then those of the exits."""
    cin = [3] + [channels for channels, _ in LAYERS]
    convs = [side * side * 9 * cin[i] * LAYERS[i][0] for i, side in enumerate(sides())]
    return convs + [LAYERS[e][0] * CLASSES for e in EXITS]


def shares() -> list[float]:
    """Per exit, the part of all MACs spent when it speaks, the exits before it included (0.36, 0.68, 1)."""
    each, n = macs(), len(LAYERS)
    return [(sum(each[: e + 1]) + sum(each[n : n + i + 1])) / sum(each) for i, e in enumerate(EXITS)]


def fan_out(layer: int) -> Tensor:
    """[H, W]: synapses touched by one event of this layer: the windows of the next convolution that hold the
    position (fewer at the border and under a stride) × its channels, plus one row of ten per exit."""
    side = sides()[layer]
    synapses = torch.zeros(side, side)
    if layer + 1 < len(LAYERS):
        channels, stride = LAYERS[layer + 1]
        ones = torch.ones(1, 1, side, side)
        outputs = torch.ones_like(F.conv2d(ones, torch.ones(1, 1, 3, 3), stride=stride, padding=1))
        odd = (side - 1) % stride  # rows that the stride leaves over below the last window
        windows = F.conv_transpose2d(outputs, torch.ones(1, 1, 3, 3), stride=stride, padding=1, output_padding=odd)
        synapses += windows[0, 0] * channels
    if layer in EXITS:
        synapses += CLASSES
    return synapses


class Stage(nn.Module):
    """Convolution 3×3, BatchNorm, activation."""

    def __init__(self, index: int, shape: Shape) -> None:
        super().__init__()
        cin = LAYERS[index - 1][0] if index else 3
        cout, stride = LAYERS[index]
        self.conv = nn.Conv2d(cin, cout, 3, stride, padding=1, bias=shape.folded)
        self.bn = nn.Identity() if shape.folded else nn.BatchNorm2d(cout)
        reach = fan_out(index)
        self.act = Qcfs(reach, shape.levels) if shape.activation == "qcfs" else Relu(reach)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        return self.act(self.bn(self.conv(x)))


class Exit(nn.Module):
    """[N, C, H, W] -> global average pool -> logits [N, 10]."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.pool = nn.AdaptiveAvgPool2d(1)
        self.linear = nn.Linear(channels, CLASSES)

    def forward(self, x: Tensor) -> Tensor:
        return self.linear(torch.flatten(self.pool(x), 1))


class Network(nn.Module):
    """image float32 [N, 3, 32, 32] in [0, 1] -> logits [N, 10] of each exit, the final one last."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        for i in range(len(LAYERS)):  # named, not listed: the names become those of the ONNX nodes
            self.add_module(f"layer{i + 1}", Stage(i, shape))
        for i, layer in enumerate(EXITS):
            self.add_module(f"exit{i + 1}", Exit(LAYERS[layer][0]))

    def stages(self) -> list[Stage]:
        return [self.get_submodule(f"layer{i + 1}") for i in range(len(LAYERS))]

    def exits(self) -> list[Exit]:
        return [self.get_submodule(f"exit{i + 1}") for i in range(len(EXITS))]

    def with_costs(self, image: Tensor) -> tuple[list[Tensor], Tensor]:
        """(logits per exit, costs): costs [layers] = mean over images of Σ events·fan-out ÷ dense MACs."""
        x, logits, costs, exits = image, [], [], self.exits()
        for i, stage in enumerate(self.stages()):
            x, cost = stage(x)
            costs.append(cost)
            if i in EXITS:
                logits.append(exits[len(logits)](x))
        return logits, torch.stack(costs) / sum(macs())

    def forward(self, image: Tensor) -> tuple[Tensor, ...]:
        x, logits, exits = image, [], self.exits()
        for i, stage in enumerate(self.stages()):
            x, _ = stage(x)
            if i in EXITS:
                logits.append(exits[len(logits)](x))
        return tuple(logits)

    def bounds(self) -> list[float]:
        """λ per layer; empty for a ReLU network."""
        return [s.act.bound.item() for s in self.stages() if isinstance(s.act, Qcfs)]


def load(path: Path) -> Network:
    """A network from last.pt of train.py; the shape is in its configuration."""
    saved = torch.load(path, weights_only=True)
    config = saved["config"]
    net = Network(Shape(config["activation"], config["levels"], config.get("folded", False)))
    net.load_state_dict(saved["net"])
    return net.eval()

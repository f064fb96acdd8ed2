"""A small VGG with two pooled exits: `early` behind the third convolution, `final` behind the last."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from qcfs import Qcfs, Relu

SIDE = 28
CLASSES = 10
LAYERS = ((16, 1), (32, 2), (32, 1), (64, 2), (64, 1))  # channels, stride of each 3×3 convolution
EARLY = 2  # index of the layer that carries the early exit


@dataclass(frozen=True)
class Shape:
    """activation: 'qcfs' or 'relu'. folded: no BatchNorm, a bias in each convolution instead."""

    activation: str = "qcfs"
    levels: int = 4
    folded: bool = False


def sides() -> list[int]:
    """Height (= width) of each layer's output: 28, 14, 14, 7, 7."""
    out, side = [], SIDE
    for _, stride in LAYERS:
        side = (side - 1) // stride + 1
        out.append(side)
    return out


def macs() -> list[int]:
    """Dense multiply-accumulates per layer, padding counted, then those of the two exits."""
    cin = [1] + [channels for channels, _ in LAYERS]
    convs = [side * side * 9 * cin[i] * LAYERS[i][0] for i, side in enumerate(sides())]
    return convs + [LAYERS[EARLY][0] * CLASSES, LAYERS[-1][0] * CLASSES]


def early_share() -> float:
    """The part of all MACs spent when the early exit speaks (0.51)."""
    each = macs()
    return (sum(each[: EARLY + 1]) + each[len(LAYERS)]) / sum(each)


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
    if layer in (EARLY, len(LAYERS) - 1):
        synapses += CLASSES
    return synapses


class Stage(nn.Module):
    """Convolution 3×3, BatchNorm, activation."""

    def __init__(self, index: int, shape: Shape) -> None:
        super().__init__()
        cin = LAYERS[index - 1][0] if index else 1
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
    """image float32 [N, 1, 28, 28] in [0, 1] -> (early [N, 10], final [N, 10])."""

    def __init__(self, shape: Shape) -> None:
        super().__init__()
        self.shape = shape
        for i in range(len(LAYERS)):  # named, not listed: the names become those of the ONNX nodes
            self.add_module(f"layer{i + 1}", Stage(i, shape))
        self.early = Exit(LAYERS[EARLY][0])
        self.final = Exit(LAYERS[-1][0])

    def stages(self) -> list[Stage]:
        return [self.get_submodule(f"layer{i + 1}") for i in range(len(LAYERS))]

    def with_costs(self, image: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """(early, final, costs): costs [layers] = mean over images of Σ events·fan-out ÷ dense MACs."""
        x, costs = image, []
        for i, stage in enumerate(self.stages()):
            x, cost = stage(x)
            costs.append(cost)
            if i == EARLY:
                early = self.early(x)
        return early, self.final(x), torch.stack(costs) / sum(macs())

    def forward(self, image: Tensor) -> tuple[Tensor, Tensor]:
        x = image
        for i, stage in enumerate(self.stages()):
            x, _ = stage(x)
            if i == EARLY:
                early = self.early(x)
        return early, self.final(x)

    def bounds(self) -> list[float]:
        """λ per layer; empty for a ReLU network."""
        return [s.act.bound.item() for s in self.stages() if isinstance(s.act, Qcfs)]

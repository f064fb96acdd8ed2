"""How much an architecture computes: dense multiply-accumulates, and the synapses that one event touches."""
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from architectures import Architecture


@dataclass(frozen=True)
class Synapses:
    """Of an architecture on images of channels × side × side."""

    architecture: Architecture
    channels: int
    side: int
    classes: int

    def sides(self) -> list[int]:
        """Height (= width) of each layer's output: 32, 16, 16, 8, … under strides 1, 2, 1, 2, …"""
        out, side = [], self.side
        for layer in self.architecture.layers:
            side = (side - 1) // layer.stride + 1
            out.append(side)
        return out

    def inputs(self, index: int) -> int:
        """Channels that go into layer `index`."""
        return self.architecture.layers[index - 1].channels if index else self.channels

    def skip_stride(self, index: int) -> int:
        """Stride of a projection into layer `index`: the strides since its source, multiplied."""
        stride = 1
        for layer in self.architecture.layers[self.architecture.layers[index].skip + 1 : index + 1]:
            stride *= layer.stride
        return stride

    def macs(self) -> list[int]:
        """Dense multiply-accumulates per layer (padding counted, and skips: an identity is one per neuron), then of each
        exit."""
        layers, sides = self.architecture.layers, self.sides()
        each = [sides[i] ** 2 * 9 * self.inputs(i) * layer.channels for i, layer in enumerate(layers)]
        for i, layer in enumerate(layers):
            if layer.skip is not None:
                each[i] += sides[i] ** 2 * layer.channels * (layers[layer.skip].channels if layer.project else 1)
        return each + [layers[e].channels * self.classes for e in self.architecture.exits]

    def shares(self) -> list[float]:
        """Per exit, the part of all MACs spent when it speaks, the exits before it included; the last is 1."""
        each, n = self.macs(), len(self.architecture.layers)
        exits = self.architecture.exits
        return [(sum(each[: e + 1]) + sum(each[n : n + i + 1])) / sum(each) for i, e in enumerate(exits)]

    def fan_out(self, index: int) -> Tensor:
        """[H, W]: synapses touched by one event of this layer at that position: the windows of the next convolution that
        hold it (fewer at the border and under a stride) × its channels, the same for each projection that begins
        here, one for each identity, one per class for a classifier."""
        layers, side = self.architecture.layers, self.sides()[index]
        synapses = torch.zeros(side, side)
        if index + 1 < len(layers):
            synapses += windows(side, 3, layers[index + 1].stride) * layers[index + 1].channels
        for i, layer in enumerate(layers):
            if layer.skip == index:
                synapses += windows(side, 1, self.skip_stride(i)) * layer.channels if layer.project else 1
        if index in self.architecture.exits:
            synapses += self.classes
        return synapses


def windows(side: int, kernel: int, stride: int) -> Tensor:
    """[side, side]: how many windows of a kernel × kernel convolution with padding kernel // 2 hold each position."""
    ones, pad = torch.ones(1, 1, kernel, kernel), kernel // 2
    outputs = torch.ones_like(F.conv2d(torch.ones(1, 1, side, side), ones, stride=stride, padding=pad))
    rest = (side - 1) % stride  # rows that the stride leaves over below the last window
    return F.conv_transpose2d(outputs, ones, stride=stride, padding=pad, output_padding=rest)[0, 0]

"""Writes the networks of paper.py as ONNX, by both exporters of PyTorch, as a user would call them.

Only the graphs are kept: weights are named and left out (external data in weights.bin, which experiments/networks/ fills with
seeded random numbers). `--set full` makes models/networks/, `--set small` the narrow networks of test/experiments/networks/.
"""
import argparse
from pathlib import Path

import onnx
import torch

from paper import NAMES, Paper, randomise

SKELETON_VALUES = 64  # tensors of so many values or more are left out of a skeleton
ALIGN = 16


def export(net: torch.nn.Module, shape: tuple[int, int, int], exits: int, path: Path, exporter: str) -> None:
    image = (torch.zeros(2, *shape),)
    names = {"input_names": ["image"], "output_names": [*(f"exit{i + 1}" for i in range(exits)), "final"]}
    if exporter == "torchscript":
        axes = {name: {0: "N"} for name in (*names["input_names"], *names["output_names"])}
        torch.onnx.export(net, image, str(path), dynamo=False, dynamic_axes=axes, **names)
    else:
        batch = ({0: torch.export.Dim("N")},)
        torch.onnx.export(net, image, str(path), dynamo=True, dynamic_shapes=batch, external_data=False, **names)
    strip(path)


def strip(path: Path) -> None:
    """Without what only people read: stack traces and shapes are most of a dynamo file."""
    model = onnx.load(path)
    del model.metadata_props[:], model.graph.metadata_props[:], model.graph.value_info[:]
    for node in model.graph.node:
        node.doc_string = ""
        del node.metadata_props[:]
    for value in (*model.graph.input, *model.graph.output, *model.graph.initializer):
        value.doc_string = ""
        del value.metadata_props[:]
    onnx.save(model, path)


def hollow(path: Path) -> None:
    """Replaces every large tensor by a reference to weights.bin, which is not written."""
    model = onnx.load(path)
    offset = 0
    for t in model.graph.initializer:
        values = onnx.numpy_helper.to_array(t)
        if t.data_type != onnx.TensorProto.FLOAT or values.size < SKELETON_VALUES:
            continue
        t.ClearField("raw_data")
        t.ClearField("float_data")
        t.data_location = onnx.TensorProto.EXTERNAL
        for key, value in (("location", "weights.bin"), ("offset", offset), ("length", values.nbytes)):
            t.external_data.add(key=key, value=str(value))
        offset += -(-values.nbytes // ALIGN) * ALIGN
    path.write_bytes(model.SerializeToString())


def small() -> dict[str, tuple[Paper, tuple[int, int, int]]]:
    """Narrow networks: every exit of VGG-11 and of ResNet-18, both kinds of skip, one exit, other shapes."""
    grey, colour, wide = (1, 28, 28), (3, 32, 32), (3, 16, 40)
    nets = {
        "vgg11-exits-0-1-2": (Paper("vgg11", colour, exits=(0, 1, 2), width=1 / 16), colour),
        "vgg11-exits-3-4-5": (Paper("vgg11", grey, 11, exits=(3, 4, 5), width=1 / 16, kind="qcfs"), grey),
        "vgg11-exit-6": (Paper("vgg11", wide, 100, exits=(6,), width=1 / 16, kind="leaky"), wide),
        "vgg16-one-exit": (Paper("vgg16", colour, 200, exits=(), width=1 / 32), colour),
        "vgg19-exit-8": (Paper("vgg19", colour, exits=(8,), width=1 / 32), colour),
        "resnet18-identity": (Paper("resnet18", colour, exits=(4,), width=1 / 16, identity=True), colour),
        "resnet34-exit-16": (Paper("resnet34", grey, exits=(16,), width=1 / 32), grey),
        "resnet50-exit-22": (Paper("resnet50", colour, exits=(22,), width=1 / 32, kind="qcfs"), colour),
    }
    for first in range(0, 16, 3):
        exits = tuple(range(first, min(first + 3, 16)))
        nets[f"resnet18-exits-{first}"] = (Paper("resnet18", colour, exits=exits, width=1 / 32), colour)
    return nets


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--set", choices=("full", "small"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    args = parser.parse_args()
    args.out.mkdir(parents=True, exist_ok=True)
    shape = (3, 32, 32)
    nets = small() if args.set == "small" else {name: (Paper(name, shape), shape) for name in NAMES}
    for seed, (name, (net, shape)) in enumerate(nets.items()):
        for exporter in ("torchscript", "dynamo"):
            path = args.out / f"{name}-{exporter}.onnx"
            export(randomise(net, seed), shape, len(net.exits), path, exporter)
            hollow(path)
            print(path, path.stat().st_size)


if __name__ == "__main__":
    main()

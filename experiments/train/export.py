"""export.py CHECKPOINT ONNX: input `image` [N, C, H, W], outputs [N, classes]: the early exits by name, then `final`.

BatchNormalization stays a node of its own: the converter folds it, as it must for anybody's network.
"""
import argparse
import collections
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx.reference import ReferenceEvaluator

import checkpoint
from network import Network

OPSET = 17
OPERATORS = {
    "Conv", "BatchNormalization", "Mul", "Div", "Add", "Floor", "Clip", "Max", "Min", "Relu",
    "GlobalAveragePool", "ReduceMean", "Flatten", "Gemm", "Constant", "Identity",
}  # fmt: skip


def export(net: Network, path: Path) -> None:
    outputs = net.architecture.output_names()
    torch.onnx.export(
        net,
        (torch.zeros(2, net.shape.channels, net.shape.side, net.shape.side),),
        str(path),
        opset_version=OPSET,
        dynamo=False,
        # PRESERVE on a net in eval mode: BatchNormalization in inference form, not fused into Conv
        training=torch.onnx.TrainingMode.PRESERVE,
        do_constant_folding=False,
        input_names=["image"],
        output_names=outputs,
        dynamic_axes={name: {0: "N"} for name in ("image", *outputs)},
    )


def check(net: Network, path: Path) -> collections.Counter:
    """Operators of the file with their counts; raises if it is invalid, foreign or another function than `net`."""
    model = onnx.load(path)
    onnx.checker.check_model(model, full_check=True)
    operators = collections.Counter(node.op_type for node in model.graph.node)
    foreign = set(operators) - OPERATORS
    if foreign:
        raise ValueError(f"{path}: operators {sorted(foreign)} are outside the converter's list")
    shape, random = net.shape, torch.Generator().manual_seed(0)
    image = torch.rand(3, shape.channels, shape.side, shape.side, generator=random)
    logits = ReferenceEvaluator(model).run(net.architecture.output_names(), {"image": image.numpy()})
    with torch.no_grad():
        expected = net(image)
    # ⌊x⌋ may fall to the other side of a step for single neurons, hence no bound near float precision
    off = max(np.abs(a - b.numpy()).max() for a, b in zip(logits, expected, strict=True))
    if off > 0.2:
        raise ValueError(f"{path}: logits differ from PyTorch by {off}")
    print(f"largest difference of a logit from PyTorch: {off:.2e}")
    return operators


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("checkpoint", type=Path, help="last.pt or weights.pt of a run")
    parser.add_argument("onnx", type=Path)
    args = parser.parse_args()
    net = checkpoint.load(args.checkpoint)
    export(net, args.onnx)
    operators = check(net, args.onnx)
    print(f"{args.onnx}: {args.onnx.stat().st_size} bytes", dict(operators), "λ", net.bounds())


if __name__ == "__main__":
    main()

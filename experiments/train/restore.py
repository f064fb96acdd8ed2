"""restore.py ONNX CHECKPOINT: the way back from a file of export.py. --start and --teacher read such files themselves."""
import argparse
from dataclasses import asdict
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper
from torch import Tensor

from architectures import ARCHITECTURES
from network import Network, Shape


def restore(path: Path) -> Network:
    """The network whose tensors have the names and shapes of the file's, with its weights; in evaluation mode."""
    graph = onnx.load(path).graph
    tensors = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    for node in graph.node:  # equal tensors, as the biases of two BatchNorms that are added, are written once
        if node.op_type == "Identity" and node.input[0] in tensors:
            tensors[node.output[0]] = tensors[node.input[0]]
    constants = {n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"}
    nodes = {n.name: n for n in graph.node}
    clip = nodes.get("/layer1/act/Clip")
    known = {
        "channels": graph.input[0].type.tensor_type.shape.dim[1].dim_value,
        "side": graph.input[0].type.tensor_type.shape.dim[2].dim_value,
        "classes": graph.output[-1].type.tensor_type.shape.dim[1].dim_value,
        "activation": "qcfs" if clip else "relu",
        "levels": int(constants[clip.input[2]]) if clip else 4,
        "folded": "layer1.bn.weight" not in tensors,
    }
    net = fitting(tensors, known)
    if not net:
        raise ValueError(f"{path}: tensors of none of {', '.join(ARCHITECTURES)}")
    state = net.state_dict() | tensors  # num_batches_tracked is not in the file
    for i, stage in enumerate(net.stages(), 1):
        if clip:
            step = float(constants[nodes[f"/layer{i}/act/Mul"].input[1]])
            state[f"layer{i}.act.bound"] = torch.tensor(net.shape.levels * step)
    net.load_state_dict(state)
    return net.eval().to(memory_format=torch.channels_last)


def fitting(tensors: dict[str, Tensor], known: dict) -> Network | None:
    """known: a Shape but for its name."""
    given = {name: t.shape for name, t in tensors.items()}
    for name in ARCHITECTURES:
        net = Network(Shape(name, **known))
        if {k: v.shape for k, v in net.state_dict().items() if not k.endswith(("bound", "tracked"))} == given:
            return net
    return None


def main() -> None:
    from export import check

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("onnx", type=Path)
    parser.add_argument("checkpoint", type=Path)
    args = parser.parse_args()
    net = restore(args.onnx)
    check(net, args.onnx)
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"config": {"restored": str(args.onnx)}, "shape": asdict(net.shape), "net": net.state_dict()}, args.checkpoint)
    print(f"{args.checkpoint}: {net.shape}")


if __name__ == "__main__":
    main()

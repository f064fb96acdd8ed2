"""Writes the checkpoint that an ONNX file of export.py was made from, for train.py's --start and --teacher."""
import argparse
from pathlib import Path

import onnx
import torch
from onnx import numpy_helper

from export import check
from networks import Network, Shape


def restore(path: Path) -> Network:
    """The network NET, with the file's weights; raises if they are another network's."""
    graph = onnx.load(path).graph
    state = {t.name: torch.from_numpy(numpy_helper.to_array(t).copy()) for t in graph.initializer}
    constants = {n.output[0]: numpy_helper.to_array(n.attribute[0].t) for n in graph.node if n.op_type == "Constant"}
    nodes = {n.name: n for n in graph.node}
    levels = int(constants[nodes["/layer1/act/Clip"].input[2]])
    net = Network(Shape("qcfs", levels))
    for i, _ in enumerate(net.stages(), 1):
        step = float(constants[nodes[f"/layer{i}/act/Mul"].input[1]])
        state[f"layer{i}.act.bound"] = torch.tensor(levels * step)
        state[f"layer{i}.bn.num_batches_tracked"] = torch.tensor(0)
    net.load_state_dict(state)
    return net.eval()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("onnx", type=Path)
    parser.add_argument("checkpoint", type=Path)
    args = parser.parse_args()
    net = restore(args.onnx)
    check(net, args.onnx)
    args.checkpoint.parent.mkdir(parents=True, exist_ok=True)
    torch.save({"net": net.state_dict(), "config": {"activation": "qcfs", "levels": net.shape.levels}}, args.checkpoint)


if __name__ == "__main__":
    main()

"""Trains a network of architectures.py, with QCFS or ReLU activations, all its exits at once (the loss: loss.py).

Nothing is selected on the test images: they are read once, when the run is over.
"""
import argparse
from pathlib import Path

import torch
from torch import Tensor

import checkpoint
import datasets
import options
from architectures import ARCHITECTURES
from evaluate import evaluate
from loop import run_epochs, settle_for
from loss import Prices, joint_loss, weights_at
from network import Network, Shape
from optimizers import with_adamw, with_muon
from run import Run, seed_all


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    seed_all(args.seed)
    data = datasets.load(args.data, args.limit)
    augment = datasets.augment(data, args)
    net = Network(Shape(args.net, **data.shape(), activation=args.activation, levels=args.levels))
    net = net.to(memory_format=torch.channels_last)
    if args.start:
        checkpoint.start(net, args.start)
    teacher = checkpoint.load(args.teacher) if args.teacher else None
    prices = Prices(args.early, args.distill, args.event_penalty, args.penalty_from, args.penalty_over,
                    args.exit_temperature, args.smoothing)  # fmt: skip
    shares = net.synapses.shares()

    def batch_loss(images: Tensor, labels: Tensor, progress: float) -> Tensor:
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            logits, costs = net.with_costs(images)
            with torch.no_grad():
                taught = teacher(images)[-1].float() if teacher else None
        logits = [e.float() for e in logits]
        return joint_loss(logits, costs, labels, weights_at(progress, shares, prices), prices, taught)

    muon = args.optimizer == "muon"
    optimizer = with_muon(net, args.lr, args.adam_lr) if muon else with_adamw(net, args.lr, args.decay)
    run = Run(args.out, vars(args), net)
    run_epochs(run, data, augment, optimizer, args, batch_loss, lambda n: evaluate(n, data.held_out))
    args.settle *= 4  # the statistics that stay
    settle_for(net, data, augment, args)
    run.finish(held_out=evaluate(net, data.held_out), test=evaluate(net, data.test))


def arguments() -> argparse.Namespace:
    parser = options.parser(__doc__.splitlines()[0])
    add = parser.add_argument
    add("--net", choices=ARCHITECTURES, required=True)
    add("--activation", choices=("qcfs", "relu"), default="qcfs")
    add("--levels", type=int, default=4, help="L of QCFS")
    add("--start", type=Path, help="last.pt, weights.pt or an ONNX file whose weights the run begins with")
    add("--optimizer", choices=("muon", "adamw"), default="muon")
    add("--adam-lr", type=float, default=0.01, help="with muon: highest rate of BatchNorm, λ and classifiers")
    add("--smoothing", type=float, default=0.1, help="label smoothing")
    add("--early", type=float, default=0.1, help="weight of an early exit at the start of the run")
    add("--distill", type=float, default=0.3, help="w_d at the end")
    add("--exit-temperature", type=float, default=2.0, help="τ of w_d")
    add("--penalty-from", type=float, default=0.4, help="part of the run before w_p rises")
    add("--penalty-over", type=float, default=0.25, help="part of the run over which it rises")
    return parser.parse_args()


if __name__ == "__main__":
    main()

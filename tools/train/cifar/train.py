"""Trains the three-exit network, with QCFS or ReLU activations, on CIFAR-10 (the loss: loss.py).

Nothing is selected on the test images: they are read once, when the run is over.
"""
import argparse
import time
from pathlib import Path

import torch

import cifar
from evaluate import evaluate
from loss import joint_loss, weights_at
from networks import Network, Shape, load
from qcfs import Qcfs
from run import Run, one_cycle, seed_all


def train_epoch(net, train, padded, args, epoch, optimizer, schedule, teacher) -> float:
    """One pass over the training images in random order; returns the mean loss."""
    net.train()
    total = 0.0
    order = torch.randperm(len(train.labels))
    count = len(order) // args.batch  # the rest sits out: one batch shape, one compiled kernel
    began = time.time()
    for i in range(args.time or count):
        if args.time and i == 5:  # compiled by now
            began = time.time()
        pick = order[i * args.batch : (i + 1) * args.batch]
        images = cifar.augment(padded, pick, args.hole)
        if not args.channels_last:
            images = images.contiguous()
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            logits, costs = net.with_costs(images)
            with torch.no_grad():
                taught = teacher(images)[-1].float() if teacher else None
        progress = (epoch + i / count) / args.epochs
        weights = weights_at(progress, args.distill, args.event_penalty, args.penalty_from)
        logits = [e.float() for e in logits]
        loss = joint_loss(logits, costs, train.labels[pick], weights, args.smoothing, taught)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        for stage in net.stages():
            if isinstance(stage.act, Qcfs):
                stage.act.clamp_bound()
        total += float(loss.detach())
    if args.time:
        each = (time.time() - began) / (args.time - 5)
        raise SystemExit(f"bf16 {args.bf16} channels_last {args.channels_last}: {1000 * each:.1f} ms per batch, "
                         f"{count * each:.0f} s per epoch")  # fmt: skip
    return total / count


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    seed_all(args.seed)
    train, held_out, test = cifar.load(args.data)
    padded = cifar.pad(train.images)
    layout = torch.channels_last if args.channels_last else torch.contiguous_format
    net = Network(Shape(args.activation, args.levels)).to(memory_format=layout)
    if args.start:
        # from a ReLU network everything fits but λ, which begins at its default
        net.load_state_dict(torch.load(args.start, weights_only=True)["net"], strict=False)
    teacher = load(args.teacher).to(memory_format=layout) if args.teacher else None
    steps = args.epochs * (len(train.labels) // args.batch)
    optimizer, schedule = one_cycle(net, args.lr, args.decay, steps)
    config = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    run = Run(args.out, config)
    for epoch in range(run.resume(net, optimizer, schedule), args.epochs):
        started = time.time()
        loss = train_epoch(net, train, padded, args, epoch, optimizer, schedule, teacher)
        seconds = round(time.time() - started, 1)
        row = {"epoch": epoch + 1, "loss": round(loss, 4), "seconds": seconds, **evaluate(net, held_out)}
        run.epoch_done({**row, "bounds": [round(b, 3) for b in net.bounds()]}, net, optimizer, schedule)
    parameters = sum(p.numel() for p in net.parameters())
    run.finish(parameters=parameters, bounds=net.bounds(), held_out=evaluate(net, held_out), test=evaluate(net, test))


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of cifar10.npz and split.npz")
    parser.add_argument("--out", type=Path, required=True, help="folder for last.pt and log.json; resumes there")
    parser.add_argument("--activation", choices=("qcfs", "relu"), default="qcfs")
    parser.add_argument("--levels", type=int, default=4, help="L of QCFS")
    parser.add_argument("--start", type=Path, help="checkpoint whose weights the run begins with")
    parser.add_argument("--epochs", type=int, default=120)
    parser.add_argument("--event-penalty", type=float, default=0.0, help="w_p at the end")
    parser.add_argument("--penalty-from", type=float, default=0.5, help="part of the run before w_p rises")
    parser.add_argument("--teacher", type=Path, help="checkpoint whose final exit teaches the final exit")
    parser.add_argument("--distill", type=float, default=0.3, help="w_d at the end")
    parser.add_argument("--smoothing", type=float, default=0.0, help="label smoothing")
    parser.add_argument("--hole", type=int, default=8, help="side of the cutout, 0: none")
    parser.add_argument("--lr", type=float, default=4e-3)
    parser.add_argument("--decay", type=float, default=0.03)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--time", type=int, default=0, help="only time this many batches (the first five are not counted)")
    parser.add_argument("--channels-last", action=argparse.BooleanOptionalAction, default=True)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=False,
                        help="autocast; much faster with avx512_bf16 (/proc/cpuinfo), slower without")  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    main()

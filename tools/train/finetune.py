"""Fine-tunes a QCFS network as the spiking network it becomes with single spikes (burst limit K = 1).

A converted thin net errs because spikes arrive unevenly; a few epochs on the spikes themselves repair that.
Loss = mean over steps 1..T of CE(running mean of the final logits) + 0.3·the same of the early ones
     + w_p·events·fan-out ÷ MACs per step. T is drawn from 1..6 per batch: trained at one T, the early exit
collapses beyond it. BatchNorm is folded first, λ stays: θ = λ, v0 = θ/2.
"""
import argparse
import time
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

import mnist
from export import load
from fold import fold
from loss import TEMPERATURE, distance
from networks import Network
from run import Run, one_cycle, seed_all
from spiking import simulate

STEPS = 6
EARLY_WEIGHT = 0.3


def step_loss(logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
    """logits [steps, N, 10], labels [N], teacher [N, 10] -> the mean over steps and images of the cross-entropy,
    halved with the distance from the teacher where there is one."""
    steps = len(logits)
    flat = logits.flatten(0, 1)
    loss = F.cross_entropy(flat, labels.repeat(steps))
    return loss if teacher is None else 0.5 * (loss + distance(teacher.repeat(steps, 1), flat, TEMPERATURE))


def train_epoch(net: Network, train: mnist.Split, args: argparse.Namespace, optimizer, schedule,
                teacher: Network | None) -> float:  # fmt: skip
    """One pass over the training images in random order; returns the mean loss."""
    total = 0.0
    order = torch.randperm(len(train.labels))
    count = len(order) // args.batch
    for i in range(count):
        pick = order[i * args.batch : (i + 1) * args.batch]
        images = mnist.augment(mnist.as_input(train.images[pick])).contiguous(memory_format=torch.channels_last)
        steps = int(torch.randint(1, STEPS + 1, ()))
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            early, final, costs = simulate(net, images, steps)
            with torch.no_grad():
                taught = teacher(images)[1].float() if teacher else None
        labels = train.labels[pick]
        loss = step_loss(final, labels, taught) + EARLY_WEIGHT * step_loss(early, labels, taught)
        loss = loss + args.event_penalty * costs.sum() / steps
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        total += float(loss.detach())
    return total / count


@torch.no_grad()
def evaluate_steps(net: Network, split: mnist.Split, size: int = 500) -> dict:
    """Per step 1..6: % right of the final and of the early exit, and Σ events·fan-out ÷ MACs up to that step."""
    right = torch.zeros(2, STEPS)
    cost: Tensor | float = 0.0
    for images, labels in split.batches(size):
        early, final, costs = simulate(net, images, STEPS)
        right += (torch.stack([final, early]).argmax(-1) == labels).sum(-1)
        cost = cost + costs * len(labels)
    n = len(split.labels)
    percent = (100 * right / n).tolist()
    per_layer = (cost / n).cumsum(0)
    return {
        "final": [round(p, 2) for p in percent[0]],
        "early": [round(p, 2) for p in percent[1]],
        "events_per_mac": [round(c, 5) for c in per_layer.sum(1).tolist()],
        "per_layer_step_1": [round(c, 5) for c in per_layer[0].tolist()],
    }


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    seed_all(args.seed)
    train, held_out, test = mnist.load(args.data)
    net = fold(load(args.start)).to(memory_format=torch.channels_last)
    for stage in net.stages():
        stage.act.bound.requires_grad_(False)
    teacher = load(args.teacher).to(memory_format=torch.channels_last) if args.teacher else None
    optimizer, schedule = one_cycle(net, args.lr, args.decay, args.epochs * (len(train.labels) // args.batch))
    config = {k: str(v) if isinstance(v, Path) else v for k, v in vars(args).items()}
    shape = {"activation": "qcfs", "levels": net.shape.levels, "folded": True}
    run = Run(args.out, {**config, **shape})
    converted = evaluate_steps(net, held_out)
    for epoch in range(run.resume(net, optimizer, schedule), args.epochs):
        started = time.time()
        loss = train_epoch(net, train, args, optimizer, schedule, teacher)
        seconds = round(time.time() - started, 1)
        row = {"epoch": epoch + 1, "loss": round(loss, 4), "seconds": seconds, **evaluate_steps(net, held_out)}
        run.epoch_done(row, net, optimizer, schedule)
    run.finish(
        parameters=sum(p.numel() for p in net.parameters()),
        bounds=net.bounds(),
        held_out_before=converted,
        held_out=evaluate_steps(net, held_out),
        test=evaluate_steps(net, test),
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True, help="folder of the MNIST IDX files")
    parser.add_argument("--start", type=Path, required=True, help="last.pt of a QCFS run of train.py")
    parser.add_argument("--out", type=Path, required=True, help="folder for last.pt and log.json; resumes there")
    parser.add_argument("--teacher", type=Path, help="checkpoint whose final exit teaches both exits")
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--event-penalty", type=float, default=0.05, help="w_p")
    parser.add_argument("--lr", type=float, default=1e-3)
    parser.add_argument("--decay", type=float, default=0.0)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--bf16", action=argparse.BooleanOptionalAction, default=False,
                        help="autocast; much faster with avx512_bf16 (/proc/cpuinfo), 12× slower without")  # fmt: skip
    return parser.parse_args()


if __name__ == "__main__":
    main()

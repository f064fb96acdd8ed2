"""Fine-tunes a QCFS network as the spiking network it becomes with single spikes (burst limit K = 1).

A converted thin net errs because spikes arrive unevenly; a few epochs on the spikes themselves repair that.
Loss = mean over steps 1..T of CE(running mean of the final logits) + 0.3·the same of each early exit
     + w_p·events·fan-out ÷ MACs per step. T is drawn from 1..6 per batch: trained at one T, the early exit
collapses beyond it. BatchNorm is folded first, λ stays: θ = λ, v0 = θ/2.
"""
import argparse
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor

import checkpoint
import datasets
import options
from batchnorm import fold
from evaluate import evaluate_steps
from loop import run_epochs
from loss import distance
from network import Network
from optimizers import with_adamw
from run import Run, seed_all
from spiking import simulate

STEPS = 6
EARLY_WEIGHT = 0.3


def step_loss(logits: Tensor, labels: Tensor, teacher: Tensor | None) -> Tensor:
    """logits [steps, N, classes], labels [N], teacher [N, classes] -> the mean over steps and images of the cross-entropy,
    halved with the distance from the teacher where there is one."""
    steps = len(logits)
    flat = logits.flatten(0, 1)
    loss = F.cross_entropy(flat, labels.repeat(steps))
    return loss if teacher is None else 0.5 * (loss + distance(teacher.repeat(steps, 1), flat))


def main() -> None:
    args = arguments()
    torch.set_num_threads(args.threads)
    seed_all(args.seed)
    data = datasets.load(args.data, args.limit)
    net = fold(checkpoint.load(args.start)).to(memory_format=torch.channels_last)
    for stage in net.stages():
        stage.act.bound.requires_grad_(False)
    teacher = checkpoint.load(args.teacher) if args.teacher else None

    def batch_loss(images: Tensor, labels: Tensor, progress: float) -> Tensor:
        steps = int(torch.randint(1, STEPS + 1, ()))
        with torch.autocast("cpu", torch.bfloat16, enabled=args.bf16):
            (*early, final), costs = simulate(net, images, steps)
            with torch.no_grad():
                taught = teacher(images)[-1].float() if teacher else None
        loss = step_loss(final, labels, taught)
        for logits in early:
            loss = loss + EARLY_WEIGHT * step_loss(logits, labels, taught)
        return loss + args.event_penalty * costs.sum() / steps

    def judge(n: Network) -> dict:
        return evaluate_steps(n, data.held_out, STEPS)

    run = Run(args.out, vars(args), net)
    converted = judge(net)
    optimizer = with_adamw(net, args.lr, args.decay)  # not Muon: without BatchNorm the scale of a filter matters
    run_epochs(run, data, datasets.augment(data, args), optimizer, args, batch_loss, judge)
    run.finish(held_out_before=converted, held_out=judge(net), test=evaluate_steps(net, data.test, STEPS))


def arguments() -> argparse.Namespace:
    parser = options.parser(__doc__.splitlines()[0])
    parser.add_argument("--start", type=Path, required=True, help="last.pt or weights.pt of a QCFS run, or an ONNX file")
    parser.set_defaults(epochs=5, batch=128, lr=1e-3, event_penalty=0.05)
    return parser.parse_args()


if __name__ == "__main__":
    main()

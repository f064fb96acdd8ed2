"""The loop that every training run goes through: batches, steps, evaluation and checkpoint after each epoch."""
import argparse
import time
from collections.abc import Callable

import torch
from torch import Tensor

from batchnorm import settle
from datasets import Augment, Data
from network import Network
from optimizers import Scheduled
from progress import Progress, deadline
from run import Run

WARM = 5  # batches that --time leaves out: the activations are compiled in them

BatchLoss = Callable[[Tensor, Tensor, float], Tensor]  # (images, labels, progress) -> scalar


def run_epochs(run: Run, data: Data, augment: Augment, optimizer: Scheduled, args: argparse.Namespace,
               batch_loss: BatchLoss, judge: Callable[[Network], dict]) -> None:  # fmt: skip
    """Trains run.net until its progress is 1; judge: what a row of the log says about the network, held-out images."""
    batches = len(data.train.labels) // args.batch  # the rest sits out: one batch shape, one compiled kernel
    if not batches:
        raise ValueError(f"a batch of {args.batch} from {len(data.train.labels)} images")
    done, begun = run.resume(optimizer)
    progress = Progress(args.epochs * batches, done * batches, begun, deadline(args.minutes, args.until))
    epoch = done
    while progress.at(epoch * batches) < 1:
        started = time.time()
        loss = one_epoch(run.net, data, augment, optimizer, args, batch_loss, progress, epoch)
        seconds = round(time.time() - started, 1)
        epoch += 1
        settle_for(run.net, data, augment, args)
        value = round(progress.at(epoch * batches), 5)
        row = {"epoch": epoch, "progress": value, "loss": round(loss, 4), "seconds": seconds, **judge(run.net)}
        if not run.net.shape.folded:
            row["bounds"] = [round(b, 3) for b in run.net.bounds()]
        run.epoch_done(row, optimizer, progress.value)


def settle_for(net: Network, data: Data, augment: Augment, args: argparse.Namespace) -> None:
    if args.settle and not net.shape.folded:
        settle(net, augment, len(data.train.labels), args.settle, args.batch)


def one_epoch(net: Network, data: Data, augment: Augment, optimizer: Scheduled, args: argparse.Namespace,
              batch_loss: BatchLoss, progress: Progress, epoch: int) -> float:  # fmt: skip
    """One pass over the training images in random order, or what the time allows of it; returns the mean loss."""
    net.train()
    order = torch.randperm(len(data.train.labels))
    batches = len(order) // args.batch
    total, steps, began = 0.0, 0, time.time()
    for i in range(WARM + args.time if args.time else batches):
        if args.time and i == WARM:
            began = time.time()
        at = progress.at(epoch * batches + i)
        if at >= 1 and steps:
            break
        first = i % batches * args.batch
        pick = order[first : first + args.batch]
        images = augment(pick, epoch).contiguous(memory_format=torch.channels_last)
        loss = batch_loss(images, data.train.labels[pick], at)
        optimizer.at(at)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        net.clamp_bounds()
        total += float(loss.detach())
        steps += 1
    if args.time:
        each = (time.time() - began) / args.time
        raise SystemExit(f"{1000 * each:.1f} ms per batch of {args.batch}, {batches * each:.0f} s per epoch")
    return total / steps

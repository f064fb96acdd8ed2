"""The peers that live in Python, on a network of bench/flat.ts: snnTorch, SpikingJelly, ONNX Runtime.

    peers.py NETWORK IMAGES [FP32.onnx FP32_RELU.onnx INT8.onnx INT8_RELU.onnx]

Prints one line of JSON with what is here, {"snntorch": "1.0.0" or null, ...}; then answers each line
"CONTESTANT warm|cold BATCH COUNT" with one: milliseconds per batch of images and the evidence [image][class].
All weights are whole numbers in float32, so that the spikes are the engine's. One thread.
"""
import importlib
import json
import sys
import time

try:
    import numpy as np
except ImportError:
    sys.exit("numpy is missing; install numpy torch snntorch spikingjelly onnxruntime, or name another Python in SNN_BENCH_PYTHON")

HEADER, RECORD = 8, 20
FIELDS = ("source pooled channels height width inputs in_height in_width kernel stride padding burst fires bits shift floor "
          "weights threshold bias start").split()  # fmt: skip
SWEEP = np.zeros(64 << 20, np.uint8)


def read(path):
    """Layers as dictionaries, arrays in place of offsets; steps; shape of the image."""
    blob = np.fromfile(path, np.uint8)
    words = blob[: 4 * HEADER].view(np.int32)
    layers = []
    for i in range(words[0]):
        at = 4 * (HEADER + RECORD * i)
        layer = dict(zip(FIELDS, map(int, blob[at : at + 4 * RECORD].view(np.int32))))
        taps, (cin, cout) = 1 if layer["pooled"] else layer["kernel"] ** 2, (layer["inputs"], layer["channels"])
        weights = blob[layer["weights"] : layer["weights"] + taps * cin * cout].view(np.int8).reshape(taps, cin, cout)
        for name in ("threshold", "bias", "start"):
            layer[name] = blob[layer[name] : layer[name] + 4 * cout].view(np.int32).astype(np.float32)
        side = 1 if layer["pooled"] else layer["kernel"]
        layer["weights"] = weights.transpose(2, 1, 0).reshape(cout, cin, side, side).astype(np.float32)
        layers.append(layer)
    return layers, int(words[1]), tuple(map(int, words[2:5]))


class Spiking:
    """What both libraries share: the image's current once, the order of layers, the evidence."""

    def __init__(self, torch, layers, steps):
        self.torch, self.layers, self.steps = torch, layers, steps
        self.weights = [torch.from_numpy(l["weights"].copy()) for l in layers]
        self.columns = [{k: torch.from_numpy(l[k]).view(1, -1, 1, 1) for k in ("threshold", "bias", "start")} for l in layers]

    def current(self, images):
        l, f = self.layers[0], self.torch.nn.functional
        x = f.conv2d(images, self.weights[0], self.columns[0]["bias"].flatten(), l["stride"], l["padding"])
        if l["shift"]:
            x = self.torch.floor((x + 2 ** (l["shift"] - 1)) / 2 ** l["shift"])
        return x.clamp(-16383, 16383) if l["bits"] == 16 else x

    def drive(self, i, spikes):
        l, f = self.layers[i], self.torch.nn.functional
        if l["pooled"]:
            spikes = spikes.sum((-2, -1), keepdim=True)
        return f.conv2d(spikes, self.weights[i], self.columns[i]["bias"].flatten(), max(1, l["stride"]), l["padding"])


class SnnTorch(Spiking):
    """Leaky of β = 1, reset by subtraction at the next step; it fires at v > θ, so v begins half a unit higher."""

    def __init__(self, torch, layers, steps):
        super().__init__(torch, layers, steps)
        snn = importlib.import_module("snntorch")
        self.neurons = [snn.Leaky(beta=1.0, threshold=c["threshold"], reset_mechanism="subtract") for c in self.columns]

    def run(self, images):
        current, last = self.current(images), len(self.layers) - 1
        membranes, evidence = [None] * last, 0
        for _ in range(self.steps):
            spikes = []
            for i, l in enumerate(self.layers):
                drive = current if i == 0 else self.drive(i, spikes[l["source"]])
                if not l["fires"]:
                    spikes.append(None)
                    evidence = evidence + drive if i == last else evidence
                    continue
                if membranes[i] is None:
                    membranes[i] = (self.columns[i]["start"] + 0.5).expand_as(drive)
                spike, membranes[i] = self.neurons[i](drive, membranes[i])
                spikes.append(spike)
        return evidence.flatten(1) + self.columns[last]["start"].flatten()


class SpikingJelly(Spiking):
    """IFNode with soft reset, all steps of a layer at once. θ is one number there: drives are divided by it."""

    def __init__(self, torch, layers, steps):
        super().__init__(torch, layers, steps)
        neuron = importlib.import_module("spikingjelly.activation_based.neuron")
        self.neurons = [neuron.IFNode(v_threshold=1.0, v_reset=None, step_mode="m") for _ in layers]
        # Half a unit higher, lest rounding of the division decide at v = θ.
        self.first = [(c["start"] + 0.5) / c["threshold"] for c in self.columns]
        for i, l in enumerate(layers):
            if l["fires"]:
                self.weights[i] = self.weights[i] / self.columns[i]["threshold"].view(-1, 1, 1, 1) if i else self.weights[i]
                if i:
                    self.columns[i]["bias"] = self.columns[i]["bias"] / self.columns[i]["threshold"]

    def run(self, images):
        torch, last, steps = self.torch, len(self.layers) - 1, self.steps
        current = self.current(images) / self.columns[0]["threshold"]
        spikes = []
        for i, l in enumerate(self.layers):
            if i == 0:
                drive = current.expand(steps, *current.shape)
            else:
                drive = self.drive(i, spikes[l["source"]].flatten(0, 1)).unflatten(0, (steps, -1))
            if not l["fires"]:
                spikes.append(None)
                evidence = drive.sum(0)
                continue
            node = self.neurons[i]
            node.reset()
            node.v = self.first[i].expand(drive.shape[1:]).clone()
            spikes.append(node(drive))
        return evidence.flatten(1) + self.columns[last]["start"].flatten()


class Onnx:
    """ONNX Runtime on the CPU: the file of the same function answers, that of the cheapest function is timed."""

    def __init__(self, exact, fast):
        ort = importlib.import_module("onnxruntime")
        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.exact, self.fast = (ort.InferenceSession(p, options, providers=["CPUExecutionProvider"]) for p in (exact, fast))

    def run(self, images):
        return self.fast.run(None, {"image": images})[0]

    def answer(self, images):
        return self.exact.run(None, {"image": images})[0]


def version(name):
    try:
        found = importlib.import_module(name)
        return getattr(found, "__version__", None) or importlib.import_module("importlib.metadata").version(name)
    except ImportError:
        return None


def main():
    layers, steps, shape = read(sys.argv[1])
    channels, height, width = shape
    pixels = np.fromfile(sys.argv[2], np.uint8).reshape(-1, height, width, channels)
    images = np.ascontiguousarray(pixels.transpose(0, 3, 1, 2).astype(np.float32))
    names = ("torch", "snntorch", "spikingjelly", "onnxruntime")
    print(json.dumps({name: version(name) for name in names}), flush=True)
    built = {}
    for line in sys.stdin:
        contestant, mode, batch, count = line.split()
        try:
            reply = measure(built, contestant, mode == "cold", int(batch), int(count), images, layers, steps)
        except Exception as error:  # a row says why; the others run
            reply = {"error": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}
        print(json.dumps(reply), flush=True)


def measure(built, contestant, cold, batch, count, images, layers, steps):
    if contestant not in built:
        built[contestant] = build(contestant, layers, steps)
    run = built[contestant]
    torch = sys.modules.get("torch") if isinstance(run, Spiking) else None
    ms, evidence = [], []
    for first in range(0, count, batch):
        batch_images = images[np.arange(first, first + batch) % len(images)]
        given = torch.from_numpy(batch_images) if torch else batch_images
        if cold:
            SWEEP[::64] += 1
        start = time.perf_counter()
        if torch:
            with torch.inference_mode():
                answer = run.run(given)
        else:
            answer = run.run(given)
        ms.append(1e3 * (time.perf_counter() - start))
        answer = run.answer(given) if isinstance(run, Onnx) else answer
        evidence += np.asarray(answer).reshape(batch, -1).tolist()
    return {"ms": ms, "evidence": evidence[:count]}


def build(contestant, layers, steps):
    if contestant.startswith("onnx"):
        return Onnx(*(sys.argv[3:5] if contestant == "onnx-fp32" else sys.argv[5:7]))
    import torch

    torch.set_num_threads(1)
    return {"snntorch": SnnTorch, "spikingjelly": SpikingJelly}[contestant](torch, layers, steps)


if __name__ == "__main__":
    main()

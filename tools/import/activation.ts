/**
 * Activations are recognised by what they compute, not by how an exporter spells them: the scalar operators between
 * two layers are composed into one function of one number, and the function is probed.
 */
import type { Activation } from '../network.ts';
import { failure, type OnnxGraph, type OnnxNode } from './onnx.ts';

type Scalar = (x: number) => number;

/** Operators that act on every value alone; with a constant where they take two. */
const SCALAR: Record<string, (x: number, c: (i: number) => number | undefined) => number> = {
  Relu: (x) => Math.max(x, 0),
  Floor: Math.floor,
  Round: (x) => {
    const down = Math.floor(x);
    if (x - down !== 0.5) return Math.round(x);
    return down % 2 === 0 ? down : down + 1;
  },
  Clip: (x, c) => Math.min(Math.max(x, c(1) ?? Number.NEGATIVE_INFINITY), c(2) ?? Number.POSITIVE_INFINITY),
  Min: (x, c) => Math.min(x, c(1) as number),
  Max: (x, c) => Math.max(x, c(1) as number),
  Add: (x, c) => x + (c(1) as number),
  Sub: (x, c) => x - (c(1) as number),
  Mul: (x, c) => x * (c(1) as number),
  Div: (x, c) => x / (c(1) as number),
};

/** The node's data input if it is a scalar operator, else undefined. */
export function scalarInput(graph: OnnxGraph, node: OnnxNode): string | undefined {
  if (SCALAR[node.op] === undefined) return undefined;
  const variable = node.inputs.filter((name) => name !== '' && !graph.constants.has(name));
  const single = node.inputs.every(
    (n) => !graph.constants.has(n) || graph.constants.get(n)?.values.length === 1,
  );
  return variable.length === 1 && single ? variable[0] : undefined;
}

/** Composes the chain, first node first, and says which activation it is. */
export function recogniseActivation(graph: OnnxGraph, chain: OnnxNode[]): Activation {
  const f: Scalar = chain
    .map((node) => scalarFunction(graph, node))
    .reduce(
      (inner, outer) => (x) => outer(inner(x)),
      (x: number) => x,
    );
  const activation = probe(f);
  if (activation !== undefined) return activation;
  const names = chain.map((n) => `"${n.name}" (${n.op})`).join(', ');
  throw failure(
    graph.file,
    `node ${names}: not ReLU, clipped ReLU or QCFS (opset ${graph.opset}); train with one of these`,
  );
}

function scalarFunction(graph: OnnxGraph, node: OnnxNode): Scalar {
  const compute = SCALAR[node.op] as (typeof SCALAR)[string];
  const constant = (i: number): number | undefined => {
    const attribute = node.op === 'Clip' ? node.attributes.get(i === 1 ? 'min' : 'max') : undefined;
    if (typeof attribute === 'number') return attribute;
    return graph.constants.get(node.inputs[i] ?? '')?.values[0];
  };
  if (!graph.constants.has(node.inputs[0] as string)) return (x) => compute(x, constant);
  // The constant comes first: c + x, c − x, c · x, c / x.
  const c = constant(0) as number;
  return (x) => compute(c, () => x);
}

const FAR = 1e7;

function probe(f: Scalar): Activation | undefined {
  const near = (x: number, y: number, scale: number): boolean => Math.abs(f(x) - y) <= 1e-4 * scale;
  const probes = [0.013, 0.2, 0.77, 1.9, 6.5, 123];
  if ([...probes, ...probes.map((x) => -x), FAR].every((x) => near(x, x, Math.abs(x))))
    return { kind: 'none' };
  if (![-1e-3, ...probes.map((x) => -x), -FAR].every((x) => f(x) === 0)) return undefined;
  if ([...probes, FAR].every((x) => near(x, x, x))) return { kind: 'relu' };
  const ceiling = f(FAR);
  if (!(ceiling > 0) || !Number.isFinite(ceiling)) return undefined;
  const shares = [0.05, 0.123, 0.37, 0.5, 0.71, 0.95, 1];
  if (shares.every((s) => near(s * ceiling, s * ceiling, ceiling))) return { kind: 'clip', ceiling };
  return probeQcfs(near, f, ceiling);
}

/** QCFS: L equal steps, h(x) = (λ/L)·clip(⌊x·L/λ + ½⌋, 0, L); the first rise stands at λ/(2L). */
function probeQcfs(
  near: (x: number, y: number, scale: number) => boolean,
  f: Scalar,
  ceiling: number,
): Activation | undefined {
  let [low, high] = [0, ceiling];
  for (let i = 0; i < 60; i++) {
    const middle = (low + high) / 2;
    if (f(middle) > 0) high = middle;
    else low = middle;
  }
  const levels = Math.round(ceiling / (2 * high));
  if (levels < 1 || levels > 255) return undefined;
  const step = ceiling / levels;
  for (let k = 1; k <= levels; k++) {
    const edge = (k - 0.5) * step;
    const fits =
      near(edge - 1e-3 * step, (k - 1) * step, ceiling) &&
      near(edge + 1e-3 * step, k * step, ceiling) &&
      near(k * step, k * step, ceiling);
    if (!fits) return undefined;
  }
  return { kind: 'qcfs', levels, ceiling };
}

/** Batch normalization, folded into the layer before it. */
import { numberOf } from './attributes.ts';
import { type Linear, trained } from './linear.ts';
import type { OnnxNode } from './onnx.ts';
import { badNode } from './refusal.ts';
import type { Wired } from './wiring.ts';

const DEFAULT_EPSILON = 1e-5;

/** y = γ·(x − μ)/√(σ² + ε) + β per output channel; computed in double, rounded to float32 once. */
export function foldBatchNorm(graph: Wired, linear: Linear, node: OnnxNode): void {
  if (numberOf(graph, node, 'training_mode', 0) !== 0)
    throw badNode(graph, node, 'exported in training mode; call eval() before the export');
  const [gamma, beta, mean, variance] = [1, 2, 3, 4].map((i) => {
    const { values } = trained(graph, node, i);
    if (values.length === linear.outputs) return values;
    const where = `layer "${linear.node.name}" of ${linear.outputs}`;
    throw badNode(graph, node, `${values.length} channels behind ${where}; the file is damaged`);
  }) as [Float32Array, Float32Array, Float32Array, Float32Array];
  const epsilon = numberOf(graph, node, 'epsilon', DEFAULT_EPSILON);
  const scale = Float64Array.from(gamma, (g, c) => g / Math.sqrt((variance[c] as number) + epsilon));
  const wrong = scale.findIndex((s) => !Number.isFinite(s));
  if (wrong >= 0)
    throw badNode(
      graph,
      node,
      `variance ${variance[wrong]} of channel ${wrong} is negative or zero; train again`,
    );
  const perOutput = linear.weights.length / linear.outputs;
  linear.weights = linear.weights.map((w, i) => w * (scale[Math.floor(i / perOutput)] as number));
  linear.bias = linear.bias.map(
    (b, c) => (b - (mean[c] as number)) * (scale[c] as number) + (beta[c] as number),
  );
}

/** Thirty networks and more: each is taken, or refused in one line that names a node. */
import { expect, test } from 'vitest';
import { Graph } from '../../../experiments/strangers/graph.ts';
import { STRANGERS } from '../../../experiments/strangers/networks.ts';
import { openOnnx } from '../../../tools/import/onnx/open.ts';
import { Failure } from '../../../tools/terminal/failure.ts';

test('there are enough of them, by different names', () => {
  expect(new Set(STRANGERS.map((s) => s.name)).size).toBe(STRANGERS.length);
  expect(STRANGERS.length).toBeGreaterThanOrEqual(30);
});

/** What spikes cannot stand for; everything else must convert. */
const REFUSED = /tanh|sigmoid|excitation|Concat|GELU/;

test.each(STRANGERS)('$name', ({ name, input, make }) => {
  const graph = new Graph(1, input, input.length === 1 ? [input[0] as number, 1, 1] : [1, 28, 28]);
  make(graph);
  const open = (): unknown => openOnnx(graph.encode(), 'net.onnx');
  if (!REFUSED.test(name)) {
    expect(open).not.toThrow();
    expect(graph.features).toHaveLength(graph.outputs.length);
    return;
  }
  expect(open).toThrow(Failure);
  expect(open).toThrow(/^net\.onnx: node "[^\n]+$/);
});

/** An ONNX file, decoded and wired once: for our network and for ONNX Runtime. */
import type { Source } from '../source.ts';
import { noExternal, type ReadExternal } from './external.ts';
import { networkOf } from './graph.ts';
import { readOnnx } from './onnx.ts';
import { wire } from './wiring.ts';

/** @throws Failure naming file, node, operator and what to do instead. */
export function openOnnx(
  bytes: Uint8Array,
  file: string,
  readExternal: ReadExternal = noExternal(file),
): Source & Required<Pick<Source, 'openFloat'>> {
  const graph = wire(readOnnx(bytes, file, readExternal));
  return {
    file,
    ...networkOf(graph),
    openFloat: async (tensors) => {
      // The runtime is large, and most that is read is not run.
      const { OrtSession } = await import('./ort-session.ts');
      return OrtSession.open(bytes, graph, tensors);
    },
  };
}

/** The paper's networks have IF neurons behind the global average pool: gives every pooled classifier such a layer. */
import type { Ann, Convolution, Layer, Pooled } from '../network.ts';

export function separatePools(network: Ann): Ann {
  const layers: Layer[] = [];
  const moved: number[] = [];
  const renumber = <S extends { source: number }>(s: S): S => ({
    ...s,
    source: s.source < 0 ? s.source : (moved[s.source] as number),
  });
  network.layers.forEach((layer) => {
    const pooled = layer.projections.find((s): s is Pooled => s.kind === 'pooled');
    if (pooled === undefined || layer.projections.length !== 1) {
      moved.push(layers.push({ ...layer, projections: layer.projections.map(renumber) }) - 1);
      return;
    }
    const source = network.layers[pooled.source] as Layer;
    const channels = source.shape[0];
    layers.push({
      name: `${layer.name}/pool`,
      tensor: source.tensor,
      shape: [channels, 1, 1],
      projections: [{ kind: 'pool', source: moved[pooled.source] as number }],
      bias: new Float32Array(channels),
      activation: { kind: 'none' },
    });
    const dense: Convolution = {
      kind: 'conv',
      source: layers.length - 1,
      weights: pooled.weights,
      groups: 1,
      kernel: [1, 1],
      stride: [1, 1],
      padding: [0, 0],
    };
    moved.push(layers.push({ ...layer, projections: [dense] }) - 1);
  });
  return { ...network, layers, exits: network.exits.map((e) => moved[e] as number) };
}

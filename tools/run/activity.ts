/** What every layer of a model does on real images: spikes, events and synaptic operations, with stopping as in use. */
import { load } from '../../host/node.ts';

export interface Activity {
  images: number;
  /** Mean time steps per image. */
  steps: number;
  layers: LayerActivity[];
}

/** Means per image. */
export interface LayerActivity {
  spikes: number;
  /** Neurons that fired, once per step; a burst is one event of several spikes. */
  events: number;
  sops: number;
}

/** `images` is u8 [image][height][width][channel]; `mayStop` false runs every image to the last step. */
export async function measureActivity(
  model: Uint8Array,
  images: Uint8Array,
  count: number,
  { mayStop = true, onImage = () => {} }: { mayStop?: boolean; onImage?: () => void } = {},
): Promise<Activity> {
  const net = await load(model);
  const size = images.length / count;
  const layers = net.info.layers.map((): LayerActivity => ({ spikes: 0, events: 0, sops: 0 }));
  let steps = 0;
  for (let i = 0; i < count; i++) {
    for (const step of net.run(images.subarray(i * size, (i + 1) * size), { mayStop })) {
      steps += 1 / count;
      layers.forEach((layer, l) => {
        layer.spikes += (step.spikes[l] as number) / count;
        layer.events += (step.events[l] as number) / count;
        layer.sops += (step.sops[l] as number) / count;
      });
    }
    onImage();
  }
  return { images: count, steps, layers };
}

/** Ceilings → neurons: what one spike of every layer is worth, how many it may fire, and on which sides of zero. */
import { MAX_BURST } from '../../assembly/shared/limits.ts';
import { type Ann, type FloatNeurons, isPool, type Layer } from '../network.ts';

interface Plan {
  burst: number;
  start: number;
  timing: 'immediate' | 'pipelined';
  readout: 'spikes' | 'membrane';
}

/** `ceilings[i]` is λ of layer i per channel; with K spikes per step, one spike is worth λ/K. */
export function floatNeurons(network: Ann, ceilings: Float64Array[], plan: Plan): FloatNeurons {
  const { timing, readout } = plan;
  const neurons: FloatNeurons = { amplitude: [], burst: [], start: [], slope: [], timing, readout };
  network.layers.forEach((layer, i) => {
    const [first] = layer.projections;
    const slope = isPool(first) ? mirrored(neurons.slope[first.source]) : slopeOf(layer);
    neurons.slope.push(slope);
    if (first?.kind === 'max') {
      // It sends what its source sends; half a threshold keeps sums in floats from rounding down a spike.
      neurons.amplitude.push(neurons.amplitude[first.source] as Float64Array);
      neurons.burst.push(neurons.burst[first.source] as number);
      neurons.start.push(0.5);
    } else if (first?.kind === 'average') {
      // Every spike in the window counts one part of the mean: as many parts as can come, and nothing is rounded.
      const parts = first.kernel[0] * first.kernel[1];
      const all = parts * (neurons.burst[first.source] as number);
      const burst = Math.min(all, MAX_BURST);
      const per = Math.ceil(all / burst);
      const source = neurons.amplitude[first.source] as Float64Array;
      neurons.amplitude.push(source.map((a) => (a / parts) * per));
      neurons.burst.push(burst);
      neurons.start.push(per === 1 ? 0 : plan.start);
    } else {
      const burst = Math.min(plan.burst, MAX_BURST);
      neurons.amplitude.push((ceilings[i] as Float64Array).map((c) => c / burst));
      neurons.burst.push(burst);
      neurons.start.push(plan.start);
    }
  });
  return neurons;
}

function slopeOf({ activation }: Layer): number | undefined {
  return activation.kind === 'leaky' ? activation.slope : undefined;
}

/** A mean of neurons that fire below zero does so too, on equal terms. */
function mirrored(slope: number | undefined): number | undefined {
  return slope === undefined ? undefined : 1;
}

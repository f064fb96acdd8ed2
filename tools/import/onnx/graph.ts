/** ONNX graph → Network: walks from every output back to the image, one layer per weighted operator. */
import { MAX_EXITS, MAX_LAYERS } from '../../../assembly/shared/limits.ts';
import { IMAGE, type Layer, type Projection, type Shape } from '../../network.ts';
import type { Source } from '../source.ts';
import { recogniseActivation } from './activation.ts';
import { readAverage } from './average.ts';
import { absorbBatchNorms, readBatchNorm } from './batchnorm.ts';
import { branchesOf, foldIntoSum, normalizedSum, type Part } from './branches.ts';
import { convolvedShape } from './convolution.ts';
import { beforeFlatten } from './dense.ts';
import { classifiers, inputShape } from './ends.ts';
import { type Linear, WEIGHTED } from './linear.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { absorbPad } from './pad.ts';
import { badFile, badNode } from './refusal.ts';
import { scalarRegion } from './scalar.ts';
import { refuseActivation } from './unsupported.ts';
import { throughPass } from './wiring.ts';

/** @throws Failure naming file, node, operator and what to do instead. */
export function networkOf(graph: Wired): Pick<Source, 'network' | 'folded'> {
  return new Importer(graph).run();
}

class Importer {
  readonly #graph: Wired;
  readonly #input: Shape;
  readonly #layers: Layer[] = [];
  /** By tensor; a tensor read twice is one layer. */
  readonly #known = new Map<string, number>();
  readonly #folded: string[] = [];

  constructor(graph: Wired) {
    this.#graph = graph;
    this.#input = inputShape(graph);
  }

  run(): Pick<Source, 'network' | 'folded'> {
    const { outputs, nodes, file } = this.#graph;
    if (outputs.length > MAX_EXITS)
      throw badFile(file, `${outputs.length} outputs; at most ${MAX_EXITS} exits are supported`);
    // #layer recurses over them.
    const weighted = nodes.filter((n) => WEIGHTED.has(n.op)).length;
    if (weighted > MAX_LAYERS) throw badFile(file, `${weighted} layers; at most ${MAX_LAYERS} are supported`);
    // Exit by exit and source first: a classifier comes directly after the layers that it needs.
    const exits = classifiers(this.#graph).map((tensor) => this.#exit(tensor));
    this.#checkClasses(exits);
    return { network: { input: this.#input, layers: this.#layers, exits }, folded: this.#folded };
  }

  #checkClasses(exits: number[]): void {
    const classes = exits.map((e) => this.#shapeOf(e)[0]);
    const odd = classes.findIndex((n) => n !== classes[0]);
    if (odd < 0) return;
    const names = this.#graph.outputs.map((o) => `"${o}"`);
    throw badFile(
      this.#graph.file,
      `outputs ${names[0]} and ${names[odd]} have ${classes[0]} and ${classes[odd]} classes; train all exits on the same`,
    );
  }

  #exit(tensor: string): number {
    const before = this.#layers.length;
    const index = this.#layer(tensor, true);
    const [, height, width] = this.#shapeOf(index);
    if (index < before || height * width !== 1) {
      const what = index < before ? 'it is also a hidden layer' : `it is a map of ${height}x${width}`;
      throw badFile(this.#graph.file, `output "${tensor}": ${what}; export the classes of a dense layer`);
    }
    return index;
  }

  /** Index of the layer whose output, after its activation, is this tensor. */
  #layer(named: string, isExit = false): number {
    const tensor = throughPass(this.#graph, named);
    if (tensor === this.#graph.input.name) return IMAGE;
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    const maker = this.#graph.producers.get(tensor);
    if (maker?.op === 'AveragePool') return this.#average(maker, tensor);
    const region = scalarRegion(this.#graph, tensor);
    const sum = normalizedSum(this.#graph, region.source);
    const parts = branchesOf(this.#graph, sum.tensor, region.nodes[0]);
    const activation = recogniseActivation(region.compute);
    const { node } = parts[0] as Part;
    if (activation === undefined || isExit !== (activation.kind === 'none'))
      throw refuseActivation(this.#graph, region, node, activation !== undefined, isExit);
    // Sources first: they become layers on the way.
    const built = parts.map((part) => ({ ...this.#projections(part), part }));
    const { shape } = built[0] as { shape: Shape };
    for (const other of built) {
      if (other.shape.join() !== shape.join())
        throw badNode(
          this.#graph,
          other.part.node,
          `sums ${other.shape.join('x')} and ${shape.join('x')}; only equal shapes add up`,
        );
    }
    const bias = new Float32Array(shape[0]);
    for (const { part } of built)
      part.linear?.bias.forEach((b, c) => {
        bias[c] = (bias[c] as number) + b;
      });
    const layer: Layer = {
      name: node.name,
      tensor,
      shape,
      projections: built.map((b) => b.projections),
      bias,
      activation,
    };
    for (const norm of sum.norms) foldIntoSum(layer, readBatchNorm(this.#graph, norm, shape[0]));
    for (const { folded = [] } of parts) this.#folded.push(...folded);
    this.#folded.push(...sum.norms.map((n) => n.name));
    const index = this.#layers.push(layer) - 1;
    this.#known.set(tensor, index);
    return index;
  }

  #average(node: OnnxNode, tensor: string): number {
    const source = this.#source({ node }, node.inputs[0] as string);
    if (source === IMAGE)
      throw badNode(
        this.#graph,
        node,
        'pools the image itself; use smaller images, or put a convolution between',
      );
    const { average, shape } = readAverage(this.#graph, node, this.#shapeOf(source));
    const projections = [{ ...average, source }];
    const bias = new Float32Array(shape[0]);
    this.#layers.push({ name: node.name, tensor, shape, projections, bias, activation: { kind: 'none' } });
    this.#known.set(tensor, this.#layers.length - 1);
    return this.#layers.length - 1;
  }

  #projections(part: Part): { projections: Projection; shape: Shape } {
    const { linear, skip, node } = part;
    if (linear !== undefined) return linear.conv === undefined ? this.#dense(linear) : this.#conv(linear);
    const source = this.#source({ node }, skip);
    if (source === IMAGE)
      throw badNode(this.#graph, node, 'adds the image itself; put a convolution between');
    const shape = this.#shapeOf(source);
    const weights = new Float32Array(shape[0]).fill(1);
    return {
      projections: {
        kind: 'conv',
        source,
        weights,
        groups: shape[0],
        kernel: [1, 1],
        stride: [1, 1],
        padding: [0, 0],
      },
      shape,
    };
  }

  #conv(linear: Linear): { projections: Projection; shape: Shape } {
    const { groups, kernel, stride } = linear.conv as NonNullable<Linear['conv']>;
    absorbPad(this.#graph, linear);
    this.#folded.push(...absorbBatchNorms(this.#graph, linear).map((n) => n.name));
    const source = this.#source(linear, linear.source);
    const { shape, pads } = convolvedShape(this.#graph, linear, this.#shapeOf(source));
    const { weights } = linear;
    const padding: [number, number] = [pads[0], pads[1]];
    return { projections: { kind: 'conv', source, weights, groups, kernel, stride, padding }, shape };
  }

  #dense(linear: Linear): { projections: Projection; shape: Shape } {
    const graph = this.#graph;
    const absorbed = absorbBatchNorms(graph, linear);
    this.#folded.push(...absorbed.map((n) => n.name));
    const { node, inputs, outputs, weights } = linear;
    const flattened = beforeFlatten(graph, linear.source, new Set(absorbed));
    const { source, pooled } = this.#pooledWhole(node, flattened);
    const [channels, height, width] = this.#shapeOf(source);
    const features = pooled ? channels : channels * height * width;
    if (features !== inputs) throw badNode(graph, node, `${inputs} inputs, its source has ${features}`);
    if (pooled && source === IMAGE)
      throw badNode(graph, node, 'reads the pooled image; put a convolution before the pool');
    const shape: Shape = [outputs, 1, 1];
    if (pooled) return { projections: { kind: 'pooled', source, weights }, shape };
    // Flattened channel by channel, a map seen whole is a convolution with a kernel of its size.
    const kernel: [number, number] = [height, width];
    const one: [number, number] = [1, 1];
    return {
      projections: { kind: 'conv', source, weights, groups: 1, kernel, stride: one, padding: [0, 0] },
      shape,
    };
  }

  /** An average pool with a window as large as its map is a global one, and needs no neurons of its own. */
  #pooledWhole(
    node: OnnxNode,
    flattened: { tensor: string; pooled: boolean },
  ): { source: number; pooled: boolean } {
    const maker = this.#graph.producers.get(throughPass(this.#graph, flattened.tensor));
    if (maker?.op === 'AveragePool' && !flattened.pooled) {
      const source = this.#source({ node }, maker.inputs[0] as string);
      const [, height, width] = this.#shapeOf(source);
      const { average } = readAverage(this.#graph, maker, this.#shapeOf(source));
      const whole = average.kernel[0] === height && average.kernel[1] === width;
      if (whole && average.padding.every((p) => p === 0)) return { source, pooled: true };
    }
    return { source: this.#source({ node }, flattened.tensor), pooled: flattened.pooled };
  }

  #source({ node }: Pick<Linear, 'node'>, tensor: string): number {
    const index = this.#layer(tensor);
    const layer = this.#layers[index];
    if (layer?.activation.kind === 'none' && layer.projections[0]?.kind !== 'average')
      throw badNode(this.#graph, node, 'reads the logits of an exit; read a hidden layer instead');
    return index;
  }

  #shapeOf(layer: number): Shape {
    return layer === IMAGE ? this.#input : (this.#layers[layer] as Layer).shape;
  }
}

/** ONNX graph → Network: walks from every output back to the image, one layer per weighted operator. */
import { MAX_EXITS, MAX_LAYERS } from '../../../assembly/shared/limits.ts';
import { MOST_DEPTH } from '../../limits.ts';
import { IMAGE, isPool, type Layer, type Projection, type Shape } from '../../network.ts';
import type { Source } from '../source.ts';
import { recogniseScaled } from './activation.ts';
import { isAffine, readAffine } from './affine.ts';
import { averageWindow, readAverage } from './average.ts';
import { branchesOf, normalizedSum, type Part } from './branches.ts';
import { convolvedShape } from './convolution.ts';
import { beforeFlatten, POOL } from './dense.ts';
import { classifiers } from './ends.ts';
import { absorbBefore, foldIntoSum } from './folding.ts';
import { type Image, imageIn } from './image.ts';
import { columnsFirst } from './layout.ts';
import { type Linear, takeWeights, WEIGHTED } from './linear.ts';
import { isMaxPool, maxWindow, readMax } from './max.ts';
import type { OnnxNode, Wired } from './nodes.ts';
import { absorbPad } from './pad.ts';
import { badFile, badNode, beyondLimit } from './refusal.ts';
import { type Region, scalarRegion, withoutFirst } from './scalar.ts';
import { readShortcut } from './shortcut.ts';
import { refuseActivation, refuseSpiking } from './unsupported.ts';
import { throughPass } from './wiring.ts';

/** @throws Failure naming file, node, operator and what to do instead. */
export function networkOf(graph: Wired): Pick<Source, 'network' | 'folded' | 'pixels'> {
  refuseSpiking(graph);
  const image = imageIn(graph);
  // Nobody looks behind the image.
  const producers = new Map(graph.producers);
  producers.delete(image.tensor);
  const nodes = graph.nodes.filter((n) => !image.nodes.includes(n));
  const input = { ...graph.input, name: image.tensor };
  return new Importer({ ...graph, nodes, producers, input }, image).run();
}

/** What comes between the weights of a layer and its output. */
interface Activated {
  region: Region;
  found: ReturnType<typeof recogniseScaled>;
}

class Importer {
  readonly #graph: Wired;
  readonly #image: Image;
  readonly #layers: Layer[] = [];
  /** By tensor; a tensor read twice is one layer. */
  readonly #known = new Map<string, number>();
  readonly #folded: string[] = [];
  /** Layers whose sources are being looked for. */
  #depth = 0;

  constructor(graph: Wired, image: Image) {
    this.#graph = graph;
    this.#image = image;
  }

  run(): Pick<Source, 'network' | 'folded' | 'pixels'> {
    const { outputs, nodes, file } = this.#graph;
    if (outputs.length > MAX_EXITS)
      throw badFile(file, `${outputs.length} outputs; at most ${MAX_EXITS} exits are supported`);
    const weighted = nodes.filter((n) => WEIGHTED.has(n.op)).length;
    if (weighted > MAX_LAYERS) throw badFile(file, `${weighted} layers; at most ${MAX_LAYERS} are supported`);
    // Exit by exit and source first: a classifier comes directly after the layers that it needs.
    const exits = classifiers(this.#graph).map((tensor) => this.#exit(tensor));
    this.#checkClasses(exits);
    return {
      network: { input: this.#image.shape, layers: this.#layers, exits },
      folded: this.#folded,
      pixels: this.#image.pixels,
    };
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
    const maker = this.#graph.producers.get(throughPass(this.#graph, tensor));
    const isPooled = maker !== undefined && (POOL.has(maker.op) || maker.op === 'AveragePool');
    const index = isPooled ? this.#pooledExit(maker, tensor) : this.#layer(tensor, true);
    const [, height, width] = this.#shapeOf(index);
    if (index < before || height * width !== 1) {
      const what = index < before ? 'it is also a hidden layer' : `it is a map of ${height}x${width}`;
      throw badFile(this.#graph.file, `output "${tensor}": ${what}; export the classes of a dense layer`);
    }
    return index;
  }

  /** Classes by a global average pool, of a map of scores or of neurons. */
  #pooledExit(node: OnnxNode, tensor: string): number {
    const graph = this.#graph;
    const flattened = beforeFlatten(graph, tensor, new Set());
    const inner = flattened.pooled ? flattened.tensor : (node.inputs[0] as string);
    const { region, found } = this.#activation(inner);
    if (found?.activation.kind !== 'none') return this.#pooledNeurons(node, inner, tensor);
    const [{ linear } = {}, another] = branchesOf(graph, region.source, region.nodes[0]);
    const isPoint = linear?.conv?.kernel.join() === '1,1' && linear.conv.stride.join() === '1,1';
    if (
      linear?.conv === undefined ||
      another !== undefined ||
      !isPoint ||
      linear.conv.groups > 1 ||
      found.scale !== 1
    )
      throw badNode(
        graph,
        node,
        'the classes are means of a map; end with a 1x1 convolution before it, or a dense layer after it',
      );
    // The mean of what a 1x1 convolution makes is what it makes of the means.
    this.#folded.push(...normsIn(absorbBefore(graph, linear)));
    const source = this.#source(linear, linear.source);
    if (source === IMAGE) throw badNode(graph, node, 'pools the image itself; put a convolution between');
    this.#checkWhole(node, this.#shapeOf(source));
    const projections: Projection[] = [{ kind: 'pooled', source, weights: linear.weights }];
    return this.#add({
      name: linear.node.name,
      tensor,
      shape: [linear.outputs, 1, 1],
      projections,
      bias: linear.bias,
    });
  }

  #pooledNeurons(node: OnnxNode, inner: string, tensor: string): number {
    const source = this.#source({ node }, inner);
    const [channels] = this.#shapeOf(source);
    this.#checkWhole(node, this.#shapeOf(source));
    takeWeights(this.#graph, node, channels * channels);
    const weights = new Float32Array(channels * channels);
    for (let c = 0; c < channels; c++) weights[c * channels + c] = 1;
    const projections: Projection[] = [{ kind: 'pooled', source, weights }];
    const bias = new Float32Array(channels);
    return this.#add({ name: node.name, tensor, shape: [channels, 1, 1], projections, bias });
  }

  #checkWhole(node: OnnxNode, shape: Shape): void {
    if (node.op !== 'AveragePool') return;
    const { average } = readAverage(this.#graph, node, averageWindow(this.#graph, node), shape);
    if (average.kernel[0] !== shape[1] || average.kernel[1] !== shape[2])
      throw badNode(this.#graph, node, 'the classes are a map; pool the whole of it');
  }

  #add(layer: Omit<Layer, 'activation'>): number {
    this.#layers.push({ ...layer, activation: { kind: 'none' } });
    this.#known.set(layer.tensor, this.#layers.length - 1);
    return this.#layers.length - 1;
  }

  /** Index of the layer whose output, after its activation, is this tensor. */
  #layer(named: string, isExit = false): number {
    const tensor = throughPass(this.#graph, named);
    if (tensor === this.#graph.input.name) return IMAGE;
    const known = this.#known.get(tensor);
    if (known !== undefined) return known;
    const maker = this.#graph.producers.get(tensor);
    if (maker?.op === 'AveragePool') return this.#average(maker, tensor);
    if (isMaxPool(maker))
      return this.#max(maker, tensor, this.#source({ node: maker }, maxWindow(this.#graph, maker).tensor));
    const found = this.#activation(tensor);
    const behind = this.#graph.producers.get(throughPass(this.#graph, found.region.source));
    if (isMaxPool(behind)) return this.#rectifiedMax(behind, tensor, found);
    const index = this.#neurons(tensor, found, isExit);
    this.#known.set(tensor, index);
    return index;
  }

  /** Activations never fall, so that of a maximum is the maximum of activations: the neurons come before the pool. */
  #rectifiedMax(pool: OnnxNode, tensor: string, { region, found }: Activated): number {
    const source = throughPass(this.#graph, maxWindow(this.#graph, pool).tensor);
    const before = this.#graph.producers.get(source);
    if (isMaxPool(before))
      throw badNode(this.#graph, pool, `pools after "${before.name}"; put the activation between`);
    if (found !== undefined && found.scale !== 1)
      throw badNode(this.#graph, pool, 'its activation is scaled; put the activation before the pool');
    const index = this.#neurons(source, { region: { ...region, source }, found }, false);
    (this.#layers[index] as Layer).isSum = true;
    return this.#max(pool, tensor, index);
  }

  #max(node: OnnxNode, tensor: string, source: number): number {
    const { max, shape } = readMax(this.#graph, node, this.#layers[source]);
    const projections: Projection[] = [{ ...max, source }];
    return this.#add({ name: node.name, tensor, shape, projections, bias: new Float32Array(shape[0]) });
  }

  /** A layer of neurons whose output is `tensor`. */
  #neurons(tensor: string, { region, found }: Activated, isExit: boolean): number {
    const sum = normalizedSum(this.#graph, region.source);
    const parts = branchesOf(this.#graph, sum.tensor, region.nodes[0]);
    const { node } = parts[0] as Part;
    if (found === undefined || isExit !== (found.activation.kind === 'none'))
      throw refuseActivation(this.#graph, region, node, found !== undefined, isExit);
    const { activation, scale } = found;
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
    const axes = parts.some((p) => p.linear !== undefined && p.linear.conv === undefined) ? 0 : 2;
    for (const norm of sum.norms) foldIntoSum(layer, readAffine(this.#graph, norm, shape[0], axes));
    if (scale !== 1)
      foldIntoSum(layer, {
        scale: new Float64Array(shape[0]).fill(scale),
        shift: new Float64Array(shape[0]),
      });
    for (const { folded = [] } of parts) this.#folded.push(...folded);
    this.#folded.push(...normsIn(sum.norms));
    return this.#layers.push(layer) - 1;
  }

  /** What follows the weights; scales and shifts by one number before it may belong to either. */
  #activation(tensor: string): Activated {
    const whole = scalarRegion(this.#graph, tensor);
    for (let region: Region | undefined = whole; region !== undefined; ) {
      const found = recogniseScaled(region.compute);
      if (found !== undefined) return { region, found };
      const first: OnnxNode | undefined = region.nodes[0];
      region =
        first !== undefined && isAffine(this.#graph, first)
          ? withoutFirst(this.#graph, region, tensor)
          : undefined;
    }
    return { region: whole, found: undefined };
  }

  #average(node: OnnxNode, tensor: string): number {
    const from = averageWindow(this.#graph, node);
    const source = this.#source({ node }, from.tensor);
    if (source === IMAGE)
      throw badNode(
        this.#graph,
        node,
        'pools the image itself; use smaller images, or put a convolution between',
      );
    const { average, shape } = readAverage(this.#graph, node, from, this.#shapeOf(source));
    const projections = [{ ...average, source }];
    const bias = new Float32Array(shape[0]);
    return this.#add({ name: node.name, tensor, shape, projections, bias });
  }

  #projections(part: Part): { projections: Projection; shape: Shape } {
    const { linear, skip, node } = part;
    if (linear !== undefined) return linear.conv === undefined ? this.#dense(linear) : this.#conv(linear);
    const source = this.#source({ node }, skip.tensor);
    if (source === IMAGE)
      throw badNode(this.#graph, node, 'adds the image itself; put a convolution between');
    const shape = this.#shapeOf(source);
    if (skip.nodes.length > 0) {
      const { conv, shape: cut } = readShortcut(this.#graph, skip, shape);
      return { projections: { ...conv, source }, shape: cut };
    }
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
    if (this.#isPointOfPool(linear)) {
      const { conv: _, ...dense } = linear;
      return this.#dense(dense);
    }
    const { groups, stride } = linear.conv as NonNullable<Linear['conv']>;
    absorbPad(this.#graph, linear);
    this.#folded.push(...normsIn(absorbBefore(this.#graph, linear)));
    const source = this.#source(linear, linear.source);
    const { shape, pads } = convolvedShape(this.#graph, linear, this.#shapeOf(source));
    // Both as convolvedShape may have widened them.
    const { weights } = linear;
    const { kernel } = linear.conv as NonNullable<Linear['conv']>;
    const padding: [number, number] = [pads[0], pads[1]];
    return { projections: { kind: 'conv', source, weights, groups, kernel, stride, padding }, shape };
  }

  /** A 1x1 convolution behind a global pool is a dense layer. */
  #isPointOfPool({ conv, source }: Linear): boolean {
    const maker = this.#graph.producers.get(throughPass(this.#graph, source));
    return (
      conv?.kernel.join() === '1,1' &&
      conv.groups === 1 &&
      conv.pads.every((p) => p === 0) &&
      maker !== undefined &&
      POOL.has(maker.op)
    );
  }

  #dense(linear: Linear): { projections: Projection; shape: Shape } {
    const graph = this.#graph;
    const absorbed = absorbBefore(graph, linear);
    this.#folded.push(...normsIn(absorbed));
    const { node, inputs, outputs } = linear;
    const flattened = beforeFlatten(graph, linear.source, new Set(absorbed));
    const { source, pooled } = this.#pooledWhole(node, flattened);
    const [channels, height, width] = this.#shapeOf(source);
    const features = pooled ? channels : channels * height * width;
    if (features !== inputs) throw badNode(graph, node, `${inputs} inputs, its source has ${features}`);
    if (pooled && source === IMAGE)
      throw badNode(graph, node, 'reads the pooled image; put a convolution before the pool');
    const isLast = graph.channelsLast.rows.has(linear.source);
    const weights =
      isLast && !pooled ? columnsFirst(linear.weights, channels, height * width) : linear.weights;
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
      const from = averageWindow(this.#graph, maker);
      const source = this.#source({ node }, from.tensor);
      const [, height, width] = this.#shapeOf(source);
      const { average } = readAverage(this.#graph, maker, from, this.#shapeOf(source));
      const whole = average.kernel[0] === height && average.kernel[1] === width;
      if (whole && average.padding.every((p) => p === 0)) return { source, pooled: true };
    }
    return { source: this.#source({ node }, flattened.tensor), pooled: flattened.pooled };
  }

  #source({ node }: Pick<Linear, 'node'>, tensor: string): number {
    // #layer recurses over the sources, pools among them.
    if (++this.#depth > MOST_DEPTH)
      throw beyondLimit(
        this.#graph,
        node,
        `more than ${MOST_DEPTH} layers behind one another; make it shallower`,
      );
    const index = this.#layer(tensor);
    this.#depth--;
    const layer = this.#layers[index];
    if (layer?.activation.kind === 'none' && !isPool(layer.projections[0]))
      throw badNode(this.#graph, node, 'reads the logits of an exit; read a hidden layer instead');
    return index;
  }

  #shapeOf(layer: number): Shape {
    return layer === IMAGE ? this.#image.shape : (this.#layers[layer] as Layer).shape;
  }
}

function normsIn(nodes: OnnxNode[]): string[] {
  return nodes.filter((n) => n.op === 'BatchNormalization').map((n) => n.name);
}

/** Arithmetic on small constant tensors, as exporters write it where a user's code computed a shape or a padding. */
import { MOST_FILLED, MOST_RANK } from '../../limits.ts';
import { numberOf, numbersOf } from './attributes.ts';
import type { OnnxNode, Tensor } from './nodes.ts';

type Fold = (node: OnnxNode, inputs: Tensor[], file: string) => Tensor | undefined;

/** Undefined where a node asks for more than exporters do: then it stays, and is refused where it is read. */
export const FOLD: Record<string, Fold> = {
  ConstantOfShape: (node, [shape]) => {
    const value = node.attributes.get('value');
    const fill = typeof value === 'object' && !Array.isArray(value) ? value : undefined;
    const dims = Array.from(shape?.values ?? []);
    if (!isShape(dims) || sizeOf(dims) > MOST_FILLED) return undefined;
    const type = fill?.type ?? 'float';
    const Values = type === 'float' ? Float32Array : Float64Array;
    return { shape: dims, type, values: new Values(sizeOf(dims)).fill(fill?.values[0] ?? 0) };
  },
  Concat: (node, inputs, file) => {
    if (numberOf({ file }, node, 'axis', 0) !== 0 || inputs.some((t) => t.shape.length !== 1))
      return undefined;
    const values = Float64Array.from(inputs.flatMap((t) => [...t.values]));
    return { shape: [values.length], type: (inputs[0] as Tensor).type, values };
  },
  Reshape: (_, [data, target]) => {
    if (data === undefined || target === undefined) return undefined;
    const wanted = Array.from(target.values, (d, i) => (d === 0 ? (data.shape[i] ?? 0) : d));
    const known = sizeOf(wanted.filter((d) => d !== -1));
    const shape = wanted.map((d) => (d === -1 ? data.values.length / known : d));
    return isShape(shape) && sizeOf(shape) === data.values.length ? { ...data, shape } : undefined;
  },
  Unsqueeze: (node, [data, axes], file) => {
    const wanted = numbersOf({ file }, node, 'axes') ?? Array.from(axes?.values ?? []);
    if (data === undefined) return undefined;
    const rank = data.shape.length + wanted.length;
    if (rank > MOST_RANK) return undefined;
    const ones = new Set(wanted.map((a) => (a < 0 ? a + rank : a)));
    const rest = [...data.shape];
    return {
      ...data,
      shape: Array.from({ length: rank }, (_, i) => (ones.has(i) ? 1 : (rest.shift() ?? 1))),
    };
  },
  Squeeze: (node, [data, axes], file) => {
    if (data === undefined) return undefined;
    const { length } = data.shape;
    const wanted = numbersOf({ file }, node, 'axes') ?? Array.from(axes?.values ?? []);
    const gone = new Set(wanted.map((a) => (a < 0 ? a + length : a)));
    const shape = data.shape.filter((d, i) => d !== 1 || (wanted.length > 0 && !gone.has(i)));
    return { ...data, shape };
  },
  Transpose: (node, [data], file) => {
    if (data?.shape.length !== 2) return undefined;
    const [rows, columns] = data.shape as [number, number];
    const perm = numbersOf({ file }, node, 'perm') ?? [1, 0];
    if (perm.join() !== '1,0') return undefined;
    const values = data.values.map(
      (_, i) => data.values[(i % rows) * columns + Math.floor(i / rows)] as number,
    );
    return { ...data, shape: [columns, rows], values };
  },
  Slice: (_, [data, starts, ends, axes, steps]) => {
    if (data === undefined || starts?.values.length !== 1 || ends === undefined) return undefined;
    const axis = axes?.values[0] ?? 0;
    const [start, end, step] = [starts.values[0], ends.values[0], steps?.values[0] ?? 1] as [
      number,
      number,
      number,
    ];
    if (axis !== 0 || step === 0 || ![start, end, step].every(Number.isInteger)) return undefined;
    const [rows = 0] = data.shape;
    const width = data.values.length / rows;
    const chosen = sliceOf(rows, start, end, step);
    const values = Float64Array.from(
      chosen.flatMap((r) => [...data.values.subarray(r * width, (r + 1) * width)]),
    );
    return { ...data, shape: [chosen.length, ...data.shape.slice(1)], values };
  },
};

/** Indices that start:end:step takes of `length`, as in NumPy. */
function sliceOf(length: number, start: number, end: number, step: number): number[] {
  const clamp = (i: number, low: number, high: number): number =>
    Math.max(low, Math.min(high, i < 0 ? i + length : i));
  const rows: number[] = [];
  if (step > 0) for (let i = clamp(start, 0, length); i < clamp(end, 0, length); i += step) rows.push(i);
  if (step < 0)
    for (let i = clamp(start, -1, length - 1); i > clamp(end, -1, length - 1); i += step) rows.push(i);
  return rows;
}

/** Whole numbers from 0 on: two negative ones would have a size as well. */
function isShape(dims: number[]): boolean {
  return dims.every((d) => Number.isInteger(d) && d >= 0);
}

function sizeOf(shape: number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}

/**
 * Writes ONNX files from the public field numbers, byte by byte: independent of the schema that the importer reads
 * with, so that one wrong number cannot hide in both.
 */

type Field = [number: number, value: number | bigint | string | Uint8Array | { float: number }];

export interface TensorSpec {
  dims: number[];
  /** TensorProto.DataType */
  type: number;
  raw?: Uint8Array;
  floats?: number[];
  ints?: number[];
  /** Bytes beside the file instead. */
  external?: Record<string, string | number>;
}

export type AttributeSpec =
  | number
  | string
  | number[]
  | { float: number }
  | { floats: number[] }
  | { tensor: TensorSpec };

export interface NodeSpec {
  op: string;
  inputs: string[];
  outputs: string[];
  attributes?: Record<string, AttributeSpec>;
  name?: string;
  domain?: string;
}

export interface ModelSpec {
  nodes: NodeSpec[];
  constants?: Record<string, TensorSpec>;
  /** Batch first; 0 is an open dimension. */
  input?: number[];
  inputType?: number;
  moreInputs?: string[];
  outputs: string[];
  opset?: number;
}

export function encode(model: ModelSpec): Uint8Array {
  return message([
    [1, 8],
    [2, 'snn.wasm tests'],
    [7, graph(model)],
    [8, message([[2, model.opset ?? 17]])],
    [
      8,
      message([
        [1, 'com.example'],
        [2, 1],
      ]),
    ],
  ]);
}

function graph({
  nodes,
  constants = {},
  input = [0, 1, 6, 6],
  inputType = 1,
  moreInputs = [],
  outputs,
}: ModelSpec) {
  return message([
    ...nodes.map((n): Field => [1, node(n)]),
    [2, 'graph'],
    ...Object.entries(constants).map(([name, t]): Field => [5, tensor(t, name)]),
    [11, valueInfo('image', inputType, input)],
    ...moreInputs.map((name): Field => [11, valueInfo(name, 1, [1])]),
    ...outputs.map((name): Field => [12, valueInfo(name, 1)]),
  ]);
}

function node({ op, inputs, outputs, attributes = {}, name, domain }: NodeSpec): Uint8Array {
  return message([
    ...inputs.map((i): Field => [1, i]),
    ...outputs.map((o): Field => [2, o]),
    [3, name ?? ''],
    [4, op],
    ...Object.entries(attributes).map(([key, value]): Field => [5, attribute(key, value)]),
    ...(domain === undefined ? [] : [[7, domain] satisfies Field]),
  ]);
}

function attribute(name: string, value: AttributeSpec): Uint8Array {
  if (typeof value === 'number')
    return message([
      [1, name],
      [3, value],
      [20, 2],
    ]);
  if (typeof value === 'string')
    return message([
      [1, name],
      [4, value],
      [20, 3],
    ]);
  if (Array.isArray(value)) return message([[1, name], ...value.map((v): Field => [8, v]), [20, 7]]);
  if ('float' in value)
    return message([
      [1, name],
      [2, value],
      [20, 1],
    ]);
  if ('floats' in value)
    return message([[1, name], ...value.floats.map((float): Field => [7, { float }]), [20, 6]]);
  return message([
    [1, name],
    [5, tensor(value.tensor, '')],
    [20, 4],
  ]);
}

function tensor({ dims, type, raw, floats = [], ints = [], external }: TensorSpec, name: string) {
  return message([
    ...dims.map((d): Field => [1, d]),
    [2, type],
    ...floats.map((float): Field => [4, { float }]),
    ...ints.map((i): Field => [type === 7 ? 7 : 5, i]),
    [8, name],
    ...(raw === undefined ? [] : [[9, raw] satisfies Field]),
    ...Object.entries(external ?? {}).map(
      ([key, value]): Field => [
        13,
        message([
          [1, key],
          [2, String(value)],
        ]),
      ],
    ),
    ...(external === undefined ? [] : [[14, 1] satisfies Field]),
  ]);
}

function valueInfo(name: string, type: number, dims?: number[]): Uint8Array {
  const dimension = (d: number): Field => [1, d > 0 ? message([[1, d]]) : message([[2, 'N']])];
  const shape: Field[] = dims === undefined ? [] : [[2, message(dims.map(dimension))]];
  return message([
    [1, name],
    [2, message([[1, message([[1, type], ...shape])]])],
  ]);
}

function message(fields: Field[]): Uint8Array {
  const bytes: number[] = [];
  for (const [number, value] of fields) {
    if (typeof value === 'number' || typeof value === 'bigint') {
      varint(bytes, BigInt(number << 3));
      varint(bytes, BigInt.asUintN(64, BigInt(value)));
    } else if (typeof value === 'object' && 'float' in value) {
      varint(bytes, BigInt((number << 3) | 5));
      bytes.push(...new Uint8Array(Float32Array.of(value.float).buffer));
    } else {
      const content = typeof value === 'string' ? new TextEncoder().encode(value) : value;
      varint(bytes, BigInt((number << 3) | 2));
      varint(bytes, BigInt(content.length));
      for (const byte of content) bytes.push(byte);
    }
  }
  return Uint8Array.from(bytes);
}

function varint(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest > 127n; rest >>= 7n) bytes.push(Number(rest & 127n) | 128);
  bytes.push(Number(rest));
}

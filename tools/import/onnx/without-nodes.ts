/** The same ONNX file without some of its nodes: ONNX Runtime computes also what no output depends on. */
import protobuf from 'protobufjs';
import { OnnxModel } from './onnx-schema.ts';

const LENGTH = 2;
const GRAPH = OnnxModel.fields.graph?.id as number;
const NODE = (OnnxModel.lookupType('GraphProto').fields.node as protobuf.Field).id;

/** `gone` counts the nodes in the order of the file. */
export function withoutNodes(bytes: Uint8Array, gone: Set<number>): Uint8Array {
  if (gone.size === 0) return bytes;
  const writer = protobuf.Writer.create();
  let node = 0;
  for (const { id, whole, content } of fieldsOf(bytes)) {
    if (id !== GRAPH || content === undefined) {
      writer.raw(whole);
      continue;
    }
    const kept = protobuf.Writer.create();
    for (const field of fieldsOf(content)) if (field.id !== NODE || !gone.has(node++)) kept.raw(field.whole);
    writer.uint32((GRAPH << 3) | LENGTH).bytes(kept.finish());
  }
  return writer.finish();
}

interface Field {
  id: number;
  /** Its tag and length too. */
  whole: Uint8Array;
  content: Uint8Array | undefined;
}

function* fieldsOf(bytes: Uint8Array): Generator<Field> {
  const reader = protobuf.Reader.create(bytes);
  while (reader.pos < reader.len) {
    const start = reader.pos;
    const tag = reader.uint32();
    const content = (tag & 7) === LENGTH ? reader.bytes() : undefined;
    if (content === undefined) reader.skipType(tag & 7);
    yield { id: tag >>> 3, whole: bytes.subarray(start, reader.pos), content };
  }
}

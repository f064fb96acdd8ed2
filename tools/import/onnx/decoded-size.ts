/** What decoding an ONNX file would make, counted on its bytes: a message of two bytes becomes an object of a hundred. */
import protobuf from 'protobufjs';
import { MOST_LISTED, MOST_MESSAGES } from '../../limits.ts';
import { OnnxModel } from './onnx-schema.ts';

const VARINT = 0;
const LENGTH = 2;

/** Undefined where it is within the limits. @throws Error where the bytes are no protocol buffer */
export function tooLarge(bytes: Uint8Array): string | undefined {
  const found = { messages: 0, listed: 0 };
  count(protobuf.Reader.create(bytes), bytes.length, OnnxModel, found);
  if (found.messages > MOST_MESSAGES)
    return `more than ${MOST_MESSAGES} nodes, attributes and tensors; export a smaller network`;
  if (found.listed > MOST_LISTED)
    return `more than ${MOST_LISTED} whole numbers listed one by one; export the network again`;
  return undefined;
}

interface Count {
  messages: number;
  listed: number;
}

function count(reader: protobuf.Reader, end: number, type: protobuf.Type, found: Count): void {
  while (reader.pos < end && found.messages <= MOST_MESSAGES && found.listed <= MOST_LISTED) {
    const tag = reader.uint32();
    const field = type.fieldsById[tag >>> 3];
    const wire = tag & 7;
    if (field === undefined || wire !== LENGTH) {
      if (field?.repeated && wire === VARINT) found.listed++;
      reader.skipType(wire);
      continue;
    }
    const length = reader.uint32();
    const after = reader.pos + length;
    const inner = field.resolve().resolvedType;
    if (inner instanceof protobuf.Type) {
      found.messages++;
      count(reader, after, inner, found);
    } else if (field.repeated && field.type.startsWith('int')) {
      while (reader.pos < after && found.listed <= MOST_LISTED) {
        reader.skipType(VARINT);
        found.listed++;
      }
    } else if (field.repeated && field.type === 'string') found.messages++;
    reader.pos = Math.min(after, reader.len);
  }
}

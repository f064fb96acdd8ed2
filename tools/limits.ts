/**
 * What files of strangers may ask for. Every limit is checked before the memory is taken or the time is spent, and named
 * in the refusal; what the engine itself allows is in assembly/shared/limits.ts. docs/safety.md tells where each is checked.
 */

/** Bytes of a file; Node reads no more at once. */
export const MOST_FILE_BYTES = 2 ** 31 - 1;
/** Bytes of a pipe or a device, which may never end. */
export const MOST_STREAM_BYTES = 2 ** 27;
/** Bytes that a packed file (gzip, .npz) may always become, and how many for each of its own beyond that. */
export const MOST_UNPACKED_BYTES = 2 ** 26;
export const MOST_UNPACKED_PER_BYTE = 20;
/** Pixels of a picture, where no network says how many it takes. */
export const MOST_PIXELS = 2 ** 22;
/** Images that results of an evaluation may be about. */
export const MOST_IMAGES = 2 ** 26;

/** Messages of an ONNX file (nodes, attributes, tensors …), which grow a hundredfold when they are decoded. */
export const MOST_MESSAGES = 2 ** 17;
/** Whole numbers that it lists one by one instead of as raw bytes, which weights never are. */
export const MOST_LISTED = 2 ** 20;
export const MOST_NODES = 2 ** 14;
/** Dimensions of a constant that is worked out. */
export const MOST_RANK = 16;
/** Layers behind one another. */
export const MOST_DEPTH = 256;
/** Operators on single values between two layers; an activation has about ten. */
export const MOST_ELEMENTWISE = 256;
/** Scales and shifts folded into one layer. */
export const MOST_SCALES = 32;
/** Summands of one layer. */
export const MOST_BRANCHES = 1024;
/** Values that one node may make of a few numbers: the weights of a convolution 512 by 512. */
export const MOST_FILLED = 2 ** 22;
/** Values of all constants that are worked out. */
export const MOST_COMPUTED = 2 ** 24;
/** Weights beyond those in the file: layers that share theirs have them once each. */
export const MOST_SHARED_WEIGHTS = 2 ** 24;
/** Pixel values of a batch that the exporter has fixed. */
export const MOST_BATCH_VALUES = 2 ** 24;

/** Bytes that a packed file of this many may become. */
export function mostUnpacked(packed: number): number {
  return Math.min(MOST_FILE_BYTES, Math.max(MOST_UNPACKED_BYTES, packed * MOST_UNPACKED_PER_BYTE));
}

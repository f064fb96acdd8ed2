/** Files of other programs that people give for an ONNX file, by their first bytes, and how to come to one. */

const FORMATS: { begins: number[]; at?: number; says: (bytes: Uint8Array) => string }[] = [
  { begins: [0x89, 0x48, 0x44, 0x46], says: hdf5 },
  {
    begins: [0x50, 0x4b, 3, 4],
    says: () => 'a PyTorch or Keras archive, not an ONNX file; write one with torch.onnx.export or tf2onnx',
  },
  {
    begins: [0x80, 2],
    says: () => 'a pickle of PyTorch, not an ONNX file; write one with torch.onnx.export',
  },
  {
    begins: [0x7b, 0x22],
    at: 8,
    says: () =>
      'weights alone (safetensors), without a network; build the network and write it with torch.onnx.export',
  },
  {
    begins: [0x54, 0x46, 0x4c, 0x33],
    at: 4,
    says: () => 'a TFLite file; write ONNX from the float network by tf2onnx',
  },
];

/** Undefined where it may be ONNX, which begins like nothing in particular. */
export function foreignFormat(bytes: Uint8Array): string | undefined {
  const format = FORMATS.find(({ begins, at = 0 }) => begins.every((b, i) => bytes[at + i] === b));
  return format?.says(bytes);
}

/** NIR and Keras both write HDF5; Keras says so in its attributes. */
function hdf5(bytes: Uint8Array): string {
  const isKeras = new TextDecoder('latin1').decode(bytes).includes('keras');
  return isKeras
    ? 'a Keras file in HDF5, not an ONNX file; write one with tf2onnx, channels first'
    : 'a trained spiking network (NIR, HDF5), which cannot be read yet; train the same layers with ReLU or QCFS in place of the neurons, export them to ONNX, and snn makes the spikes itself';
}

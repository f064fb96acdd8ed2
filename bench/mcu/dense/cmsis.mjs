/** The twin for CMSIS-NN of ARM, by its own convolutions: a checkout that CMSIS_NN_ROOT names, none of it here. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesIn } from '../../../boards/build/crates.mjs';
import { archive } from '../../../boards/build/gcc.mjs';
import { Missing } from '../../../boards/build/program.mjs';
import { twinFile } from './twin.mjs';

/** Its library and where its headers are, compiled as its README has it. */
export async function cmsisSources(target) {
  const root = process.env.CMSIS_NN_ROOT;
  if (!root) throw new Missing('name a checkout of github.com/ARM-software/CMSIS-NN in CMSIS_NN_ROOT');
  const include = join(root, 'Include');
  if (!existsSync(join(include, 'arm_nnfunctions.h')))
    throw new Missing(`CMSIS_NN_ROOT names ${root}, which has no Include/arm_nnfunctions.h`);
  const folders = ['ConvolutionFunctions', 'NNSupportFunctions'].map((f) => join(root, 'Source', f));
  const sources = folders.flatMap(sourcesIn).filter((file) => !/_(f16|f32|flt)\.c$/.test(file));
  return [`-I${include}`, await archive('cmsis-nn', target, sources, ['-Ofast', '-w', `-I${include}`])];
}

/** The twin's file with weights [output][y][x][input], signed, and biases, multipliers and shifts as CMSIS-NN has them. */
export function cmsisFile(twin) {
  const { file, ...rest } = twinFile(twin);
  const words = new DataView(file.buffer);
  twin.layers.forEach(({ weights, shape: [channels], bias, factor }, i) => {
    const record = 32 + 64 * i;
    const [at, own] = [words.getInt32(record + 40, true), words.getInt32(record + 44, true)];
    const rows = weights.length / channels;
    for (let c = 0; c < channels; c++) {
      for (let r = 0; r < rows; r++) words.setInt8(at + c * rows + r, weights[r * channels + c]);
      // It rounds to the nearest by itself.
      const half = Math.round(2 ** 23 / factor[c]);
      const shift = Math.ceil(Math.log2(factor[c] / 2 ** 24));
      words.setInt32(own + 4 * c, bias[c] - half, true);
      words.setInt32(
        own + 4 * (channels + c),
        Math.round((factor[c] / 2 ** 24) * 2 ** (31 - shift)) - 1,
        true,
      );
      words.setInt32(own + 4 * (2 * channels + c), shift, true);
    }
  });
  return { file, ...rest };
}

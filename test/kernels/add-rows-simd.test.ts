/** addRows of the build with SIMD. */
import { testAddRows } from './add-rows.ts';
import { Kernels } from './kernels.ts';

testAddRows(new Kernels('simd'));

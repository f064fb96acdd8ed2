/** addRows of the build without SIMD. */
import { testAddRows } from './add-rows.ts';
import { Kernels } from './kernels.ts';

testAddRows(new Kernels('lanes'));

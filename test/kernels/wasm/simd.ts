/** The kernels of the engine with SIMD, exported one by one: AssemblyScript, compiled by ../setup.ts. */
export { addRow } from '../../../assembly/kernels/add-row';
export { addRows } from '../../../assembly/kernels/add-rows';
export { fireVectors } from '../../../assembly/kernels/fire-simd';
export { addPairProducts, beginSums, listPairs, storeInput16 } from '../../../assembly/kernels/image-simd';
export { listRows } from '../../../assembly/kernels/list-rows';
export { raise } from '../../../assembly/kernels/raise';
export { SCRATCH_BOUNDS, SCRATCH_DRIVES, SCRATCH_LIST } from '../../../assembly/model/arena';
export { pairRows } from '../../../assembly/model/rows';

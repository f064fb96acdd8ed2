/** The kernels of the engine without SIMD, exported one by one: AssemblyScript, compiled by ../setup.ts. */
export { addRow } from '../../../assembly/kernels/add-row';
export { addRows } from '../../../assembly/kernels/add-rows';
export { append, closeRow } from '../../../assembly/kernels/events';
export { fireLanes } from '../../../assembly/kernels/fire-lanes';
export { firePlain } from '../../../assembly/kernels/fire-plain';
export { addProducts, listPixels, storeInput } from '../../../assembly/kernels/image-plain';
export { listRows } from '../../../assembly/kernels/list-rows';
export { raise } from '../../../assembly/kernels/raise';
export { SCRATCH_BOUNDS, SCRATCH_DRIVES, SCRATCH_LIST } from '../../../assembly/model/arena';

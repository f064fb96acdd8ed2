/**
 * The engine's ABI, all of it. Pointers and sizes are u32 in the module's own memory, which the host provides and
 * grows; the engine has no heap and no state of its own. Offsets behind `net` stand in shared/state.ts.
 */

export { evidence } from './fusion/evidence';
export { layerState } from './model/arena';
export { begin, decide, measure, open, posterior, step } from './network';

/** Where the host's memory begins: everything below belongs to the engine. */
export { __data_end, __heap_base };

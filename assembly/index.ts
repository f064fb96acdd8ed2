/**
 * The engine's ABI, all of it. Pointers and sizes are u32 in the module's own memory, which grows when the
 * host asks; the engine has no heap and no state of its own. Offsets inside `net` stand in shared/state.ts.
 *
 *   reserve(bytes): ptr                  where the host's memory begins, at least `bytes` of it; 0 if there is no more
 *   measure(model, bytes): i32           bytes of arena that the model needs, or −status: checks everything, CRC included
 *   open(model, bytes, net, size): i32   prepares a network in `size` bytes at `net`; a status. `net` is its handle
 *   begin(net, image)                    starts an image, u8 [height][width][channel], which stays for the first step
 *   step(net, mayStop): i32              one time step; 1 when the answer is final
 *   decide(net, exit)                    answers from the evidence of exits 0..exit, as step does by itself
 *   posterior(net, class): u32           of POSTERIOR_ONE, as of the latest decision
 *   evidence(net, exit): ptr             i32 [class]
 *   layerState(net, layer): ptr          counters and pointers of a layer
 */
export { evidence } from './fusion/evidence';
export { reserve } from './memory';
export { layerState } from './model/arena';
export { begin, decide, measure, open, posterior, step } from './network';

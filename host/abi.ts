/** What assembly/index.ts exports, as a host sees it; its names are plain, so nothing has to translate them. Pointers are byte offsets into `memory`. */
export interface Engine {
  readonly memory: WebAssembly.Memory;
  /** Gives the host `bytes` bytes of memory: their first, a multiple of 16, or 0 if there are not so many. */
  reserve(bytes: number): number;
  /** Bytes of arena for a model, or −status. */
  measure(model: number, bytes: number): number;
  /** Status; afterwards `net` is the handle. */
  open(model: number, bytes: number, net: number, size: number): number;
  begin(net: number, image: number): void;
  /** 1 when the answer is final. */
  step(net: number, mayStop: number): number;
  decide(net: number, exit: number): void;
  /** Of POSTERIOR_ONE. */
  posterior(net: number, k: number): number;
  /** Pointer to i32 [class]. */
  evidence(net: number, exit: number): number;
  /** Pointer to a layer's record of state.ts. */
  layerState(net: number, layer: number): number;
}

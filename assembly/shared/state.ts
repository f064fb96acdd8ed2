// Shared by the engine, the hosts and the tests: what a running network keeps in its arena, in bytes from the
// start of its record. All values are little-endian; pointers are u32.

// Net state.
export const RUN_MODEL = 0;
export const RUN_STEP = 4; // steps done since begin
export const RUN_STOPPED = 8;
export const RUN_EXIT = 12; // the exit that the answer stands on: evidence of 0..exit is fused
export const RUN_CLASS = 16;
export const RUN_MARGIN = 20;
export const RUN_SCRATCH = 24; // where layers and decisions work, see arena.ts
export const RUN_ROWS = 28; // u32 [group of synapses], its first row of weights
export const RUN_LISTS = 32; // events of a row that fired more than once, until the row is done
export const RUN_TABLE = 36; // places of the set bits of every byte, in SIMD builds
export const RUN_BYTES = 48;

// State of a layer. Counters run from begin on.
export const STATE_SOPS = 0; // u64, synapses visited by the events that reached this layer
export const STATE_EVENTS = 8; // u64, neurons that fired, once per step
export const STATE_SPIKES = 16; // u64, an event of a burst counts all its spikes
export const STATE_MEMBRANE = 24; // i16 or i32 [height][width][channel]
export const STATE_CURRENT = 28; // the same shape, constant current of the image, or 0
export const STATE_TALLY = 32; // i32 [channel], spikes of an exit's neurons since begin, or 0
// Events of the latest step. Row y has its own segment of FIRED: neurons that fired once, then those that fired twice, up
// to K times; where spikes may be negative, −1 to −K times behind them. A list of one count ascends.
export const STATE_FIRED = 36; // u16 [height][width · channels], x · channels + channel of each event, or 0
export const STATE_STARTS = 40; // u16 [height][list][width + 1], first event of position x in the row's segment; end
export const STATE_UNITS = 44; // i16 thresholds, then biases, of 16-bit membranes: channels rounded up to 16 each, or 0
export const STATE_BYTES = 48;

// Shared by the engine, the hosts and the tests: what a running network keeps in its arena, in bytes from the
// start of its record. All values are little-endian; pointers are u32.

// Net state.
//
//   0     4    8       12   16    20     24      28   32    36    40       56    60
//   ├─────┼────┼───────┼────┼─────┼──────┼───────┼────┼─────┼─────┼────────┼─────┼───────┤
//   │model│step│stopped│exit│class│margin│scratch│rows│spill│table│evidence│image│unusual│   then one layer state per layer
//   └─────┴────┴───────┴────┴─────┴──────┴───────┴────┴─────┴─────┴────────┴─────┴───────┘
export const RUN_MODEL = 0;
export const RUN_STEP = 4; // steps done since begin
export const RUN_STOPPED = 8;
export const RUN_EXIT = 12; // the exit that the answer stands on: evidence of 0..exit is fused
export const RUN_CLASS = 16;
export const RUN_MARGIN = 20;
export const RUN_SCRATCH = 24; // where layers and decisions work, see arena.ts
export const RUN_ROWS = 28; // u32 [projection], its first row of weights
export const RUN_SPILL = 32; // events of a row that fired more than once, until the row is done
export const RUN_TABLE = 36; // places of the set bits of every byte, in SIMD builds
export const RUN_EVIDENCE = 40; // u32 [MAX_EXITS], i32 [class] of each exit: its spikes since begin, or its membranes
export const RUN_IMAGE = 56; // of begin; networks of one step read it in their step
export const RUN_UNUSUAL = 60; // 1: a guard was left in the first step, so all steps run
export const RUN_BYTES = 64;

// State of a layer. Counters run from begin on.
//
//   0    8      16     24          32       36    40    44    48     52
//   ├────┼──────┼──────┼───────────┼────────┼─────┼─────┼─────┼──────┼─┤
//   │sops│events│spikes│comparisons│membrane│input│tally│fired│starts│0│
//   └────┴──────┴──────┴───────────┴────────┴─────┴─────┴─────┴──────┴─┘
export const STATE_SOPS = 0; // u64, synapses visited by the events that reached this layer
export const STATE_EVENTS = 8; // u64, neurons that fired, once per step
export const STATE_SPIKES = 16; // u64, an event of a burst counts all its spikes
export const STATE_COMPARISONS = 24; // u64, of a max pool: events that its windows saw
// Layers that fire once, in networks of one step, have no use for a potential afterwards: one row serves all.
export const STATE_MEMBRANE = 32; // i16 or i32 [height][width][channel], or [width][channel]
export const STATE_INPUT = 36; // the same shape, the image's constant input, or 0
export const STATE_TALLY = 40; // i32 [height][width][channel], spikes since begin: of exits, max pools and their sources; or 0
// Events of the latest step. Row y has its own segment of FIRED: neurons that fired once, then those that fired twice, up
// to K times; where spikes may be negative, then those of −1 to −K times. The events of one count ascend.
export const STATE_FIRED = 44; // u16 [height][width · channels], x · channels + channel of each event, or 0
export const STATE_STARTS = 48; // u16 [height][count][width + 1], first event of position x in the row's segment; end
export const STATE_BYTES = 56;

// Written by boards/build/constants.mjs from assembly/shared; a test compares. Do not edit.
#ifndef SNN_CONSTANTS_H
#define SNN_CONSTANTS_H

// assembly/shared/format.ts
// Shared by the AssemblyScript engine and the TypeScript tools: bare constants only, no imports, no types.
//
// The `.snn` file, little-endian. Every offset below is in bytes from the start of its record.
//
//   0        4         8        12        16           40           44           48
//   ├────────┼─────────┼────────┼─────────┼─── ⋯ ──────┼────────────┼────────────┼──────────────┐
//   │ magic  │ version │ CRC-32 │ NET at  │ ⋯ META at  │ weights at │ file bytes │ sections ⋯   │
//   └────────┴─────────┴────────┴─────────┴─── ⋯ ──────┴────────────┴────────────┴──────────────┘
//   The CRC covers everything after it. Sections stand in the order of their numbers, each from a multiple of 16 on;
//   a section ends where the next one begins. The weights come last, so that they can stay in flash.
//
// Versions: 1 int8 weights; 2 groups, weights of 2 to 8 bits, negative spikes; 3 unsigned rows for sums in registers;
// 4 no section ids, exits a field of their layer, neurons as wide as their membranes, fusion tables by rows; 5 guards.

#define SNN_MAGIC 0x1a4e4e53 // "SNN" and a control-Z
#define SNN_VERSION 5
#define SNN_VERSION_UNGUARDED 4 // of every file without guards, which is else the same
#define SNN_HEADER_BYTES 48
#define SNN_HEADER_VERSION 4 // u32
#define SNN_HEADER_CRC 8 // u32
#define SNN_HEADER_OFFSETS 12 // u32 per section, from the start of the file; then u32, the file's size
#define SNN_HEADER_FILE_BYTES 44 // u32
#define SNN_SECTION_ALIGN 16

#define SNN_SECTION_NET 0 // one NET record, then one u8 padding pixel per input channel
#define SNN_SECTION_LAYERS 1 // one LAYER record per layer, sources before targets
#define SNN_SECTION_PROJECTIONS 2 // one PROJ record per projection, those of the first layer first
#define SNN_SECTION_NEURONS 3 // arrays of one value per channel, see below
#define SNN_SECTION_FUSION 4 // how the exits' evidence is combined, see below
#define SNN_SECTION_STOP 5 // i32 margin [row][exit], row r holds for step r + 1; then the guards, see below
#define SNN_SECTION_META 6 // UTF-8 JSON for people and tools, blanks at its end; the engine skips it
#define SNN_SECTION_WEIGHTS 7 // 2 to 8 bits each
#define SNN_SECTIONS 8

// NET record. Pixels arrive as u8 [height][width][channel].
//
//   0        2      4     6      7       8     10      12     14          16    18        20        22
//   ├────────┼──────┼─────┼──────┼───────┼─────┼───────┼──────┼───────────┼─────┼─────────┼─────────┤
//   │channels│height│width│timing│readout│steps│classes│layers│projections│exits│fuse rows│stop rows│
//   └────────┴──────┴─────┴──────┴───────┴─────┴───────┴──────┴───────────┴─────┴─────────┴─────────┘
#define SNN_NET_BYTES 22
#define SNN_NET_CHANNELS 0 // u16
#define SNN_NET_HEIGHT 2 // u16
#define SNN_NET_WIDTH 4 // u16
#define SNN_NET_TIMING 6 // u8
#define SNN_NET_READOUT 7 // u8, what the exits are read by, and so how they are fused
#define SNN_NET_STEPS 8 // u16, the last time step
#define SNN_NET_CLASSES 10 // u16
#define SNN_NET_LAYERS 12 // u16
#define SNN_NET_PROJECTIONS 14 // u16
#define SNN_NET_EXITS 16 // u16
#define SNN_NET_FUSE_ROWS 18 // u16, at least 1; the last row holds for all later steps
#define SNN_NET_STOP_ROWS 20 // u16; steps beyond the table never stop early

#define SNN_TIMING_IMMEDIATE 0 // a layer sees the spikes of the same step
#define SNN_TIMING_PIPELINED 1 // a layer sees the spikes of the step before

#define SNN_READOUT_SPIKES 0 // exits are IF neurons, their spike counts are the evidence: Beta prior, binomial evidence
#define SNN_READOUT_MEMBRANES 1 // exits never fire, their membrane potentials are the evidence: weighted log-odds

// LAYER record.
//
//   0        2      4     6    7     8    9      10    11 12               14          16         20      24
//   ├────────┼──────┼─────┼────┼─────┼────┼──────┼─────┼──┼────────────────┼───────────┼──────────┼───────┤
//   │channels│height│width│exit│burst│is32│signed│shift│gd│first projection│projections│neurons at│ floor │
//   └────────┴──────┴─────┴────┴─────┴────┴──────┴─────┴──┴────────────────┴───────────┴──────────┴───────┘
#define SNN_LAYER_BYTES 24
#define SNN_LAYER_CHANNELS 0 // u16
#define SNN_LAYER_HEIGHT 2 // u16
#define SNN_LAYER_WIDTH 4 // u16
#define SNN_LAYER_EXIT 6 // u8, 1: a classifier, one neuron per class; the last layer is the final exit
#define SNN_LAYER_BURST 7 // u8, K: the most spikes of a neuron within one step, up to MAX_BURST
#define SNN_LAYER_IS32 8 // u8, membranes of 0: 16 bits, 1: 32 bits
#define SNN_LAYER_SIGNED 9 // u8, 1: neurons fire negative spikes too (LeakyReLU)
#define SNN_LAYER_SHIFT 10 // u8, right shift of the image's input, see below
#define SNN_LAYER_GUARD 11 // u8, 1: the stop section has bounds of its spikes
#define SNN_LAYER_FIRST_PROJECTION 12 // u16, index of its first PROJ record: the sum of those of the layers before
#define SNN_LAYER_PROJECTIONS 14 // u16, how many
#define SNN_LAYER_NEURONS 16 // u32, offset of its first array inside the neurons, a multiple of 16
#define SNN_LAYER_FLOOR 20 // i32, the membrane potential never stays below it

// PROJ record: the synapses from one source into the layer that owns it.
//
//   0      2    3    4        5        6       7        8        10       12     14 16         20
//   ├──────┼────┼────┼────────┼────────┼───────┼────────┼────────┼────────┼──────┼──┼──────────┤
//   │source│kind│bits│stride y│stride x│pad top│pad left│kernel h│kernel w│groups│ 0│weights at│
//   └──────┴────┴────┴────────┴────────┴───────┴────────┴────────┴────────┴──────┴──┴──────────┘
#define SNN_PROJ_BYTES 20
#define SNN_PROJ_SOURCE 0 // u16, layer index or SOURCE_IMAGE
#define SNN_PROJ_KIND 2 // u8
#define SNN_PROJ_BITS 3 // u8, bits per weight, 2 to 8
#define SNN_PROJ_STRIDE_Y 4 // u8
#define SNN_PROJ_STRIDE_X 5 // u8
#define SNN_PROJ_PAD_TOP 6 // u8
#define SNN_PROJ_PAD_LEFT 7 // u8
#define SNN_PROJ_KERNEL_H 8 // u16
#define SNN_PROJ_KERNEL_W 10 // u16
#define SNN_PROJ_GROUPS 12 // u16, of the source's and target's channels: depthwise has one per channel
#define SNN_PROJ_WEIGHTS 16 // u32, offset of its first row inside the weights, a multiple of 16

#define SNN_SOURCE_IMAGE 0xffff

#define SNN_KIND_CONV 0 // rows [ky][kx][source channel]; dense = a kernel as large as the source
#define SNN_KIND_POOLED 1 // all taps of the window share their weights: rows [source channel]
#define SNN_KIND_MAX 2 // no weights: what the largest count in the window, channel by channel, has grown by

// A row: the weights from one source channel to all channels of its group, b bits each, low bits first, padded to a
// byte. A weight w stands as w + 2^(b−1): sums of unsigned bytes need no sign extension. 8-bit rows of projections
// without groups are padded to 16 weights; unless the source is the image, the two halves of each 16 are interleaved:
//
//   place    0  1  2  3  4  ⋯ 14  15
//   channel  0  8  1  9  2  ⋯  7  15        neighbours that kernels sum in one lane
//
// The image has rows of 8 bits and no groups.
#define SNN_ROW_BLOCK 16

// Neurons: for every layer the arrays threshold (> 0), start (membrane potential before the first step), where the layer
// is signed the negative threshold (> 0: a negative spike at v <= −it), and bias; each as wide as the layer's membranes
// and padded to 16 channels, in the unit of the channel's weights. A layer on the image has its bias in 32 bits, and
// the constant input (bias + Σ weight·pixel + half) >> shift instead, computed once and, in 16 bits, clamped to
// ±INPUT_LIMIT; its other arrays are in the shifted unit.
#define SNN_NEURON_BLOCK 16
#define SNN_INPUT_LIMIT 16383

// Fusion, i32 [row][word]; row r holds for step r + 1. Of READOUT_SPIKES a row is the strength of the prior, α·ALPHA_ONE,
// of every exit but the first. Of READOUT_MEMBRANES it has one stage per exit e: the weights of exits 0..e (·FUSE_ONE),
// then the temperature g (u32): a difference d of fused potentials is worth d·g / 2^FUSE_GAIN_BITS bits of log-odds.
#define SNN_ALPHA_ONE 16
#define SNN_FUSE_ONE 256
#define SNN_FUSE_ONE_BITS 8
#define SNN_FUSE_GAIN_BITS 32

// Guards, after the margins: u32 low, u32 high for every layer with LAYER_GUARD, in order. An image runs all its steps where
// after the first one, of s spikes in that layer and n in the source of its first projection, s·2^GUARD_BITS is less
// than low·(n + 1) or more than high·(n + 1). Before the first exit, in networks with immediate timing.
#define SNN_GUARD_BYTES 8
#define SNN_GUARD_LOW 0 // both below 2^MAX_GUARD_BITS
#define SNN_GUARD_HIGH 4
#define SNN_GUARD_BITS 16

// Posteriors and margins of probabilities are fixed-point numbers with this 1.
#define SNN_POSTERIOR_ONE 65536
#define SNN_POSTERIOR_BITS 16
#define SNN_CHAIN_BITS 30 // of the posteriors that the Beta fusion hands from exit to exit

// assembly/shared/limits.ts
// Shared by the engine and the tools: what a model may not exceed, and the arithmetic that demands it.

#define SNN_MAX_EXITS 4 // the engine keeps one pointer to the evidence of each
#define SNN_MAX_CHANCES 4095 // burst limit × steps, the N of the fusion: its products stay below 2^63
#define SNN_MAX_ALPHA 255 // α of the fusion, before ALPHA_ONE: the paper's grid ends at 100
#define SNN_MAX_LAYERS 1024 // a run visits them all in every step; the paper's deepest network has 52
#define SNN_MAX_ROW 65535 // width × channels: events of a row are u16, and so is their number
#define SNN_MAX_BURST 64 // a layer counts its events by spike count
#define SNN_MAX_ARENA 0x40000000 // 1 GiB, far from the sign bit of a 32-bit address
#define SNN_MAX_SHIFT 15 // an input of 32 bits keeps 17
#define SNN_MAX_GUARD_BITS 28 // times the spikes of the largest layer, below 2^36
#define SNN_NEVER 0x7fffffff // a stop margin that is never reached

// assembly/shared/state.ts
// Shared by the engine, the hosts and the tests: what a running network keeps in its arena, in bytes from the
// start of its record. All values are little-endian; pointers are u32.

// Net state.
//
//   0     4    8       12   16    20     24      28   32    36    40       56    60
//   ├─────┼────┼───────┼────┼─────┼──────┼───────┼────┼─────┼─────┼────────┼─────┼───────┤
//   │model│step│stopped│exit│class│margin│scratch│rows│spill│table│evidence│image│unusual│   then one layer state per layer
//   └─────┴────┴───────┴────┴─────┴──────┴───────┴────┴─────┴─────┴────────┴─────┴───────┘
#define SNN_RUN_MODEL 0
#define SNN_RUN_STEP 4 // steps done since begin
#define SNN_RUN_STOPPED 8
#define SNN_RUN_EXIT 12 // the exit that the answer stands on: evidence of 0..exit is fused
#define SNN_RUN_CLASS 16
#define SNN_RUN_MARGIN 20
#define SNN_RUN_SCRATCH 24 // where layers and decisions work, see arena.ts
#define SNN_RUN_ROWS 28 // u32 [projection], its first row of weights
#define SNN_RUN_SPILL 32 // events of a row that fired more than once, until the row is done
#define SNN_RUN_TABLE 36 // places of the set bits of every byte, in SIMD builds
#define SNN_RUN_EVIDENCE 40 // u32 [MAX_EXITS], i32 [class] of each exit: its spikes since begin, or its membranes
#define SNN_RUN_IMAGE 56 // of begin; networks of one step read it in their step
#define SNN_RUN_UNUSUAL 60 // 1: a guard was left in the first step, so all steps run
#define SNN_RUN_BYTES 64

// State of a layer. Counters run from begin on.
//
//   0    8      16     24          32       36    40    44    48     52
//   ├────┼──────┼──────┼───────────┼────────┼─────┼─────┼─────┼──────┼─┤
//   │sops│events│spikes│comparisons│membrane│input│tally│fired│starts│0│
//   └────┴──────┴──────┴───────────┴────────┴─────┴─────┴─────┴──────┴─┘
#define SNN_STATE_SOPS 0 // u64, synapses visited by the events that reached this layer
#define SNN_STATE_EVENTS 8 // u64, neurons that fired, once per step
#define SNN_STATE_SPIKES 16 // u64, an event of a burst counts all its spikes
#define SNN_STATE_COMPARISONS 24 // u64, of a max pool: events that its windows saw
// Layers that fire once, in networks of one step, have no use for a potential afterwards: one row serves all.
#define SNN_STATE_MEMBRANE 32 // i16 or i32 [height][width][channel], or [width][channel]
#define SNN_STATE_INPUT 36 // the same shape, the image's constant input, or 0
#define SNN_STATE_TALLY 40 // i32 [height][width][channel], spikes since begin: of exits, max pools and their sources; or 0
// Events of the latest step. Row y has its own segment of FIRED: neurons that fired once, then those that fired twice, up
// to K times; where spikes may be negative, then those of −1 to −K times. The events of one count ascend.
#define SNN_STATE_FIRED 44 // u16 [height][width · channels], x · channels + channel of each event, or 0
#define SNN_STATE_STARTS 48 // u16 [height][count][width + 1], first event of position x in the row's segment; end
#define SNN_STATE_BYTES 56

// assembly/shared/status.ts
// Shared by the engine, the WASI command, the hosts and the tools.

// Process exit codes.
#define SNN_EXIT_OK 0
#define SNN_EXIT_USAGE 1
#define SNN_EXIT_MODEL 2
#define SNN_EXIT_DATA 3
#define SNN_EXIT_IO 4

// What the engine says of a model; 0 is fine.
#define SNN_STATUS_OK 0
#define SNN_STATUS_TRUNCATED 1
#define SNN_STATUS_MAGIC 2
#define SNN_STATUS_VERSION 3
#define SNN_STATUS_SIZE 4
#define SNN_STATUS_CRC 5
#define SNN_STATUS_SECTION 6
#define SNN_STATUS_NET 7
#define SNN_STATUS_LAYER 8
#define SNN_STATUS_PROJECTION 9
#define SNN_STATUS_ARENA 10

#endif

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

export const MAGIC = 0x1a4e4e53; // "SNN" and a control-Z
export const VERSION = 5;
export const VERSION_UNGUARDED = 4; // of every file without guards, which is else the same
export const HEADER_BYTES = 48;
export const HEADER_VERSION = 4; // u32
export const HEADER_CRC = 8; // u32
export const HEADER_OFFSETS = 12; // u32 per section, from the start of the file; then u32, the file's size
export const HEADER_FILE_BYTES = 44; // u32
export const SECTION_ALIGN = 16;

export const SECTION_NET = 0; // one NET record, then one u8 padding pixel per input channel
export const SECTION_LAYERS = 1; // one LAYER record per layer, sources before targets
export const SECTION_PROJECTIONS = 2; // one PROJ record per projection, those of the first layer first
export const SECTION_NEURONS = 3; // arrays of one value per channel, see below
export const SECTION_FUSION = 4; // how the exits' evidence is combined, see below
export const SECTION_STOP = 5; // i32 margin [row][exit], row r holds for step r + 1; then the guards, see below
export const SECTION_META = 6; // UTF-8 JSON for people and tools, blanks at its end; the engine skips it
export const SECTION_WEIGHTS = 7; // 2 to 8 bits each
export const SECTIONS = 8;

// NET record. Pixels arrive as u8 [height][width][channel].
//
//   0        2      4     6      7       8     10      12     14          16    18        20        22
//   ├────────┼──────┼─────┼──────┼───────┼─────┼───────┼──────┼───────────┼─────┼─────────┼─────────┤
//   │channels│height│width│timing│readout│steps│classes│layers│projections│exits│fuse rows│stop rows│
//   └────────┴──────┴─────┴──────┴───────┴─────┴───────┴──────┴───────────┴─────┴─────────┴─────────┘
export const NET_BYTES = 22;
export const NET_CHANNELS = 0; // u16
export const NET_HEIGHT = 2; // u16
export const NET_WIDTH = 4; // u16
export const NET_TIMING = 6; // u8
export const NET_READOUT = 7; // u8, what the exits are read by, and so how they are fused
export const NET_STEPS = 8; // u16, the last time step
export const NET_CLASSES = 10; // u16
export const NET_LAYERS = 12; // u16
export const NET_PROJECTIONS = 14; // u16
export const NET_EXITS = 16; // u16
export const NET_FUSE_ROWS = 18; // u16, at least 1; the last row holds for all later steps
export const NET_STOP_ROWS = 20; // u16; steps beyond the table never stop early

export const TIMING_IMMEDIATE = 0; // a layer sees the spikes of the same step
export const TIMING_PIPELINED = 1; // a layer sees the spikes of the step before

export const READOUT_SPIKES = 0; // exits are IF neurons, their spike counts are the evidence: Beta prior, binomial evidence
export const READOUT_MEMBRANES = 1; // exits never fire, their membrane potentials are the evidence: weighted log-odds

// LAYER record.
//
//   0        2      4     6    7     8    9      10    11 12               14          16         20      24
//   ├────────┼──────┼─────┼────┼─────┼────┼──────┼─────┼──┼────────────────┼───────────┼──────────┼───────┤
//   │channels│height│width│exit│burst│is32│signed│shift│gd│first projection│projections│neurons at│ floor │
//   └────────┴──────┴─────┴────┴─────┴────┴──────┴─────┴──┴────────────────┴───────────┴──────────┴───────┘
export const LAYER_BYTES = 24;
export const LAYER_CHANNELS = 0; // u16
export const LAYER_HEIGHT = 2; // u16
export const LAYER_WIDTH = 4; // u16
export const LAYER_EXIT = 6; // u8, 1: a classifier, one neuron per class; the last layer is the final exit
export const LAYER_BURST = 7; // u8, K: the most spikes of a neuron within one step, up to MAX_BURST
export const LAYER_IS32 = 8; // u8, membranes of 0: 16 bits, 1: 32 bits
export const LAYER_SIGNED = 9; // u8, 1: neurons fire negative spikes too (LeakyReLU)
export const LAYER_SHIFT = 10; // u8, right shift of the image's input, see below
export const LAYER_GUARD = 11; // u8, 1: the stop section has bounds of its spikes
export const LAYER_FIRST_PROJECTION = 12; // u16, index of its first PROJ record: the sum of those of the layers before
export const LAYER_PROJECTIONS = 14; // u16, how many
export const LAYER_NEURONS = 16; // u32, offset of its first array inside the neurons, a multiple of 16
export const LAYER_FLOOR = 20; // i32, the membrane potential never stays below it

// PROJ record: the synapses from one source into the layer that owns it.
//
//   0      2    3    4        5        6       7        8        10       12     14 16         20
//   ├──────┼────┼────┼────────┼────────┼───────┼────────┼────────┼────────┼──────┼──┼──────────┤
//   │source│kind│bits│stride y│stride x│pad top│pad left│kernel h│kernel w│groups│ 0│weights at│
//   └──────┴────┴────┴────────┴────────┴───────┴────────┴────────┴────────┴──────┴──┴──────────┘
export const PROJ_BYTES = 20;
export const PROJ_SOURCE = 0; // u16, layer index or SOURCE_IMAGE
export const PROJ_KIND = 2; // u8
export const PROJ_BITS = 3; // u8, bits per weight, 2 to 8
export const PROJ_STRIDE_Y = 4; // u8
export const PROJ_STRIDE_X = 5; // u8
export const PROJ_PAD_TOP = 6; // u8
export const PROJ_PAD_LEFT = 7; // u8
export const PROJ_KERNEL_H = 8; // u16
export const PROJ_KERNEL_W = 10; // u16
export const PROJ_GROUPS = 12; // u16, of the source's and target's channels: depthwise has one per channel
export const PROJ_WEIGHTS = 16; // u32, offset of its first row inside the weights, a multiple of 16

export const SOURCE_IMAGE = 0xffff;

export const KIND_CONV = 0; // rows [ky][kx][source channel]; dense = a kernel as large as the source
export const KIND_POOLED = 1; // all taps of the window share their weights: rows [source channel]
export const KIND_MAX = 2; // no weights: what the largest count in the window, channel by channel, has grown by

// A row: the weights from one source channel to all channels of its group, b bits each, low bits first, padded to a
// byte. A weight w stands as w + 2^(b−1): sums of unsigned bytes need no sign extension. 8-bit rows of projections
// without groups are padded to 16 weights; unless the source is the image, the two halves of each 16 are interleaved:
//
//   place    0  1  2  3  4  ⋯ 14  15
//   channel  0  8  1  9  2  ⋯  7  15        neighbours that kernels sum in one lane
//
// The image has rows of 8 bits and no groups.
export const ROW_BLOCK = 16;

// Neurons: for every layer the arrays threshold (> 0), start (membrane potential before the first step), where the layer
// is signed the negative threshold (> 0: a negative spike at v <= −it), and bias; each as wide as the layer's membranes
// and padded to 16 channels, in the unit of the channel's weights. A layer on the image has its bias in 32 bits, and
// the constant input (bias + Σ weight·pixel + half) >> shift instead, computed once and, in 16 bits, clamped to
// ±INPUT_LIMIT; its other arrays are in the shifted unit.
export const NEURON_BLOCK = 16;
export const INPUT_LIMIT = 16383;

// Fusion, i32 [row][word]; row r holds for step r + 1. Of READOUT_SPIKES a row is the strength of the prior, α·ALPHA_ONE,
// of every exit but the first. Of READOUT_MEMBRANES it has one stage per exit e: the weights of exits 0..e (·FUSE_ONE),
// then the temperature g (u32): a difference d of fused potentials is worth d·g / 2^FUSE_GAIN_BITS bits of log-odds.
export const ALPHA_ONE = 16;
export const FUSE_ONE = 256;
export const FUSE_ONE_BITS = 8;
export const FUSE_GAIN_BITS = 32;

// Guards, after the margins: u32 low, u32 high for every layer with LAYER_GUARD, in order. An image runs all its steps where
// after the first one, of s spikes in that layer and n in the source of its first projection, s·2^GUARD_BITS is less
// than low·(n + 1) or more than high·(n + 1). Before the first exit, in networks with immediate timing.
export const GUARD_BYTES = 8;
export const GUARD_LOW = 0; // both below 2^MAX_GUARD_BITS
export const GUARD_HIGH = 4;
export const GUARD_BITS = 16;

// Posteriors and margins of probabilities are fixed-point numbers with this 1.
export const POSTERIOR_ONE = 65536;
export const POSTERIOR_BITS = 16;
export const CHAIN_BITS = 30; // of the posteriors that the Beta fusion hands from exit to exit

// Shared by the AssemblyScript engine and the TypeScript tools: bare constants only, no imports, no types.
//
// The `.snn` file, little-endian. Every offset below is in bytes from the start of its record.
//
//   0        4      6        8            12       16
//   ├────────┼──────┼────────┼────────────┼────────┼─────────────────────────┬──────────┬─────┐
//   │ magic  │ vers │ count  │ file bytes │ CRC-32 │ count × section entry   │ sections │ … W │
//   └────────┴──────┴────────┴────────────┴────────┴─────────────────────────┴──────────┴─────┘
//   The CRC covers everything behind it. Sections start on 16 bytes, in the order of their ids;
//   the weights come last, so that they can stay in flash.

export const MAGIC = 0x1a4e4e53; // "SNN" and a control-Z
export const VERSION = 3;
export const HEADER_BYTES = 16;
export const HEADER_VERSION = 4; // u16
export const HEADER_SECTIONS = 6; // u16
export const HEADER_FILE_BYTES = 8; // u32
export const HEADER_CRC = 12; // u32
export const SECTION_ALIGN = 16;

// Section entry: id u32 (four ASCII letters), offset u32 from the start of the file, length u32.
export const ENTRY_BYTES = 12;
export const ENTRY_OFFSET = 4;
export const ENTRY_LENGTH = 8;
export const SECTION_NET = 0x2054454e; // "NET "  one NET record, then one u8 padding pixel per input channel
export const SECTION_LAYERS = 0x5259414c; // "LAYR"  one LAYER record per layer, sources before targets
export const SECTION_SYNAPSES = 0x414e5953; // "SYNA"  one SYN record per group of synapses
export const SECTION_NEURONS = 0x5255454e; // "NEUR"  arrays of i32, one value per channel, see below
export const SECTION_EXITS = 0x54495845; // "EXIT"  u16 layer index per exit, earliest first
export const SECTION_FUSION = 0x45535546; // "FUSE"  how the exits' evidence is combined, see below
export const SECTION_STOP = 0x504f5453; // "STOP"  i32 margin [row][exit]; row r holds for step r + 1
export const SECTION_META = 0x4154454d; // "META"  UTF-8 JSON for people and tools; the engine skips it
export const SECTION_WEIGHTS = 0x54484757; // "WGHT"  2 to 8 bits each
export const SECTION_COUNT = 9;

// NET record. Pixels arrive as u8 [height][width][channel].
export const NET_BYTES = 20;
export const NET_CHANNELS = 0; // u16
export const NET_HEIGHT = 2; // u16
export const NET_WIDTH = 4; // u16
export const NET_TIMING = 6; // u8
export const NET_FUSION = 7; // u8
export const NET_STEPS = 8; // u16, the last time step
export const NET_CLASSES = 10; // u16
export const NET_LAYERS = 12; // u16
export const NET_SYNAPSES = 14; // u16
export const NET_EXITS = 16; // u16
export const NET_STOP_ROWS = 18; // u16; steps beyond the table never stop early

export const TIMING_IMMEDIATE = 0; // a layer sees the spikes of the same step
export const TIMING_PIPELINED = 1; // a layer sees the spikes of the step before

export const FUSION_BETA = 1; // spike counts: Beta prior, binomial evidence
export const FUSION_CURRENT = 2; // accumulated currents: weighted sum of log-odds

// LAYER record.
export const LAYER_BYTES = 24;
export const LAYER_CHANNELS = 0; // u16
export const LAYER_HEIGHT = 2; // u16
export const LAYER_WIDTH = 4; // u16
export const LAYER_READOUT = 6; // u8
export const LAYER_BURST = 7; // u8, K: most spikes of a neuron within one step, up to MAX_BURST
export const LAYER_MEMBRANE_BITS = 8; // u8, 16 or 32
export const LAYER_SHIFT = 9; // u8, right shift of the image current, see below
export const LAYER_FIRST_SYNAPSES = 10; // u16, index of its first SYN record
export const LAYER_SYNAPSES = 12; // u16, how many
export const LAYER_SIGNED = 14; // u8, 1: neurons fire negative spikes too (LeakyReLU)
export const LAYER_RESERVED = 15; // u8, zero
export const LAYER_NEURONS = 16; // u32, offset of its first array inside NEUR
export const LAYER_FLOOR = 20; // i32, the membrane potential never stays below it

export const READOUT_SPIKES = 0; // IF neurons; on an exit their counts are the evidence
export const READOUT_CURRENT = 1; // never fires; the membrane potential is the evidence (exits only)

// SYN record: a group of synapses from one source into the layer that owns it.
export const SYN_BYTES = 24;
export const SYN_SOURCE = 0; // u16, layer index or SOURCE_IMAGE
export const SYN_KIND = 2; // u8
export const SYN_STRIDE_Y = 3; // u8
export const SYN_STRIDE_X = 4; // u8
export const SYN_PAD_TOP = 5; // u8
export const SYN_PAD_LEFT = 6; // u8
export const SYN_BITS = 7; // u8, bits per weight, 2 to 8; 8 where there are no weights
export const SYN_KERNEL_H = 8; // u16
export const SYN_KERNEL_W = 10; // u16
export const SYN_WEIGHTS = 12; // u32, offset inside WGHT
export const SYN_WEIGHT_BYTES = 16; // u32
export const SYN_GROUPS = 20; // u16, of a convolution: depthwise has one per channel; 0 for other kinds
export const SYN_RESERVED = 22; // u16, zero

export const SOURCE_IMAGE = 0xffff;

// A row holds the weights from one source channel to the channels of its group, channels / groups of them, least
// significant bits first, and ends on a whole byte. A weight w of b bits is stored as w + 2^(b−1): sums of unsigned
// bytes need no sign extension. Rows of 8 bits that are not split into groups end on a block of ROW_BLOCK weights, and,
// but for those of the image, interleave its halves: channels 0, 8, 1, 9, … 7, 15, the neighbours that kernels sum.
export const ROW_BLOCK = 16;
export const KIND_CONV = 0; // rows [ky][kx][source channel]; dense = a kernel as large as the source
export const KIND_POOLED = 1; // global sum, then dense: rows [source channel]
export const KIND_POOL = 2; // global sum, channel by channel: no weights

// NEUR section: for every layer the arrays threshold (> 0), bias, start (membrane potential before the first step) and,
// where LAYER_SIGNED is 1, the negative threshold (> 0: a negative spike at v <= −it). i32, in the unit of the
// channel's weights. A layer on the image gets the constant current (bias + Σ weight·pixel + half) >> shift instead of
// the bias, computed once and, in 16 bits, clamped to ±CURRENT_MOST; its other arrays are in the shifted unit.
export const NEURON_THRESHOLD = 0;
export const NEURON_BIAS = 1;
export const NEURON_START = 2;
export const NEURON_NEGATIVE = 3;
export const CURRENT_MOST = 16383;

// FUSE section of FUSION_BETA: for every exit but the first a table of knots of α over the step, piecewise linear:
//   u16 knots, u16 zero, then knots × { u16 step, u16 α·ALPHA_ONE }, steps increasing.
export const ALPHA_ONE = 16;

// FUSE section of FUSION_CURRENT: u16 rows, u16 zero, then rows of i32; row r holds for step r + 1, the last row
// for all later ones. A row has one stage per exit e: the weights of exits 0..e (·FUSE_ONE), then the
// temperature g (u32): a difference d of fused currents is worth d·g / 2^FUSE_GAIN_BITS bits of log-odds.
export const FUSE_ONE = 256;
export const FUSE_ONE_BITS = 8;
export const FUSE_GAIN_BITS = 32;

// Posteriors and margins of probabilities are fixed-point numbers with this 1.
export const POSTERIOR_ONE = 65536;
export const POSTERIOR_BITS = 16;

// Written by boards/build/constants.mjs from assembly/shared; a test compares. Do not edit.
#ifndef SNN_CONSTANTS_H
#define SNN_CONSTANTS_H

// assembly/shared/format.ts
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

#define SNN_MAGIC 0x1a4e4e53 // "SNN" and a control-Z
#define SNN_VERSION 3
#define SNN_HEADER_BYTES 16
#define SNN_HEADER_VERSION 4 // u16
#define SNN_HEADER_SECTIONS 6 // u16
#define SNN_HEADER_FILE_BYTES 8 // u32
#define SNN_HEADER_CRC 12 // u32
#define SNN_SECTION_ALIGN 16

// Section entry: id u32 (four ASCII letters), offset u32 from the start of the file, length u32.
#define SNN_ENTRY_BYTES 12
#define SNN_ENTRY_OFFSET 4
#define SNN_ENTRY_LENGTH 8
#define SNN_SECTION_NET 0x2054454e // "NET "  one NET record, then one u8 padding pixel per input channel
#define SNN_SECTION_LAYERS 0x5259414c // "LAYR"  one LAYER record per layer, sources before targets
#define SNN_SECTION_SYNAPSES 0x414e5953 // "SYNA"  one SYN record per group of synapses
#define SNN_SECTION_NEURONS 0x5255454e // "NEUR"  arrays of i32, one value per channel, see below
#define SNN_SECTION_EXITS 0x54495845 // "EXIT"  u16 layer index per exit, earliest first
#define SNN_SECTION_FUSION 0x45535546 // "FUSE"  how the exits' evidence is combined, see below
#define SNN_SECTION_STOP 0x504f5453 // "STOP"  i32 margin [row][exit]; row r holds for step r + 1
#define SNN_SECTION_META 0x4154454d // "META"  UTF-8 JSON for people and tools; the engine skips it
#define SNN_SECTION_WEIGHTS 0x54484757 // "WGHT"  2 to 8 bits each
#define SNN_SECTION_COUNT 9

// NET record. Pixels arrive as u8 [height][width][channel].
#define SNN_NET_BYTES 20
#define SNN_NET_CHANNELS 0 // u16
#define SNN_NET_HEIGHT 2 // u16
#define SNN_NET_WIDTH 4 // u16
#define SNN_NET_TIMING 6 // u8
#define SNN_NET_FUSION 7 // u8
#define SNN_NET_STEPS 8 // u16, the last time step
#define SNN_NET_CLASSES 10 // u16
#define SNN_NET_LAYERS 12 // u16
#define SNN_NET_SYNAPSES 14 // u16
#define SNN_NET_EXITS 16 // u16
#define SNN_NET_STOP_ROWS 18 // u16; steps beyond the table never stop early

#define SNN_TIMING_IMMEDIATE 0 // a layer sees the spikes of the same step
#define SNN_TIMING_PIPELINED 1 // a layer sees the spikes of the step before

#define SNN_FUSION_BETA 1 // spike counts: Beta prior, binomial evidence
#define SNN_FUSION_CURRENT 2 // accumulated currents: weighted sum of log-odds

// LAYER record.
#define SNN_LAYER_BYTES 24
#define SNN_LAYER_CHANNELS 0 // u16
#define SNN_LAYER_HEIGHT 2 // u16
#define SNN_LAYER_WIDTH 4 // u16
#define SNN_LAYER_READOUT 6 // u8
#define SNN_LAYER_BURST 7 // u8, K: most spikes of a neuron within one step, up to MAX_BURST
#define SNN_LAYER_MEMBRANE_BITS 8 // u8, 16 or 32
#define SNN_LAYER_SHIFT 9 // u8, right shift of the image current, see below
#define SNN_LAYER_FIRST_SYNAPSES 10 // u16, index of its first SYN record
#define SNN_LAYER_SYNAPSES 12 // u16, how many
#define SNN_LAYER_SIGNED 14 // u8, 1: neurons fire negative spikes too (LeakyReLU)
#define SNN_LAYER_RESERVED 15 // u8, zero
#define SNN_LAYER_NEURONS 16 // u32, offset of its first array inside NEUR
#define SNN_LAYER_FLOOR 20 // i32, the membrane potential never stays below it

#define SNN_READOUT_SPIKES 0 // IF neurons; on an exit their counts are the evidence
#define SNN_READOUT_CURRENT 1 // never fires; the membrane potential is the evidence (exits only)

// SYN record: a group of synapses from one source into the layer that owns it.
#define SNN_SYN_BYTES 24
#define SNN_SYN_SOURCE 0 // u16, layer index or SOURCE_IMAGE
#define SNN_SYN_KIND 2 // u8
#define SNN_SYN_STRIDE_Y 3 // u8
#define SNN_SYN_STRIDE_X 4 // u8
#define SNN_SYN_PAD_TOP 5 // u8
#define SNN_SYN_PAD_LEFT 6 // u8
#define SNN_SYN_BITS 7 // u8, bits per weight, 2 to 8; 8 where there are no weights
#define SNN_SYN_KERNEL_H 8 // u16
#define SNN_SYN_KERNEL_W 10 // u16
#define SNN_SYN_WEIGHTS 12 // u32, offset inside WGHT
#define SNN_SYN_WEIGHT_BYTES 16 // u32
#define SNN_SYN_GROUPS 20 // u16, of a convolution: depthwise has one per channel; 0 for other kinds
#define SNN_SYN_RESERVED 22 // u16, zero

#define SNN_SOURCE_IMAGE 0xffff

// A row holds the weights from one source channel to the channels of its group, channels / groups of them, least
// significant bits first, and ends on a whole byte. A weight w of b bits is stored as w + 2^(b−1): sums of unsigned
// bytes need no sign extension. Rows of 8 bits that are not split into groups end on a block of ROW_BLOCK weights, and,
// but for those of the image, interleave its halves: channels 0, 8, 1, 9, … 7, 15, the neighbours that kernels sum.
#define SNN_ROW_BLOCK 16
#define SNN_KIND_CONV 0 // rows [ky][kx][source channel]; dense = a kernel as large as the source
#define SNN_KIND_POOLED 1 // global sum, then dense: rows [source channel]
#define SNN_KIND_POOL 2 // global sum, channel by channel: no weights

// NEUR section: for every layer the arrays threshold (> 0), bias, start (membrane potential before the first step) and,
// where LAYER_SIGNED is 1, the negative threshold (> 0: a negative spike at v <= −it). i32, in the unit of the
// channel's weights. A layer on the image gets the constant current (bias + Σ weight·pixel + half) >> shift instead of
// the bias, computed once and, in 16 bits, clamped to ±CURRENT_MOST; its other arrays are in the shifted unit.
#define SNN_NEURON_THRESHOLD 0
#define SNN_NEURON_BIAS 1
#define SNN_NEURON_START 2
#define SNN_NEURON_NEGATIVE 3
#define SNN_CURRENT_MOST 16383

// FUSE section of FUSION_BETA: for every exit but the first a table of knots of α over the step, piecewise linear:
//   u16 knots, u16 zero, then knots × { u16 step, u16 α·ALPHA_ONE }, steps increasing.
#define SNN_ALPHA_ONE 16

// FUSE section of FUSION_CURRENT: u16 rows, u16 zero, then rows of i32; row r holds for step r + 1, the last row
// for all later ones. A row has one stage per exit e: the weights of exits 0..e (·FUSE_ONE), then the
// temperature g (u32): a difference d of fused currents is worth d·g / 2^FUSE_GAIN_BITS bits of log-odds.
#define SNN_FUSE_ONE 256
#define SNN_FUSE_ONE_BITS 8
#define SNN_FUSE_GAIN_BITS 32

// Posteriors and margins of probabilities are fixed-point numbers with this 1.
#define SNN_POSTERIOR_ONE 65536
#define SNN_POSTERIOR_BITS 16

// assembly/shared/limits.ts
// Shared by the engine and the tools: what a model may not exceed, and the arithmetic that demands it.

#define SNN_MAX_EXITS 4 // with MAX_CHANCES, posteriors of four chained exits stay exact in 64 bits
#define SNN_MAX_CHANCES 4095 // burst limit × steps, the N of the fusion
#define SNN_MAX_ALPHA 255 // α of the fusion, before ALPHA_ONE
#define SNN_MAX_LAYERS 1024
#define SNN_MAX_ROW 65535 // width × channels: events of a row are u16, and so is their number
#define SNN_MAX_BURST 64 // a layer keeps one list of events per spike count
#define SNN_MAX_ARENA 0x40000000 // 1 GiB, far from the sign bit of a 32-bit address
#define SNN_MAX_SHIFT 15
#define SNN_NEVER 0x7fffffff // a stop margin that is never reached

// assembly/shared/state.ts
// Shared by the engine, the hosts and the tests: what a running network keeps in its arena, in bytes from the
// start of its record. All values are little-endian; pointers are u32.

// Net state.
#define SNN_RUN_MODEL 0
#define SNN_RUN_STEP 4 // steps done since begin
#define SNN_RUN_STOPPED 8
#define SNN_RUN_EXIT 12 // the exit that the answer stands on: evidence of 0..exit is fused
#define SNN_RUN_CLASS 16
#define SNN_RUN_MARGIN 20
#define SNN_RUN_SCRATCH 24 // where layers and decisions work, see arena.ts
#define SNN_RUN_ROWS 28 // u32 [group of synapses], its first row of weights
#define SNN_RUN_LISTS 32 // events of a row that fired more than once, until the row is done
#define SNN_RUN_TABLE 36 // places of the set bits of every byte, in SIMD builds
#define SNN_RUN_BYTES 48

// State of a layer. Counters run from begin on.
#define SNN_STATE_SOPS 0 // u64, synapses visited by the events that reached this layer
#define SNN_STATE_EVENTS 8 // u64, neurons that fired, once per step
#define SNN_STATE_SPIKES 16 // u64, an event of a burst counts all its spikes
#define SNN_STATE_MEMBRANE 24 // i16 or i32 [height][width][channel]
#define SNN_STATE_CURRENT 28 // the same shape, constant current of the image, or 0
#define SNN_STATE_TALLY 32 // i32 [channel], spikes of an exit's neurons since begin, or 0
// Events of the latest step. Row y has its own segment of FIRED: neurons that fired once, then those that fired twice, up
// to K times; where spikes may be negative, −1 to −K times behind them. A list of one count ascends.
#define SNN_STATE_FIRED 36 // u16 [height][width · channels], x · channels + channel of each event, or 0
#define SNN_STATE_STARTS 40 // u16 [height][list][width + 1], first event of position x in the row's segment; end
#define SNN_STATE_UNITS 44 // i16 thresholds, then biases, of 16-bit membranes: channels rounded up to 16 each, or 0
#define SNN_STATE_BYTES 48

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
#define SNN_STATUS_SYNAPSES 9
#define SNN_STATUS_NEURON 10
#define SNN_STATUS_EXIT 11
#define SNN_STATUS_FUSION 12
#define SNN_STATUS_STOP 13
#define SNN_STATUS_ARENA 14

#endif

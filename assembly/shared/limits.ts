// Shared by the engine and the tools: what a model may not exceed, and the arithmetic that demands it.

export const MAX_EXITS = 4; // the engine keeps one pointer to the evidence of each
export const MAX_CHANCES = 4095; // burst limit × steps, the N of the fusion: its products stay below 2^63
export const MAX_ALPHA = 255; // α of the fusion, before ALPHA_ONE: the paper's grid ends at 100
export const MAX_LAYERS = 1024; // a run visits them all in every step; the paper's deepest network has 52
export const MAX_ROW = 65535; // width × channels: events of a row are u16, and so is their number
export const MAX_BURST = 64; // a layer counts its events by spike count
export const MAX_ARENA = 0x40000000; // 1 GiB, far from the sign bit of a 32-bit address
export const MAX_SHIFT = 15; // an input of 32 bits keeps 17
export const MAX_GUARD_BITS = 28; // times the spikes of the largest layer, below 2^36
export const NEVER = 0x7fffffff; // a stop margin that is never reached

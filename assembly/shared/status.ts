// Shared by the engine, the WASI command, the hosts and the tools.

// Process exit codes.
export const EXIT_OK = 0;
export const EXIT_USAGE = 1;
export const EXIT_MODEL = 2;
export const EXIT_DATA = 3;
export const EXIT_IO = 4;

// What the engine says of a model; 0 is fine.
export const STATUS_OK = 0;
export const STATUS_TRUNCATED = 1;
export const STATUS_MAGIC = 2;
export const STATUS_VERSION = 3;
export const STATUS_SIZE = 4;
export const STATUS_CRC = 5;
export const STATUS_SECTION = 6;
export const STATUS_NET = 7;
export const STATUS_LAYER = 8;
export const STATUS_PROJECTION = 9;
export const STATUS_ARENA = 10;

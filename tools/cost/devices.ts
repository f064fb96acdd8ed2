/** The devices that people have: the smallest that holds a network. */

export interface Device {
  name: string;
  core: string;
  /** Bytes for program and model, and for data. */
  flash: number;
  ram: number;
  /** Of ram, the largest piece with consecutive addresses. */
  block: number;
  source: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** By RAM, the scarcer of the two. */
export const DEVICES: Device[] = [
  {
    name: 'STM32F103C8',
    core: 'Cortex-M3',
    flash: 64 * KIB,
    ram: 20 * KIB,
    block: 20 * KIB,
    source: 'ST DS5319',
  },
  {
    name: 'STM32F405',
    core: 'Cortex-M4',
    flash: 1 * MIB,
    ram: 192 * KIB,
    block: 128 * KIB,
    source: 'ST DS8626: 112 + 16 KB of SRAM in one piece, 64 KB of CCM elsewhere',
  },
  {
    name: 'nRF52840',
    core: 'Cortex-M4',
    flash: 1 * MIB,
    ram: 256 * KIB,
    block: 256 * KIB,
    source: 'Nordic nRF52840 PS',
  },
  {
    name: 'RP2040',
    core: 'Cortex-M0+',
    flash: 2 * MIB,
    ram: 264 * KIB,
    block: 264 * KIB,
    source: 'RP2040 datasheet: six banks in one piece; Pico board',
  },
  {
    name: 'ESP32',
    core: 'Xtensa LX6',
    flash: 4 * MIB,
    ram: 320 * KIB,
    block: 160 * KIB,
    source: 'ESP-IDF, Memory Types: of 320 KB of DRAM 160 KB at most are static, the rest is heap',
  },
  {
    name: 'STM32F746',
    core: 'Cortex-M7',
    flash: 1 * MIB,
    ram: 320 * KIB,
    block: 320 * KIB,
    source: 'ST DS10916: 64 KB of DTCM, then 240 + 16 KB of SRAM, with no gap',
  },
  {
    name: 'RP2350',
    core: 'Cortex-M33',
    flash: 4 * MIB,
    ram: 520 * KIB,
    block: 520 * KIB,
    source: 'RP2350 datasheet: ten banks in one piece; Pico 2 board',
  },
  {
    name: 'STM32L4R5',
    core: 'Cortex-M4',
    flash: 2 * MIB,
    ram: 640 * KIB,
    block: 640 * KIB,
    source: 'ST DS12023: 192 + 64 + 384 KB with no gap (MLPerf Tiny’s reference)',
  },
  {
    name: 'STM32H743',
    core: 'Cortex-M7',
    flash: 2 * MIB,
    ram: 1 * MIB,
    block: 512 * KIB,
    source: 'ST DS12110: 512 KB of AXI SRAM; 288, 128 and 64 KB elsewhere',
  },
  {
    name: 'ESP32-S3 with PSRAM',
    core: 'Xtensa LX7',
    flash: 16 * MIB,
    ram: 8 * MIB,
    block: 8 * MIB,
    source: 'ESP32-S3-WROOM-1 N16R8',
  },
  {
    name: 'Raspberry Pi Zero 2 W',
    core: 'Cortex-A53',
    flash: 8 * KIB * MIB,
    ram: 512 * MIB,
    block: 512 * MIB,
    source: 'Raspberry Pi product brief, 8 GB card',
  },
];

/** The first device with so much flash and RAM, and with so much of the RAM in one piece; undefined where none has. */
export function smallestDevice(flash: number, ram: number, block: number): Device | undefined {
  return DEVICES.find((d) => d.flash >= flash && d.ram >= ram && d.block >= block);
}

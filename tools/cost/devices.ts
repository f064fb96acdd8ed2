/** What a model needs beside itself, and the devices that people have: the smallest that holds it. */

/** Bytes of the runtime: WAMR 2.4, fast interpreter, on a Cortex-M3, with a harness (measured: shared/MCU.md's table). */
export const RUNTIME = { name: 'WAMR 2.4, fast interpreter', flash: 91_440, ram: 25_416 } as const;

export interface Device {
  name: string;
  core: string;
  /** Bytes for program and model, and for data. */
  flash: number;
  ram: number;
  source: string;
}

const KIB = 1024;
const MIB = 1024 * KIB;

/** By RAM, the scarcer of the two. */
export const DEVICES: Device[] = [
  { name: 'STM32F103C8', core: 'Cortex-M3', flash: 64 * KIB, ram: 20 * KIB, source: 'ST DS5319' },
  { name: 'STM32F405', core: 'Cortex-M4', flash: 1 * MIB, ram: 192 * KIB, source: 'ST DS8626' },
  { name: 'nRF52840', core: 'Cortex-M4', flash: 1 * MIB, ram: 256 * KIB, source: 'Nordic nRF52840 PS' },
  {
    name: 'RP2040',
    core: 'Cortex-M0+',
    flash: 2 * MIB,
    ram: 264 * KIB,
    source: 'RP2040 datasheet, Pico board',
  },
  {
    name: 'ESP32',
    core: 'Xtensa LX6',
    flash: 4 * MIB,
    ram: 320 * KIB,
    source: 'ESP32 datasheet: 520 KB SRAM, 320 KB of it data',
  },
  { name: 'STM32F746', core: 'Cortex-M7', flash: 1 * MIB, ram: 320 * KIB, source: 'ST DS10916' },
  {
    name: 'RP2350',
    core: 'Cortex-M33',
    flash: 4 * MIB,
    ram: 520 * KIB,
    source: 'RP2350 datasheet, Pico 2 board',
  },
  {
    name: 'STM32L4R5',
    core: 'Cortex-M4',
    flash: 2 * MIB,
    ram: 640 * KIB,
    source: 'ST DS12023 (MLPerf Tiny’s reference)',
  },
  { name: 'STM32H743', core: 'Cortex-M7', flash: 2 * MIB, ram: 1 * MIB, source: 'ST DS12110' },
  {
    name: 'ESP32-S3 with PSRAM',
    core: 'Xtensa LX7',
    flash: 16 * MIB,
    ram: 8 * MIB,
    source: 'ESP32-S3-WROOM-1 N16R8',
  },
  {
    name: 'Raspberry Pi Zero 2 W',
    core: 'Cortex-A53',
    flash: 8 * KIB * MIB,
    ram: 512 * MIB,
    source: 'Raspberry Pi product brief, 8 GB card',
  },
];

/** The first device that holds runtime, engine and model; undefined where none does. */
export function smallestDevice(flash: number, ram: number): Device | undefined {
  return DEVICES.find((d) => d.flash >= flash && d.ram >= ram);
}

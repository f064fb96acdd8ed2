/*
 * The first 256 bytes of flash, which the RP2040's ROM copies to RAM and runs where their last word is the CRC of the others
 * (image.mjs puts it there): flash readable in place by the plain read command 03h, which every chip knows.
 */
  .syntax unified
  .cpu cortex-m0plus
  .thumb
  .section .text.init.enter, "ax"
boot2:
  ldr r3, =0x18000000    // SSI
  movs r1, #0
  str r1, [r3, #0x08]    // SSIENR: off
  movs r1, #4
  str r1, [r3, #0x14]    // BAUDR: 125 MHz / 4
  ldr r1, =0x001f0300    // 32-bit frames, one data line, "EEPROM read"
  str r1, [r3, #0x00]    // CTRLR0
  movs r1, #0
  str r1, [r3, #0x04]    // CTRLR1
  ldr r1, =0x03000218    // command 03h of 8 bits, 24 bits of address
  ldr r0, =0x180000f4
  str r1, [r0]           // SPI_CTRLR0
  movs r1, #1
  str r1, [r3, #0x08]    // SSIENR: on
  ldr r0, =0x10000100    // the vectors, behind these 256 bytes
  ldr r1, =0xe000ed08
  str r0, [r1]           // VTOR
  ldmia r0!, {r1, r2}
  msr msp, r1
  bx r2
  .ltorg
  .org boot2 + 256

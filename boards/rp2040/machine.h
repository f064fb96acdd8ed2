/* What app/ asks of a machine, on the RP2040: a Cortex-M whose clocks and UART have to be set up. */
#ifndef RP2040_MACHINE_H
#define RP2040_MACHINE_H
void board_start(void);
#define BOARD_START board_start
#include "../cortex-m/machine.h"
#endif

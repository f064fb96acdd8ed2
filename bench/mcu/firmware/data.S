/* The files that a firmware carries, in flash. */
  .syntax unified
  .section .rodata.data, "a"
  .macro file name, path
  .balign 16
  .global \name\()_bytes, \name\()_end
\name\()_bytes:
  .incbin "\path"
\name\()_end:
  .byte 0
  .endm

  file model, "model.snn"
  file image, "images.bin"
#ifdef MODULE
  file module, MODULE
#endif

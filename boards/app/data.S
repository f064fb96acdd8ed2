/* The files that a firmware carries, in flash. */
  .section .rodata.data, "a"
  .macro file name, path
  .balign 16
  .global \name\()_bytes, \name\()_end
\name\()_bytes:
  .incbin "\path"
\name\()_end:
  .byte 0
  .endm

  file image, "images.bin"
#ifdef MODEL
  file model, MODEL
#endif
#ifdef GOLDEN
  file golden, GOLDEN
#endif
#ifdef MODULE
  file module, MODULE
#endif

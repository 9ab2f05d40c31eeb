#!/bin/bash
# Sourced by run.sh: lets the kernel of an amd64 machine start programs of arm64, through QEMU, and takes that back.
# A machine that has such a handler keeps it; it must be one for containers, too (binfmt_misc's flag F).
: "${LAB:?set LAB to a scratch folder}"
HANDLERS=/proc/sys/fs/binfmt_misc
HANDLER=tocsin-verify-arm64
# What an ELF file of arm64 begins with, and which bits of that count (QEMU's scripts/qemu-binfmt-conf.sh).
MAGIC='\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00\xb7\x00'
MASK='\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff'

emulation_start() {
  [ -e $HANDLERS/register ] || mount -t binfmt_misc binfmt_misc $HANDLERS
  grep -qs '^magic 7f454c46020101.*0200b700$' $HANDLERS/* && return
  "$here/standins.sh" emulator
  # F: the kernel opens QEMU now, and so finds it in every container. P: a program sees the name it was called by.
  echo ":$HANDLER:M::$MAGIC:$MASK:$LAB/cache/qemu-aarch64:FP" > $HANDLERS/register
}

emulation_stop() {
  [ ! -e $HANDLERS/$HANDLER ] || echo -1 > $HANDLERS/$HANDLER
}

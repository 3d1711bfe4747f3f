# shellcheck shell=bash disable=SC2034  # for those who source it
# What differs between the machines that a test node can be, by Debian's name of the architecture: ARCH, which is this
# machine's own where none is named. To be sourced.
#
#   FOREIGN           true where programs of that architecture do not run here
#   EMULATOR, BOARD   the program of qemu, and its words for the board and the processors
#   SECOND_LINE       qemu's words for the second serial line, with RESULTS for the file that gets what comes from it
#   CONSOLE_DEVICE, RESULTS_DEVICE    what the two lines are called in the node
#   KERNEL_QUIRKS     words for the kernel
#   CC, STRIP         what compiles C and strips programs for it
#   emulator_erred CONSOLE            whether the emulation ended it: nothing that it printed counts, and it is booted once more
#   PURPOSES          packaging/dependencies.sh's words for what is needed of this machine
#   TRIPLE            where Debian keeps libraries of that architecture

NATIVE_ARCH=$(dpkg --print-architecture 2>/dev/null) || NATIVE_ARCH=amd64
ARCH=${ARCH:-$NATIVE_ARCH}
case $ARCH in
  amd64)
    # Where a processor says that it moves strings fast, the kernel and the C library move memory by the byte, each of
    # which is emulated: without these two features the suites take a fifth less.
    EMULATOR=qemu-system-x86_64 BOARD=(-M pc -cpu "max,-erms,-fsrm")
    CONSOLE_DEVICE=ttyS0 RESULTS_DEVICE=ttyS1 SECOND_LINE=(-serial "file:RESULTS")
    # On a busy machine the emulated timer may miss the tenth of a second in which the kernel tries it (seen: "IO-APIC +
    # timer doesn't work!"): it is not tried.
    KERNEL_QUIRKS=no_timer_check
    PURPOSES=(vm)
    TRIPLE=x86_64-linux-gnu
    ;;
  arm64)
    # The architecture's own pointer authentication takes most of an emulated processor's time.
    EMULATOR=qemu-system-aarch64 BOARD=(-M virt -cpu "max,pauth-impdef=on")
    CONSOLE_DEVICE=ttyAMA0 RESULTS_DEVICE=ttyS0
    SECOND_LINE=(-chardev "file,id=results,path=RESULTS" -device "pci-serial,chardev=results")
    KERNEL_QUIRKS=
    PURPOSES=(vm vm-arm64)
    TRIPLE=aarch64-linux-gnu
    ;;
  *)
    echo "machines.sh: no test node of the architecture '$ARCH'" >&2
    exit 2
    ;;
esac
FOREIGN='' CC=gcc STRIP=strip
[ "$ARCH" = "$NATIVE_ARCH" ] || FOREIGN=true CC=$TRIPLE-gcc STRIP=$TRIPLE-strip

# emulator_erred CONSOLE: whether the node ended by what emulated processors do to it now and then, in runs that pass
# otherwise: they lose an interrupt between them, or get no time of a busy machine, and spin in the kernel for minutes. The
# kernel panics on it.
emulator_erred() { grep -aqE 'soft lockup|rcu.*detected stalls' "$1"; }

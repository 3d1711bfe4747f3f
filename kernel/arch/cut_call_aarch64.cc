// arm64. What becomes of the call is decided before the stop (arch/arm64/kernel/signal.c,
// do_signal), where a tracer can no longer ask for "anew, unless a handler runs": a call that is
// begun again here would be begun again behind a handler, too, and a program that waits for a
// signal to end it would wait for ever. So these calls return EINTR, as they do after SIGSTOP and
// SIGCONT (signal(7)). Those that the kernel itself begins again are begun again.
#if defined(__aarch64__)

#include "kernel/arch/cut_call.h"

namespace bulkhead::kernel {

void begin_cut_call_anew(pid_t) {}

}  // namespace bulkhead::kernel

#endif  // __aarch64__

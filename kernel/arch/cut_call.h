// A system call that a tracer's stop cut short.
#pragma once

#include <sys/types.h>

namespace bulkhead::kernel {

// `stopped` is at the stop that cut it short, before anything else was done with it. Where its call
// would return EINTR for that alone, and begins anew without harm, it begins anew when the task
// goes on; where a handler of a signal runs first, it returns EINTR all the same.
void begin_cut_call_anew(pid_t stopped);

}  // namespace bulkhead::kernel

#include "kernel/tasks/roomy_stack.h"

#include <sys/mman.h>
#include <sys/resource.h>
#include <ucontext.h>

#include <cstddef>

namespace bulkhead::kernel {

namespace {

constexpr std::size_t kEnough = 1 << 20;

struct Call {
  const std::function<int()>* work;
  int result;
};
// makecontext(3) passes integers only.
Call current;

void make_current_call() { current.result = (*current.work)(); }

bool may_grow() {
  rlimit limit{};
  return ::getrlimit(RLIMIT_STACK, &limit) != 0 || limit.rlim_cur >= kEnough;
}

}  // namespace

int on_roomy_stack(const std::function<int()>& work) {
  if (may_grow()) return work();
  void* const stack = ::mmap(nullptr, kEnough, PROT_READ | PROT_WRITE,
                             MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0);
  ucontext_t here;
  ucontext_t there;
  if (stack == MAP_FAILED || ::getcontext(&there) != 0) return work();
  there.uc_stack = {.ss_sp = stack, .ss_flags = 0, .ss_size = kEnough};
  there.uc_link = &here;
  ::makecontext(&there, make_current_call, 0);
  current = {.work = &work, .result = 0};
  return ::swapcontext(&here, &there) == 0 ? current.result : work();
}

}  // namespace bulkhead::kernel

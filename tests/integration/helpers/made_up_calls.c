// made_up_calls COUNT: that many system calls whose numbers no kernel has.
#include <stdlib.h>
#include <unistd.h>

int main(int count, char** words) {
  enum { kFirst = 100000 };
  const long calls = count == 2 ? atol(words[1]) : 0;
  for (long call = 0; call < calls; ++call) syscall(kFirst + call);
  return 0;
}

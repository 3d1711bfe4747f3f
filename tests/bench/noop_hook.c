// An OCI hook that does nothing, so that what a runtime's hooks cost by themselves can be told from what
// ours costs. It reads the state, as every hook must: crun dies of SIGPIPE when nobody does.
#include <unistd.h>

int main(void) {
  char state[4096];
  ssize_t got;
  do {
    got = read(STDIN_FILENO, state, sizeof state);
  } while (got > 0);
  return got == 0 ? 0 : 1;
}

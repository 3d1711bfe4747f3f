// The least that any wrapper can cost: exec_wrapper PROGRAM ARGUMENT… becomes PROGRAM.
#include <unistd.h>

int main(int argc, char** argv) {
  if (argc > 1) execv(argv[1], argv + 1);
  return 127;
}

// An OCI runtime that does nothing, so that what a wrapper in front of it costs can be measured.
// Answers `features` and `--version`, which wrappers may ask for, with the least that is valid.
#include <stdio.h>
#include <string.h>

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "features") == 0) {
    puts("{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.1.0\"}");
  } else if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    puts("runc version 1.1.5");
  }
  return 0;
}

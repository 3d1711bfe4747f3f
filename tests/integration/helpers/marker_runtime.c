// An OCI runtime that only tells that it ran: it appends its command line to the mark, which lies
// in the private node of tests/integration/lib.sh. `features` and `--version`, which a wrapper asks
// on its own account, leave no mark. It calls itself crun where that is its name, else runc.
#include <stdio.h>
#include <string.h>

static const char kMark[] = "/run/node/runtime.ran";

int main(int argc, char** argv) {
  if (argc > 1 && strcmp(argv[1], "features") == 0) {
    puts("{\"ociVersionMin\":\"1.0.0\",\"ociVersionMax\":\"1.1.0\"}");
    return 0;
  }
  if (argc > 1 && strcmp(argv[1], "--version") == 0) {
    const size_t length = strlen(argv[0]);
    const int is_crun = length >= 4 && strcmp(argv[0] + length - 4, "crun") == 0;
    puts(is_crun ? "crun version 1.8.1" : "runc version 1.1.5");
    return 0;
  }
  FILE* mark = fopen(kMark, "a");
  if (mark == NULL) return 71;
  for (int word = 0; word < argc; ++word) fprintf(mark, "%s ", argv[word]);
  fputc('\n', mark);
  return fclose(mark) == 0 ? 0 : 72;
}

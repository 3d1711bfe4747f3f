// truncate CONFIG BUNDLE MARK SHIM: lays every proper beginning of CONFIG as BUNDLE/config.json and
// runs `SHIM create` on it. Each must end with the exit code of a document that is not valid, say
// something on stderr and leave no mark of a runtime that ran. Says which did not.
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { kBadInput = 4, kMaxConfig = 1 << 20 };

static char config[kMaxConfig];

static int open_new(const char* path) { return open(path, O_RDWR | O_CREAT | O_TRUNC, 0600); }

static void lay(const char* path, size_t length) {
  const int file = open_new(path);
  if (file < 0 || write(file, config, length) != (ssize_t)length || close(file) != 0) exit(70);
}

// Returns the exit code, or -1 for a death by signal.
static int run(const char* shim, const char* bundle, const char* said) {
  const pid_t child = fork();
  if (child == 0) {
    dup2(open_new(said), STDERR_FILENO);
    execl(shim, shim, "create", "--bundle", bundle, "truncated", (char*)NULL);
    _exit(127);
  }
  int status = 0;
  if (child < 0 || waitpid(child, &status, 0) != child) exit(70);
  return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

int main(int argc, char** argv) {
  if (argc != 5) return 2;
  char path[4096];
  char said[4096];
  snprintf(path, sizeof path, "%s/config.json", argv[2]);
  snprintf(said, sizeof said, "%s/said", argv[2]);
  const int source = open(argv[1], O_RDONLY);
  const ssize_t size = read(source, config, sizeof config);
  int wrong = 0;
  for (size_t length = 0; length < (size_t)size; ++length) {
    lay(path, length);
    const int code = run(argv[4], argv[2], said);
    struct stat sentence = {0};
    const int silent = stat(said, &sentence) != 0 || sentence.st_size == 0;
    const int ran = access(argv[3], F_OK) == 0;
    if (code == kBadInput && !silent && !ran) continue;
    printf("cut after %zu bytes: exit code %d%s%s\n", length, code, silent ? ", nothing said" : "",
           ran ? ", the runtime ran" : "");
    unlink(argv[3]);
    ++wrong;
  }
  printf("%zd beginnings, %d wrong\n", size, wrong);
  return wrong != 0 || size <= 0;
}

// kill_create OLD NEW BUNDLE COUNT SHIM: kills `SHIM create` with SIGKILL at COUNT random instants.
//
// Each time config.json begins as OLD. After the kill it must be OLD or NEW, byte for byte; after a
// second run that is left alone it must be NEW and the only file in the bundle. Prints how often
// which was seen; a run in which one of the two was never seen proves nothing and fails.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { kMaxConfig = 1 << 20, kWarmUps = 20 };

struct text {
  char bytes[kMaxConfig];
  ssize_t size;
};
static struct text old_text, new_text, found;
static char config_path[4096];

static void fail(const char* what) {
  perror(what);
  exit(70);
}

static void read_text(const char* path, struct text* text) {
  const int file = open(path, O_RDONLY);
  if (file < 0) fail(path);
  text->size = read(file, text->bytes, sizeof text->bytes);
  close(file);
}

static int equal(const struct text* a, const struct text* b) {
  return a->size == b->size && memcmp(a->bytes, b->bytes, (size_t)a->size) == 0;
}

static void lay_old(void) {
  const int file = open(config_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (file < 0 || write(file, old_text.bytes, (size_t)old_text.size) != old_text.size) {
    fail(config_path);
  }
  close(file);
}

static pid_t start(const char* shim, const char* bundle) {
  const pid_t child = fork();
  if (child < 0) fail("fork");
  if (child == 0) {
    dup2(open("/dev/null", O_WRONLY), STDERR_FILENO);
    execl(shim, shim, "create", "--bundle", bundle, "killed", (char*)NULL);
    _exit(127);
  }
  return child;
}

static int end(pid_t child) {
  int status = 0;
  if (waitpid(child, &status, 0) != child) fail("waitpid");
  return status;
}

static long now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000L + now.tv_nsec;
}

static int by_size(const void* a, const void* b) {
  const long difference = *(const long*)a - *(const long*)b;
  return (difference > 0) - (difference < 0);
}

static long median_run_ns(const char* shim, const char* bundle) {
  long took[kWarmUps];
  for (int run = 0; run < kWarmUps; ++run) {
    lay_old();
    const long begin = now_ns();
    if (end(start(shim, bundle)) != 0) fail("a create that is left alone");
    took[run] = now_ns() - begin;
  }
  qsort(took, kWarmUps, sizeof *took, by_size);
  return took[kWarmUps / 2];
}

// Half of the instants lie anywhere in a run, half in its second half, where config.json is
// replaced.
static long instant_within(long run_ns) {
  const double drawn = drand48();
  return (long)((lrand48() % 2 == 0 ? drawn : (1 + drawn) / 2) * (double)run_ns);
}

static void wait_until(long instant) {
  while (now_ns() < instant) {
  }
}

static int files_besides_config(const char* bundle) {
  int others = 0;
  DIR* directory = opendir(bundle);
  if (directory == NULL) fail(bundle);
  for (const struct dirent* entry; (entry = readdir(directory)) != NULL;) {
    if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0 ||
        strcmp(entry->d_name, "config.json") == 0) {
      continue;
    }
    ++others;
  }
  closedir(directory);
  return others;
}

struct counts {
  int killed, stayed_old, became_new, temporaries, torn, not_cleaned;
};

static void one_kill(const char* shim, const char* bundle, long run_ns, struct counts* counts) {
  lay_old();
  const long begin = now_ns();
  const pid_t child = start(shim, bundle);
  wait_until(begin + instant_within(run_ns));
  kill(child, SIGKILL);
  counts->killed += WIFSIGNALED(end(child));
  read_text(config_path, &found);
  if (equal(&found, &old_text)) {
    ++counts->stayed_old;
  } else if (equal(&found, &new_text)) {
    ++counts->became_new;
  } else {
    ++counts->torn;
  }
  counts->temporaries += files_besides_config(bundle) != 0;
  if (end(start(shim, bundle)) != 0) fail("the second run");
  read_text(config_path, &found);
  counts->not_cleaned += files_besides_config(bundle) != 0 || !equal(&found, &new_text);
}

int main(int argc, char** argv) {
  if (argc != 6) return 2;
  const char* bundle = argv[3];
  const char* shim = argv[5];
  struct counts counts = {0};
  snprintf(config_path, sizeof config_path, "%s/config.json", bundle);
  read_text(argv[1], &old_text);
  read_text(argv[2], &new_text);
  srand48(now_ns());
  const long run_ns = median_run_ns(shim, bundle);
  for (int count = atoi(argv[4]); count > 0; --count) one_kill(shim, bundle, run_ns, &counts);
  printf(
      "killed %d; config.json old %d, new %d, else %d; temporaries left %d, after a second run "
      "%d\n",
      counts.killed, counts.stayed_old, counts.became_new, counts.torn, counts.temporaries,
      counts.not_cleaned);
  return counts.torn != 0 || counts.not_cleaned != 0 || counts.killed == 0 ||
         counts.stayed_old == 0 || counts.became_new == 0;
}

// stuck HOW: a container's program that is hard to look at.
//
//   vfork       waits in vfork(2) for a child that executes nothing
//   leaderless  its first thread has ended, another lives
#include <pthread.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

static void* wait_for_ever(void* nothing) {
  for (;;) pause();
  return nothing;
}

static void wait_in_vfork(void) {
  if (vfork() == 0) wait_for_ever(NULL);
}

static void end_the_first_thread(void) {
  pthread_t thread;
  if (pthread_create(&thread, NULL, wait_for_ever, NULL) == 0) syscall(SYS_exit, 0);
}

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  if (strcmp(argv[1], "vfork") == 0) wait_in_vfork();
  if (strcmp(argv[1], "leaderless") == 0) end_the_first_thread();
  return 64;
}

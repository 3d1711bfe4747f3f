// threaded_init PROGRAM: stands for the init of a runtime with 20 threads. When a line arrives on
// stdin, a thread other than the leader sets no_new_privs for itself and executes the program. The
// other threads call the kernel all the time, and some of them come and go.
#include <pthread.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static char* program;

static void* brief(void* unused) { return unused; }

static void* busy(void* unused) {
  (void)unused;
  const struct timespec pause = {.tv_nsec = 2000000};
  for (;;) {
    pthread_t passing;
    if (pthread_create(&passing, NULL, brief, NULL) == 0) pthread_join(passing, NULL);
    nanosleep(&pause, NULL);
  }
  return NULL;
}

static void* executes(void* unused) {
  char byte;
  if (read(STDIN_FILENO, &byte, 1) != 1) _exit(1);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  char* const words[] = {program, NULL};
  execv(program, words);
  perror("execv");
  _exit(71);
  return unused;
}

int main(int argc, char** argv) {
  if (argc != 2) return 64;
  program = argv[1];
  pthread_t thread;
  for (int i = 0; i < 18; ++i) {
    if (pthread_create(&thread, NULL, busy, NULL) != 0) return 70;
  }
  if (pthread_create(&thread, NULL, executes, NULL) != 0) return 70;
  for (;;) pause();
}

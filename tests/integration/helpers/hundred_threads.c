// Loaded into a runtime by LD_PRELOAD: a hundred threads that nap beside its own. What the runtime
// starts, and the runtime's own inits, which must have one thread to enter namespaces, are left as
// they are.
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kThreads = 100, kShortNap_us = 3000, kLongNap_us = 400000 };

static void* nap(void* micros) {
  usleep((useconds_t)(size_t)micros);
  return NULL;
}

static void make_threads(int argc, char** argv) {
  unsetenv("LD_PRELOAD");
  if (argc > 1 && strcmp(argv[1], "init") == 0) return;
  for (size_t number = 0; number < kThreads; ++number) {
    pthread_t thread;
    const size_t micros = number % 2 == 0 ? kShortNap_us : kLongNap_us;
    if (pthread_create(&thread, NULL, nap, (void*)micros) != 0) abort();
    pthread_detach(thread);
  }
}

__attribute__((section(".init_array"), used)) static void (*const kAtLoad)(int,
                                                                           char**) = make_threads;

// Sixty-four threads at once, each of which opens a socket pair, writes into it and reads it back; prints 42 when every
// byte arrived.
#include <pthread.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

enum { kThreads = 64 };

static void* echo(void* arrived) {
  int ends[2];
  char byte = 'x';
  if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) != 0) return NULL;
  if (write(ends[0], &byte, 1) == 1 && read(ends[1], &byte, 1) == 1) *(int*)arrived = 1;
  close(ends[0]);
  close(ends[1]);
  return NULL;
}

int main(void) {
  pthread_t threads[kThreads];
  int arrived[kThreads] = {0}, sum = 0;
  for (int at = 0; at < kThreads; ++at) {
    if (pthread_create(&threads[at], NULL, echo, &arrived[at]) != 0) return 1;
  }
  for (int at = 0; at < kThreads; ++at) {
    pthread_join(threads[at], NULL);
    sum += arrived[at];
  }
  puts(sum == kThreads ? "42" : "lost");
  return sum != kThreads;
}

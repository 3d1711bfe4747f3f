// Counts the seccomp records (AUDIT_SECCOMP) that the kernel delivers to a reader that does nothing
// else. Says "listening" when it does; at SIGTERM it prints the number and ends.
//
//   audit_reader BYTES   of receive buffer
#include <errno.h>
#include <linux/audit.h>
#include <linux/netlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static volatile sig_atomic_t ended;
static void end(int signal) {
  (void)signal;
  ended = 1;
}

static int listening_socket(int bytes) {
  struct sockaddr_nl address = {.nl_family = AF_NETLINK};
  int group = AUDIT_NLGRP_READLOG;
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_AUDIT);
  if (fd < 0 || bind(fd, (struct sockaddr*)&address, sizeof address) != 0 ||
      setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0 ||
      setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof group) != 0) {
    perror("audit_reader");
    exit(1);
  }
  return fd;
}

int main(int argc, char** argv) {
  static char buffer[16384];
  struct sigaction action = {.sa_handler = end};  // without SA_RESTART: recv ends
  long count = 0;
  int fd = listening_socket(argc > 1 ? atoi(argv[1]) : 1 << 20);
  sigaction(SIGTERM, &action, NULL);
  puts("listening");
  fflush(stdout);
  while (!ended) {
    ssize_t size = recv(fd, buffer, sizeof buffer, 0);
    if (size < (ssize_t)sizeof(struct nlmsghdr)) {
      if (size < 0 && errno != EINTR && errno != ENOBUFS) return 1;
      continue;
    }
    if (((struct nlmsghdr*)buffer)->nlmsg_type == AUDIT_SECCOMP) ++count;
  }
  printf("%ld\n", count);
  return 0;
}

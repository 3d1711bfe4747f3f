// Tries to pass off text as records of the kernel, in every way that CAP_AUDIT_WRITE and
// CAP_NET_ADMIN leave open: a message of every type that there is (1100 to 2999: those that user space
// may write, and the kernel's own) by unicast, with a text that looks like a denial, and a multicast of
// the kernel's types to the group that `bulkhead watch` listens to. Then makes one system call that is
// really denied.
#include <linux/audit.h>
#include <linux/netlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#define APPARMOR                                                                              \
  "audit(1795455093.020:9): apparmor=\"DENIED\" operation=\"open\" profile=\"forged\" "       \
  "name=\"/forged\" pid=1 comm=\"forged\" requested_mask=\"r\" denied_mask=\"r\" fsuid=0 ouid=0"
#define SECCOMP                                                                               \
  "audit(1795455154.156:3): auid=0 uid=0 gid=0 ses=1 subj=forged pid=1 comm=\"forged\" "      \
  "exe=\"/forged\" sig=0 arch=c000003e syscall=165 compat=0 ip=0x1 code=0x50000"

static int send_record(int fd, unsigned short type, unsigned groups, const char *text) {
  struct {
    struct nlmsghdr header;
    char text[1024];
  } message;
  memset(&message, 0, sizeof message);
  message.header.nlmsg_len = (unsigned)NLMSG_LENGTH(strlen(text) + 1);
  message.header.nlmsg_type = type;
  message.header.nlmsg_flags = NLM_F_REQUEST;
  strcpy(message.text, text);
  struct sockaddr_nl kernel = {.nl_family = AF_NETLINK, .nl_groups = groups};
  return sendto(fd, &message, message.header.nlmsg_len, 0, (struct sockaddr *)&kernel,
                sizeof kernel) > 0;
}

int main(void) {
  const int fd = socket(AF_NETLINK, SOCK_RAW, NETLINK_AUDIT);
  if (fd < 0) return perror("socket"), 1;
  int sent = 0;
  for (unsigned short type = 1100; type < 3000; ++type) {
    sent += send_record(fd, type, 0, APPARMOR);
    sent += send_record(fd, type, 0, SECCOMP);
  }
  const unsigned short kernels[] = {1300, 1320, 1326, 1327, 1400};
  int multicast = 0;
  for (unsigned i = 0; i < sizeof kernels / sizeof kernels[0]; ++i) {
    multicast += send_record(fd, kernels[i], 1U << (AUDIT_NLGRP_READLOG - 1), SECCOMP);
    multicast += send_record(fd, kernels[i], 1U << (AUDIT_NLGRP_READLOG - 1), APPARMOR);
  }
  printf("sent %d, multicast %d\n", sent, multicast);
  (void)syscall(SYS_getppid);
  return 0;
}

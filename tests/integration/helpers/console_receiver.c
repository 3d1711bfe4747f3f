// console_receiver SOCKET: listens on a unix socket as an engine does for --console-socket, takes
// the one descriptor that a runtime sends (runtime-spec "terminal"), says what it is and copies
// what arrives on it until the other side closes.
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int receive_descriptor(int connection) {
  char byte[256];
  union {
    struct cmsghdr header;
    char space[CMSG_SPACE(sizeof(int))];
  } control;
  struct iovec data = {.iov_base = byte, .iov_len = sizeof byte};
  struct msghdr message = {.msg_iov = &data,
                           .msg_iovlen = 1,
                           .msg_control = control.space,
                           .msg_controllen = sizeof control.space};
  if (recvmsg(connection, &message, 0) < 0) return -1;
  const struct cmsghdr* header = CMSG_FIRSTHDR(&message);
  if (header == NULL || header->cmsg_type != SCM_RIGHTS) return -1;
  int descriptor = -1;
  memcpy(&descriptor, CMSG_DATA(header), sizeof descriptor);
  return descriptor;
}

static void copy(int from) {
  char bytes[4096];
  ssize_t count;
  // A terminal whose other side is closed gives EIO.
  while ((count = read(from, bytes, sizeof bytes)) > 0 || (count < 0 && errno == EINTR)) {
    if (count > 0) fwrite(bytes, 1, (size_t)count, stdout);
  }
}

int main(int argc, char** argv) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  if (argc != 2 || strlen(argv[1]) >= sizeof address.sun_path) return 2;
  strcpy(address.sun_path, argv[1]);
  const int listener = socket(AF_UNIX, SOCK_STREAM, 0);
  if (bind(listener, (struct sockaddr*)&address, sizeof address) != 0 || listen(listener, 1) != 0) {
    perror("console_receiver");
    return 1;
  }
  const int connection = accept(listener, NULL, NULL);
  const int console = receive_descriptor(connection);
  printf("received %s\n", isatty(console) ? "a terminal" : "something that is no terminal");
  copy(console);
  return 0;
}

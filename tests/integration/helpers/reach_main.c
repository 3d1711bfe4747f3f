// Ends with 42 as soon as main() is reached, and does nothing else: what a program needs before.
#include <sys/syscall.h>
#include <unistd.h>

int main(void) { return (int)syscall(SYS_exit_group, 42); }

// A program without a C library that ends with 42 in its first instructions: what a runtime needs
// between loading the filter and execve, and nothing of a program's own. Built with -nostdlib.
void _start(void) {
  __asm__ volatile("mov $231, %eax; mov $42, %edi; syscall");
  __builtin_unreachable();
}

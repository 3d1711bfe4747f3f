// A program without a C library that ends with 42 in its first instructions: what a runtime needs
// between loading the filter and execve, and nothing of a program's own. Built with -nostdlib.
void _start(void) {
#if defined(__aarch64__)
  __asm__ volatile("mov x8, #94\n mov x0, #42\n svc #0");
#else
  __asm__ volatile("mov $231, %eax; mov $42, %edi; syscall");
#endif
  __builtin_unreachable();
}

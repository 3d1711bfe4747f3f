// A 64-bit program that makes one call as another architecture does, and goes on if it is let:
//
//   other_calls x86 | x32
//
// An answer of the kernel's ends it well, whatever it is: ENOSYS where the kernel has no such calls.
#include <string.h>
#include <unistd.h>

static long as_x86(long number) {
  long result;
  __asm__ volatile("int $0x80" : "=a"(result) : "a"(number) : "r8", "r9", "r10", "r11", "memory");
  return result;
}

int main(int argc, char** argv) {
  enum { kGetpidOfX86 = 20, kGetpidOfX32 = 0x40000000 + 39 };
  if (argc != 2) return 2;
  if (strcmp(argv[1], "x32") == 0) {
    syscall(kGetpidOfX32);
    return 0;
  }
  return as_x86(kGetpidOfX86) > 0 ? 0 : 1;
}

#include "kernel/gate/program_image.h"

#include <unistd.h>

#include <catch2/catch.hpp>
#include <climits>

namespace bulkhead::kernel {

TEST_CASE("a program is told by what it is, and one that cannot be read is none") {
  CHECK(image_of(::getpid()).is_known());
  CHECK(image_of(::getpid()) == image_of(::getpid()));
  CHECK_FALSE(image_of(INT_MAX).is_known());
}

}  // namespace bulkhead::kernel

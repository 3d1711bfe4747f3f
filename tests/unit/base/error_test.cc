#include "base/error.h"

#include <catch2/catch.hpp>

using bulkhead::base::Error;
using bulkhead::base::ErrorCode;

TEST_CASE(
    "a sentence is what is wrong and then what to do, behind a question without a semicolon") {
  CHECK(Error{ErrorCode::usage, "no such file", {}}.sentence() == "no such file");
  CHECK(Error{ErrorCode::usage, "no such file", "make it"}.sentence() == "no such file; make it");
  CHECK(Error{ErrorCode::usage, "no web; did you mean 'wbe'?", "`ps` lists them"}.sentence() ==
        "no web; did you mean 'wbe'? `ps` lists them");
}

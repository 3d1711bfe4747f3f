// What every test includes, compiled once for all of them (tests/tests.mk).
#include <catch2/catch.hpp>

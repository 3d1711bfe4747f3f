#include "conformance/running/session.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <array>
#include <chrono>

namespace bulkhead::conformance {

base::Result<Session> Session::open() {
  int input[2];
  int output[2];
  if (::pipe2(input, O_CLOEXEC) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "make", "a pipe");
  }
  Session session;
  session.given_input_.reset(input[0]);
  session.input_.reset(input[1]);
  if (::pipe2(output, O_CLOEXEC) != 0) {
    return base::fail_errno(base::ErrorCode::kernel, "make", "a pipe");
  }
  session.output_.reset(output[0]);
  session.given_output_.reset(output[1]);
  return session;
}

void Session::let_go() {
  given_input_.reset();
  given_output_.reset();
}

std::optional<std::string> Session::report(int bound_ms) {
  using Clock = std::chrono::steady_clock;
  const auto deadline = Clock::now() + std::chrono::milliseconds(bound_ms);
  std::string text;
  std::array<char, 65536> bytes{};
  while (!text.ends_with('\n')) {
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
    pollfd readable{.fd = output_.get(), .events = POLLIN, .revents = 0};
    if (::poll(&readable, 1, left > 0 ? static_cast<int>(left) : 0) <= 0) return std::nullopt;
    const ssize_t got = ::read(output_.get(), bytes.data(), bytes.size());
    if (got <= 0) return std::nullopt;
    text.append(bytes.data(), static_cast<std::size_t>(got));
  }
  return text;
}

}  // namespace bulkhead::conformance

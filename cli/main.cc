// bulkhead: the command for people.
#include <unistd.h>

#include <csignal>
#include <string>
#include <vector>

#include "cli/frame/app.h"
#include "conformance/probe/probe.h"

int main(int argc, char** argv) {
  using namespace bulkhead::cli;
  // A reader that went away (`bulkhead explain … | head`) is an error of write(2), not a death.
  std::signal(SIGPIPE, SIG_IGN);
  Output output(STDOUT_FILENO, wants_colour(STDOUT_FILENO));
  Output errors(STDERR_FILENO, wants_colour(STDERR_FILENO));
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (argc > 1 && arguments[0] == bulkhead::conformance::kProbeWord) {
    return bulkhead::conformance::run_probe(argv[0], {arguments.begin() + 1, arguments.end()});
  }
  return static_cast<int>(run(arguments, output, errors));
}

// What Bulkhead costs, each number over a baseline that is measured in the same run, in turn with
// it.
//
//   bench pass-through|create|linear|memory|cycle|exec|gate-memory --option=VALUE…
//
// Prints one JSON object a result on stdout, {"name","ratio","goal","unit"}, and what was measured
// in words on stderr. tests/bench/run.sh prepares the node, calls this and makes the table.
#include <cstdio>
#include <cstdlib>
#include <string>
#include <vector>

#include "measure.h"

namespace {

using bulkhead::bench::Clock;
using bulkhead::bench::Command;
using bulkhead::bench::interleave;
using bulkhead::bench::Lane;
using bulkhead::bench::option;
using bulkhead::bench::read_text;
using bulkhead::bench::run;
using bulkhead::bench::write_text;

using Words = std::vector<std::string>;

constexpr double kNanosecondsPerMicrosecond = 1e3;
constexpr double kBytesPerKibibyte = 1024;

struct ResultLine {
  std::string name;
  double ratio;
  std::string goal;
  std::string unit;
};

void report(const ResultLine& result) {
  std::printf(R"({"name":"%s","ratio":%.3f,"goal":%s,"unit":"%s"})"
              "\n",
              result.name.c_str(), result.ratio, result.goal.c_str(), result.unit.c_str());
}

void tell_us(const std::string& what, double nanoseconds) {
  std::fprintf(stderr, "#   %-52s %10.1f us\n", what.c_str(),
               nanoseconds / kNanosecondsPerMicrosecond);
}

// ---- shim-pass-through ------------------------------------------------------------------------

// `state` through the shim over `state` through a program that only calls execve.
void pass_through(const Words& words) {
  const std::string runtime = option(words, "runtime");
  const Command with_shim{{option(words, "shim"), "--root", "/run/none", "state", "bench"}, {}, {}};
  const Command with_wrapper{
      {option(words, "wrapper"), runtime, "--root", "/run/none", "state", "bench"}, {}, {}};
  const auto medians = interleave(
      {{"wrapper", {}, [&] { run(with_wrapper); }}, {"shim", {}, [&] { run(with_shim); }}},
      Clock::wall, {.warm_up = 50, .counted = 3000});
  tell_us("state through a program that only calls execve", medians[0]);
  tell_us("state through the shim", medians[1]);
  report({"shim-pass-through", medians[1] / medians[0], option(words, "goal"), "x execve wrapper"});
}

// ---- shim-create-added -------------------------------------------------------------------------

Command create_command(const std::string& program, const std::string& bundle) {
  return {{program, "--root", "/run/none", "--log", bundle + "/log.json", "--log-format", "json",
           "create", "--bundle", bundle, "--pid-file", bundle + "/init.pid", "bench"},
          bundle,
          {}};
}

// A shim that changes nothing would be fast, and not what is to be measured.
void must_change(const Command& create, const std::string& bundle, const std::string& original) {
  write_text(bundle + "/config.json", original);
  run(create);
  if (read_text(bundle + "/config.json") != original) return;
  std::fprintf(stderr, "bench: create through the shim changed nothing\n");
  std::exit(1);
}

// The time that create through the shim adds in front of a runtime that does nothing, told in execs
// of a static hello. config.json is laid anew before each run, which is not timed.
void create_added(const Words& words) {
  const std::string bundle = option(words, "bundle");
  const std::string original = read_text(option(words, "config"));
  const auto lay = [&] { write_text(bundle + "/config.json", original); };
  const Command hello{{option(words, "hello")}, {}, {}};
  const Command alone = create_command(option(words, "runtime"), bundle);
  const Command with_shim = create_command(option(words, "shim"), bundle);
  must_change(with_shim, bundle, original);
  const auto medians = interleave({{"hello", {}, [&] { run(hello); }},
                                   {"alone", lay, [&] { run(alone); }},
                                   {"shim", lay, [&] { run(with_shim); }}},
                                  Clock::wall, {.warm_up = 50, .counted = 1500});
  tell_us("exec and exit of a static hello", medians[0]);
  tell_us("create by a runtime that does nothing", medians[1]);
  tell_us("the same through the shim", medians[2]);
  report({option(words, "name"), (medians[2] - medians[1]) / medians[0], option(words, "goal"),
          "x hello, added"});
}

// ---- shim-linear --------------------------------------------------------------------------------

// A config.json of about `bytes`: half in process.env (an array), half in annotations (one object,
// where a search for duplicate keys would show if it were quadratic).
std::string grown(const std::string& original, std::size_t bytes) {
  const std::size_t wanted = bytes > original.size() ? (bytes - original.size()) / 2 : 0;
  std::string env;
  std::string annotations;
  for (std::size_t n = 0; env.size() < wanted; ++n) {
    env += R"("VARIABLE_)" + std::to_string(n) + R"(=some value of ordinary length",)";
  }
  for (std::size_t n = 0; annotations.size() < wanted; ++n) {
    annotations += R"("org.example.key-)" + std::to_string(n) + R"(":"value",)";
  }
  std::string text = original;
  const std::string env_at = R"("env":[)";
  const std::string annotations_at = R"("annotations":{)";
  text.insert(text.find(env_at) + env_at.size(), env);
  text.insert(text.find(annotations_at) + annotations_at.size(), annotations);
  return text;
}

// What one more byte costs between 2 and 4 MiB, over what it costs between 256 and 512 KiB.
void linear(const Words& words) {
  const std::string bundle = option(words, "bundle");
  const std::string original = read_text(option(words, "config"));
  const Command command = create_command(option(words, "shim"), bundle);
  std::vector<double> times;
  std::vector<std::size_t> sizes;
  for (std::size_t kibibytes = 1; kibibytes <= 4096; kibibytes *= 2) {
    const std::string text = grown(original, kibibytes * 1024);
    const auto lay = [&] { write_text(bundle + "/config.json", text); };
    const auto medians = interleave({{"shim", lay, [&] { run(command); }}}, Clock::wall,
                                    {.warm_up = 3, .counted = kibibytes > 512 ? 31 : 101});
    times.push_back(medians[0]);
    sizes.push_back(text.size());
    tell_us("create with " + std::to_string(text.size() / 1024) + " KiB", medians[0]);
  }
  const auto per_byte = [&](std::size_t from, std::size_t to) {
    return (times[to] - times[from]) / static_cast<double>(sizes[to] - sizes[from]);
  };
  report({"shim-linear", per_byte(11, 12) / per_byte(8, 9), option(words, "goal"),
          "x cost per byte, 4 MiB over 512 KiB"});
}

// ---- memory -------------------------------------------------------------------------------------

// Peak resident memory in MiB; the command is that of a create through the shim.
void memory(const Words& words) {
  const std::string bundle = option(words, "bundle");
  write_text(bundle + "/config.json", read_text(option(words, "config")));
  Command command = create_command(option(words, "shim"), bundle);
  command.words.insert(command.words.begin(), option(words, "peak-rss"));
  command.output = bundle + "/peak";
  run(command);
  const double kibibytes = std::stod(read_text(command.output));
  std::fprintf(stderr, "#   peak resident memory %.0f KiB\n", kibibytes);
  report({"shim-memory", kibibytes / kBytesPerKibibyte, option(words, "goal"), "MiB"});
}

// ---- whole containers ---------------------------------------------------------------------------

struct Side {
  std::string program;
  std::string config;  // laid before each cycle
  std::string id;
};

void cycle(const Side& side, const std::string& bundle) {
  run({{side.program, "create", "--bundle", bundle, side.id}, bundle, {}});
  run({{side.program, "start", side.id}, bundle, {}});
  run({{side.program, "delete", "--force", side.id}, bundle, {}});
}

// CPU time of create+start+delete of side a over side b, all descendants counted.
void cycles(const Words& words) {
  bulkhead::bench::become_subreaper();
  const std::string bundle = option(words, "bundle");
  const Side a{option(words, "program-a"), read_text(option(words, "config-a")), "bench-a"};
  const Side b{option(words, "program-b"), read_text(option(words, "config-b")), "bench-b"};
  const auto lane = [&](const Side& side) {
    return Lane{side.id, [&] { write_text(bundle + "/config.json", side.config); },
                [&] { cycle(side, bundle); }};
  };
  const int rounds = std::stoi(option(words, "rounds"));
  const auto medians =
      interleave({lane(b), lane(a)}, Clock::cpu, {.warm_up = 3, .counted = rounds});
  tell_us(option(words, "name") + ": baseline", medians[0]);
  tell_us(option(words, "name") + ": with Bulkhead", medians[1]);
  report({option(words, "name"), medians[1] / medians[0], option(words, "goal"), "x CPU time"});
}

// CPU time of an exec of `true` into a running container by side a over side b.
void execs(const Words& words) {
  bulkhead::bench::become_subreaper();
  const auto lane = [&](const std::string& name, const std::string& side) {
    const Command command{
        {option(words, "program-" + side), "exec", option(words, "id-" + side), "/bin/true"},
        {},
        {}};
    return Lane{name, [] {}, [command] { run(command); }};
  };
  const int rounds = std::stoi(option(words, "rounds"));
  const auto medians = interleave({lane("runtime", "b"), lane("shim", "a")}, Clock::cpu,
                                  {.warm_up = 3, .counted = rounds});
  tell_us(option(words, "name") + ": baseline", medians[0]);
  tell_us(option(words, "name") + ": with Bulkhead", medians[1]);
  report({option(words, "name"), medians[1] / medians[0], option(words, "goal"), "x CPU time"});
}

// Peak resident memory in MiB of hook and gate, which share theirs, at an ordinary start: the
// program of the filter is in the cache, and the stack of filters has been accepted before.
void gate_memory(const Words& words) {
  bulkhead::bench::become_subreaper();
  const std::string bundle = option(words, "bundle");
  const Side side{option(words, "program"), read_text(option(words, "config")), "bench-memory"};
  write_text(bundle + "/config.json", side.config);
  constexpr int kOrdinaryAfter = 20;  // runc's filters differ by the order of a Go map
  long kibibytes = 0;
  for (int round = 0; round <= kOrdinaryAfter; ++round) {
    cycle(side, bundle);
    kibibytes = bulkhead::bench::reap_all_for_peak("bulkhead-gate");
  }
  std::fprintf(stderr, "#   peak resident memory of hook and gate %ld KiB\n", kibibytes);
  report({option(words, "name"), static_cast<double>(kibibytes) / kBytesPerKibibyte,
          option(words, "goal"), "MiB"});
}

const struct {
  const char* name;
  void (*run)(const Words& words);
} kBenches[] = {
    {"pass-through", pass_through},
    {"create", create_added},
    {"linear", linear},
    {"memory", memory},
    {"cycle", cycles},
    {"exec", execs},
    {"gate-memory", gate_memory},
};

}  // namespace

int main(int argc, char** argv) {
  const Words words(argv + 1, argv + argc);
  for (const auto& bench : kBenches) {
    if (!words.empty() && words[0] == bench.name) {
      bench.run(words);
      return 0;
    }
  }
  std::fprintf(
      stderr,
      "usage: bench pass-through|create|linear|memory|cycle|exec|gate-memory --option=VALUE...\n");
  return 2;
}

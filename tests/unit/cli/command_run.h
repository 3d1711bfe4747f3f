// The `bulkhead` command run in this process, for tests of what it prints and of its exit code.
#pragma once

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "cli/frame/app.h"

namespace bulkhead::cli {

struct Ran {
  base::ExitCode code;
  std::string output;
  std::string errors;
};

// A directory of its own for each test, removed with it.
struct Scratch {
  std::string path;
  Scratch() {
    char name[] = "/tmp/bulkhead-cli-XXXXXX";
    path = ::mkdtemp(name);
  }
  ~Scratch() { std::filesystem::remove_all(path); }
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  std::string write(const std::string& name, const std::string& text) const {
    std::ofstream(path + "/" + name) << text;
    return path + "/" + name;
  }
};

inline Ran run_with(const std::vector<std::string>& arguments, const base::Paths& paths = {}) {
  Output output;
  Output errors;
  const base::ExitCode code = run(arguments, output, errors, paths);
  return {code, output.buffer(), errors.buffer()};
}

inline bool contains(const std::string& text, const std::string& part) {
  return text.find(part) != std::string::npos;
}

inline std::string read(const std::string& path) {
  std::ifstream file(path);
  std::ostringstream text;
  text << file.rdbuf();
  return text.str();
}

inline std::string flat(std::string text) {  // without line breaks, as a reader reads
  std::string out;
  for (const char letter : text) {
    const char plain = letter == '\n' ? ' ' : letter;
    if (plain != ' ' || !out.ends_with(' ')) out += plain;
  }
  return out;
}

inline base::Paths empty_node(const Scratch& scratch) {
  return {
      .settings = scratch.path, .state = scratch.path, .cache = scratch.path, .log = scratch.path};
}

}  // namespace bulkhead::cli

// A node in a directory, for tests of what is read from its files. Removed at the end.
#pragma once

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/engines/engine_config_files.h"
#include "cli/engines/engines.h"

namespace bulkhead::cli {

struct NodeTree {
  std::string root;
  explicit NodeTree(const std::vector<std::string>& programs = {}) {
    char name[] = "/tmp/bulkhead-node-XXXXXX";
    root = ::mkdtemp(name);
    for (const std::string& program_name : programs) program("/usr/bin/" + program_name);
  }
  ~NodeTree() { std::filesystem::remove_all(root); }
  NodeTree(const NodeTree&) = delete;
  NodeTree& operator=(const NodeTree&) = delete;

  void write(const std::string& path, const std::string& text) const {
    std::filesystem::create_directories(std::filesystem::path(root + path).parent_path());
    std::ofstream(root + path) << text;
  }
  void program(const std::string& path) const {
    write(path, "#!/bin/sh\n");
    std::filesystem::permissions(root + path, std::filesystem::perms::all);
  }
  void link(const std::string& path, const std::string& target) const {
    std::filesystem::remove(root + path);
    std::filesystem::create_symlink(target, root + path);
  }
  void remove(const std::string& path) const { std::filesystem::remove_all(root + path); }

  [[nodiscard]] RootTree tree() const {
    auto opened = RootTree::open(root);
    REQUIRE(opened);
    return std::move(*opened);
  }
  [[nodiscard]] EngineReport report() const { return find_engines(tree()); }
  [[nodiscard]] EngineState only_engine() const {
    const EngineReport found = report();
    REQUIRE(found.engines.size() == 1);
    return found.engines.front();
  }
};

}  // namespace bulkhead::cli

// What of kernel/apparmor_* works on files alone: finding a profile's file, knowing what it depends
// on, running a parser (a script here), keeping what it made. The rest needs an AppArmor kernel:
// tests/vm.
#include <sys/stat.h>
#include <unistd.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <set>

#include "kernel/apparmor/apparmor_cache.h"
#include "kernel/apparmor/apparmor_loaded.h"
#include "kernel/apparmor/apparmor_parser.h"
#include "kernel/apparmor/apparmor_source.h"

using namespace bulkhead;
using namespace bulkhead::kernel;
namespace fs = std::filesystem;

namespace {

// A node of its own in a temporary directory.
class Node {
 public:
  Node() {
    std::string pattern = "/tmp/bulkhead-apparmor-XXXXXX";
    root_ = ::mkdtemp(pattern.data());
    fs::create_directories(root_ + "/apparmor.d/abstractions");
    places = {.roots = {root_ + "/apparmor.d"},
              .base = root_ + "/apparmor.d",
              .parser_settings = root_ + "/parser.conf",
              .parsers = {root_ + "/parser"},
              .securityfs = root_ + "/securityfs",
              .cache = root_ + "/cache",
              .state = root_ + "/state"};
  }
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;
  ~Node() { fs::remove_all(root_); }

  std::string write(const std::string& name, const std::string& text, mode_t mode = 0644) const {
    const std::string path = root_ + "/" + name;
    fs::create_directories(fs::path(path).parent_path());
    std::ofstream(path) << text;
    ::chmod(path.c_str(), mode);
    return path;
  }
  void parser(const std::string& script) const { write("parser", "#!/bin/sh\n" + script, 0755); }
  [[nodiscard]] std::string path(const std::string& name) const { return root_ + "/" + name; }

  AppArmorPlaces places;

 private:
  std::string root_;
};

ProfileSource text_of(std::string text) {
  return {.name = "app", .path = "/etc/apparmor.d/app", .text = std::move(text)};
}

}  // namespace

TEST_CASE("a profile is found by its name, whatever its file is called") {
  const Node node;
  node.write("apparmor.d/some-file", "profile other { }\nprofile app { }\n");
  const auto source = find_profile_source("app", node.places);
  REQUIRE(source);
  CHECK(source->path == node.path("apparmor.d/some-file"));
  CHECK_FALSE(source->complain);
}

TEST_CASE("a profile that no file defines is named with where it was looked for") {
  const Node node;
  node.write("apparmor.d/app", "# app is only spoken of here\nprofile other { }\n");
  node.write("apparmor.d/app.dpkg-old", "profile app { }\n");
  node.write("apparmor.d/local/app", "profile app { }\n");
  const auto source = find_profile_source("app", node.places);
  REQUIRE_FALSE(source);
  CHECK_THAT(source.error().message,
             Catch::Contains("'app' is not loaded") && Catch::Contains(node.path("apparmor.d")));
  CHECK_THAT(source.error().remedy, Catch::Contains("profile app"));
}

TEST_CASE("a profile that two files define is refused") {
  const Node node;
  node.write("apparmor.d/a", "profile app { }\n");
  node.write("apparmor.d/b", "profile app { }\n");
  const auto source = find_profile_source("app", node.places);
  REQUIRE_FALSE(source);
  CHECK_THAT(source.error().message, Catch::Contains("apparmor.d/a' and in '"));
}

TEST_CASE("a file that others may write, or that its owner disabled, is refused") {
  const Node node;
  node.write("apparmor.d/app", "profile app { }\n", 0666);
  CHECK_THAT(find_profile_source("app", node.places).error().message,
             Catch::Contains("can be written by others than root"));
  node.write("apparmor.d/app", "profile app { }\n", 0644);
  REQUIRE(find_profile_source("app", node.places));
  node.write("apparmor.d/disable/app", "");
  CHECK_THAT(find_profile_source("app", node.places).error().message, Catch::Contains("disables"));
}

TEST_CASE("a file that its owner forces to complain is compiled so") {
  const Node node;
  node.write("apparmor.d/app", "profile app { }\n");
  node.write("apparmor.d/force-complain/app", "");
  REQUIRE(find_profile_source("app", node.places));
  CHECK(find_profile_source("app", node.places)->complain);
}

TEST_CASE("what a profile compiles to depends on its text and on every file behind it") {
  const Node node;
  node.write("apparmor.d/abstractions/base", "include <abstractions/inner>\n");
  node.write("apparmor.d/abstractions/inner", "/a r,\n");
  node.write("apparmor.d/parts/one", "/b r,\n");
  const ProfileSource source =
      text_of("profile app { include <abstractions/base>\n include if exists <parts>\n }");
  node.parser("exit 0");
  const auto key = [&] { return compile_key(source, node.places, "features"); };
  const std::string before = key();
  CHECK(key() == before);

  SECTION("an include of an include") { node.write("apparmor.d/abstractions/inner", "/c r,\n"); }
  SECTION("a file of an included directory") { node.write("apparmor.d/parts/two", "/c r,\n"); }
  SECTION("a file that was not there") { fs::remove(node.path("apparmor.d/abstractions/inner")); }
  SECTION("the parser's settings") { node.write("parser.conf", "Optimize=compress-fast\n"); }
  SECTION("the parser") { node.parser("exit 0 # younger"); }
  CHECK(key() != before);
}

TEST_CASE("the features of the kernel and the mode are part of the key") {
  const Node node;
  ProfileSource source = text_of("profile app { }");
  const std::string before = compile_key(source, node.places, "features");
  CHECK(compile_key(source, node.places, "other features") != before);
  source.complain = true;
  CHECK(compile_key(source, node.places, "features") != before);
}

TEST_CASE("the parser gets the text on stdin, and its output is the policy") {
  const Node node;
  node.parser("echo \"$@\" >" + node.path("words") + "; cat");
  CHECK(compile_apparmor(text_of("profile app { }"), node.places) == "profile app { }");
  std::ifstream words(node.path("words"));
  std::string line;
  std::getline(words, line);
  CHECK_THAT(line, Catch::Contains("--skip-kernel-load") && Catch::Contains("--stdout"));
  CHECK_THAT(line, !Catch::Contains("--Complain"));
}

TEST_CASE("a parser that fails is quoted, one that is missing is named with its package") {
  const Node node;
  const auto missing = compile_apparmor(text_of("x"), node.places);
  REQUIRE_FALSE(missing);
  CHECK(missing.error().code == base::ErrorCode::unsupported);
  CHECK_THAT(missing.error().remedy, Catch::Contains("package apparmor"));

  node.parser("echo 'AppArmor parser error at line 2: syntax error' >&2; exit 1");
  const auto failed = compile_apparmor(text_of("x"), node.places);
  REQUIRE_FALSE(failed);
  CHECK(failed.error().code == base::ErrorCode::invalid_input);
  CHECK_THAT(failed.error().message, Catch::Contains("'/etc/apparmor.d/app' does not compile") &&
                                         Catch::Contains("error at line 2: syntax error"));
}

TEST_CASE("a parser that is killed, hangs or gives nothing leaves nothing behind") {
  const Node node;
  node.parser("head -c 1000 /dev/zero; kill -KILL $$");
  const auto killed = compile_apparmor(text_of("x"), node.places);
  REQUIRE_FALSE(killed);
  CHECK_THAT(killed.error().message, Catch::Contains("killed by signal 9"));
  node.parser("sleep 60");
  const auto hung = compile_apparmor(text_of("x"), node.places, {.timeout_ms = 100});
  REQUIRE_FALSE(hung);
  CHECK_THAT(hung.error().message, Catch::Contains("more than 100 ms"));
  node.parser("exit 0");
  CHECK_THAT(compile_apparmor(text_of("x"), node.places).error().message,
             Catch::Contains("defines no profile"));
  CHECK_FALSE(fs::exists(node.path("cache")));
}

TEST_CASE("what was compiled once is not compiled again, and a damaged file is") {
  const Node node;
  const ProfileSource source = text_of("profile app { }");
  node.parser("echo called >>" + node.path("calls") + "; cat");
  const auto calls = [&] {
    std::ifstream file(node.path("calls"));
    return std::count(std::istreambuf_iterator<char>(file), {}, '\n');
  };
  const auto first = compiled_policy(source, node.places, "f");
  REQUIRE(first);
  CHECK_FALSE(first->from_cache);
  const auto second = compiled_policy(source, node.places, "f");
  REQUIRE(second);
  CHECK(second->from_cache);
  CHECK(second->bytes == first->bytes);
  CHECK(calls() == 1);

  const std::string file = node.path("cache/apparmor/" + first->name + ".bin");
  REQUIRE(fs::exists(file));
  SECTION("another byte") {
    std::fstream(file, std::ios::in | std::ios::out).seekp(-3, std::ios::end).put('X');
  }
  SECTION("cut") { fs::resize_file(file, fs::file_size(file) - 1); }
  SECTION("writable for all") { ::chmod(file.c_str(), 0666); }
  SECTION("another key") {
    fs::copy_file(file, node.path("saved"));
    const auto other = compiled_policy(source, node.places, "g");
    REQUIRE(other);
    const std::string other_file = node.path("cache/apparmor/" + other->name + ".bin");
    fs::copy_file(node.path("saved"), other_file, fs::copy_options::overwrite_existing);
    CHECK_FALSE(compiled_policy(source, node.places, "g")->from_cache);
    CHECK(calls() == 3);
    return;
  }
  const auto third = compiled_policy(source, node.places, "f");
  REQUIRE(third);
  CHECK_FALSE(third->from_cache);
  CHECK(calls() == 2);
}

TEST_CASE("while nothing behind a profile changed, only the times of its files are asked for") {
  const Node node;
  const ProfileSource source = text_of("profile app { include <part>\n include if exists <no>\n }");
  const std::string part = node.write("apparmor.d/part", "x");
  node.parser("cat");
  const auto young = compiled_policy(source, node.places, "f");
  REQUIRE(young);
  CHECK(young->stamps.empty());  // changed within the last two seconds: the digest decides
  CHECK(find_compiled(source, node.places, "f"));

  ::sleep(3);  // the times that the kernel gives cannot be set back
  const auto stamped = find_compiled(source, node.places, "f");
  REQUIRE(stamped);
  CHECK(stamped->stamps.size() == 3);  // parser.conf, part, no
  SECTION("the same content with other times is found by its digest") {
    node.write("apparmor.d/part", "x");
    CHECK(find_compiled(source, node.places, "f"));
  }
  SECTION("other content is not found") {
    node.write("apparmor.d/part", "y");
    CHECK_FALSE(find_compiled(source, node.places, "f"));
  }
  SECTION("a file that was not there is seen") {
    node.write("apparmor.d/no", "y");
    CHECK_FALSE(find_compiled(source, node.places, "f"));
  }
}

TEST_CASE("what a file compiled to before is not kept, nor what came of files that are gone") {
  const Node node;
  node.parser("cat");
  const auto compile = [&](const std::string& path, const std::string& text,
                           bool complain = false) {
    node.write(path, text);
    const auto policy = compiled_policy(
        {.name = "app", .path = node.path(path), .text = text, .complain = complain}, node.places,
        "f");
    REQUIRE(policy);
    return policy->name + ".bin";
  };
  const auto kept = [&] {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(node.path("cache/apparmor"))) {
      names.insert(entry.path().filename());
    }
    return names;
  };
  const std::string other = compile("apparmor.d/other", "profile other { }");
  const std::string complaining = compile("apparmor.d/app", "profile app { }", true);
  std::string newest;
  for (int i = 0; i < 20; ++i) {
    newest = compile("apparmor.d/app", "profile app { } #" + std::to_string(i));
  }
  CHECK(kept() == std::set<std::string>{other, complaining, newest});

  const std::string gone = compile("apparmor.d/gone", "profile gone { }");
  CHECK(kept().contains(gone));
  fs::remove(node.path("apparmor.d/gone"));
  node.write("cache/apparmor/older.bin", "bulkhead apparmor 3\n");
  node.write("cache/apparmor/not-ours", "x");
  newest = compile("apparmor.d/app", "profile app { } # once more");
  CHECK(kept() == std::set<std::string>{other, complaining, newest, "not-ours"});
}

TEST_CASE("a cache that cannot be written only costs time") {
  Node node;
  node.places.cache = "/proc/none";
  node.parser("cat");
  const auto policy = compiled_policy(text_of("profile app { }"), node.places, "f");
  REQUIRE(policy);
  CHECK_FALSE(policy->from_cache);
}

TEST_CASE("files that change each time they are compiled are refused") {
  const Node node;
  const std::string part = node.write("apparmor.d/part", "x");
  node.parser("echo x >>" + part + "; cat");
  const auto policy = compiled_policy(text_of("profile app { include <part> }"), node.places, "f");
  REQUIRE_FALSE(policy);
  CHECK_THAT(policy.error().message, Catch::Contains("changed each time"));
}

TEST_CASE("a loaded profile is read with its mode and the digest of what was loaded") {
  const Node node;
  node.write("securityfs/profiles", "app (enforce)\napp//hat (complain)\n:ns:inner (kill)\n");
  node.write("securityfs/policy/profiles/app-else.1/name", "app-else\n");
  node.write("securityfs/policy/profiles/app.2/name", "app\n");
  node.write("securityfs/policy/profiles/app.2/raw_sha1", "00ff\n");
  node.write("securityfs/policy/profiles/app.2/raw_data", "compiled");
  node.write("securityfs/policy/namespaces/ns/profiles/inner.1/name", "inner\n");
  node.write("securityfs/policy/namespaces/ns/profiles/inner.1/raw_sha256", "aa\n");
  const auto app = find_loaded("app", node.places);
  REQUIRE(app);
  CHECK(app->mode == policy::AppArmorMode::enforce);
  CHECK(app->digest == "00ff");
  CHECK(is_same_policy(*app, "compiled") == true);
  CHECK(is_same_policy(*app, "compiled otherwise") == false);
  CHECK(find_loaded("app//hat", node.places)->digest == "00ff");
  const auto inner = find_loaded(":ns://inner", node.places);
  REQUIRE(inner);
  CHECK(inner->name == ":ns:inner");
  CHECK(inner->digest == "aa");
  CHECK_FALSE(find_loaded("nowhere", node.places));
}

TEST_CASE(
    "the capabilities of a profile cannot be told where the kernel does not show what it holds") {
  const Node node;
  node.write("securityfs/profiles", "app (enforce)\nbroken (enforce)\n");
  node.write("securityfs/policy/profiles/broken.1/name", "broken\n");
  node.write("securityfs/policy/profiles/broken.1/raw_data", "compiled");
  for (const std::string name : {"app", "broken", "nowhere"}) {
    const auto allowed = allowed_capabilities(name, node.places);
    REQUIRE_FALSE(allowed);
    CHECK_THAT(allowed.error().sentence(),
               Catch::Contains("does not show what it holds of the AppArmor profile '" + name));
  }
}

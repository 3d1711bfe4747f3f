// The files of a node, or of another root tree, as the engines' configuration needs them: read,
// listed, replaced, removed. Symbolic links are followed as a process whose root is that tree would
// follow them, so that `--root` never reaches out of its tree; a configuration file that is a link
// stays one, and what it points to is replaced.
#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.h"
#include "base/unique_fd.h"

namespace bulkhead::cli {

class RootTree {
 public:
  // "" is the node itself. Error code io: there is no such directory.
  [[nodiscard]] static base::Result<RootTree> open(const std::string& root);

  [[nodiscard]] const std::string& root() const { return root_; }

  // Nothing when it is not there. Errors (code io): everything else that keeps it from being read.
  [[nodiscard]] base::Result<std::optional<std::string>> read(const std::string& path) const;
  // Names in a directory, sorted; none when it is not there.
  [[nodiscard]] std::vector<std::string> names_in(const std::string& directory) const;
  // Paths of everything below it that is no directory, in the order of Go's filepath.Walk.
  [[nodiscard]] std::vector<std::string> files_below(const std::string& directory) const;
  // Paths that a glob(7) pattern matches, sorted, as seen from inside the tree. `*` matches a
  // leading dot too, as it does in Go.
  [[nodiscard]] std::vector<std::string> matches(const std::string& pattern) const;
  [[nodiscard]] bool exists(const std::string& path) const;
  // A regular file, or a link to one.
  [[nodiscard]] bool is_file(const std::string& path) const;
  [[nodiscard]] bool is_program(const std::string& path) const;
  // The last name of what the path leads to over symbolic links; its own where it leads nowhere.
  [[nodiscard]] std::string final_name(const std::string& path) const;

  // Whether the file may be replaced or created; asked of every file before the first is changed.
  [[nodiscard]] base::Result<void> check_writable(const std::string& path) const;
  // Until this object is gone, nobody else who asks works on the tree. Error code io.
  [[nodiscard]] base::Result<void> lock() const;
  // Replaces atomically, or creates with mode 0644 and the directories above it. The temporary of
  // a file in a drop-in directory ("….d") stands beside that directory where it can: CRI-O reads
  // every file in its own, whatever its name.
  [[nodiscard]] base::Result<void> write(const std::string& path, const std::string& text) const;
  // A file that is not there is no error. Empty directories above it stay.
  [[nodiscard]] base::Result<void> remove(const std::string& path) const;
  // Whether it is gone then, which it is not where it is not empty or not there to be written.
  [[nodiscard]] bool remove_directory(const std::string& path) const;
  // What a writer of that file who was killed left behind.
  void remove_temporaries_of(const std::string& path) const;
  [[nodiscard]] base::Result<void> link(const std::string& path, const std::string& target) const;

 private:
  explicit RootTree(std::string root, base::UniqueFd fd)
      : root_(std::move(root)), fd_(std::move(fd)) {}
  struct Place {
    base::UniqueFd directory;
    std::string name;  // no symbolic link
  };
  [[nodiscard]] base::Result<Place> place_of(std::string path) const;

  std::string root_;
  base::UniqueFd fd_;
};

}  // namespace bulkhead::cli

// config.json without its filter, for as long as the runtime reads it: where the gate installs the
// filter, the runtime is not to compile it again.
//
//   ConfigStandIn stand_in(config, whole, lean);
//   stand_in.take_place();   config.json is the lean document; the whole one lies beside it, as
//                            .config.json.<digest of the lean one>.whole
//   stand_in.put_back();     by the gate, once the runtime has begun to make the container
//
// Whoever dies in between leaves both files. The next start finds by its annotation that
// config.json stands in, and puts the whole document back: that of the lean one's digest, which
// nobody could have laid there but who may write config.json itself. A config.json that somebody
// wrote meanwhile is never overwritten. Starts of one bundle wait for each other (flock(2) on its
// directory, which the kernel takes away from the dead) until the other has put back what it took.
#pragma once

#include <functional>
#include <string>

#include "base/error.h"
#include "base/unique_fd.h"
#include "oci-config/bundle.h"

namespace bulkhead::shim {

class ConfigStandIn {
 public:
  // `whole` is what config.json shall hold in the end, `lean` what the runtime shall read.
  ConfigStandIn(oci_config::OpenDocument config, std::string whole, std::string lean);
  ~ConfigStandIn() { put_back(); }
  ConfigStandIn(const ConfigStandIn&) = delete;
  ConfigStandIn& operator=(const ConfigStandIn&) = delete;

  // Error (code io): another start of this bundle lasts, config.json has changed since it was read,
  // or nothing can be written here. Then config.json is as it was.
  [[nodiscard]] base::Result<void> take_place();
  // Does nothing where nothing is in place. Needs no descriptor but kept_descriptor().
  void put_back();

  // Instead of both: config.json holds the whole document. Errors: of replace_document().
  [[nodiscard]] base::Result<void> write_whole() const;

  // The bundle's directory, locked, while the lean document is in place; else -1.
  [[nodiscard]] int kept_descriptor() const { return directory_.get(); }

 private:
  [[nodiscard]] base::Result<void> check_unchanged() const;
  [[nodiscard]] base::Result<void> lay_aside() const;

  oci_config::OpenDocument config_;
  std::string whole_;
  std::string lean_;
  std::string aside_;  // the whole document's name
  base::UniqueFd directory_;
};

// Whether a document says of itself that it stands in for another.
[[nodiscard]] bool stands_in(const oci_config::OpenDocument& config);

using Open = std::function<base::Result<oci_config::OpenDocument>()>;

// What an interrupted start left is put back, and the document opened again; of another start that
// lasts, the whole one that lies beside is opened. Where there is nothing to put back, the one that
// is there now: a decision refuses one that stands in. Errors (code io): another start of this
// bundle lasts, and nothing whole lies beside; those of `open`.
[[nodiscard]] base::Result<oci_config::OpenDocument> put_back_left_over(
    const oci_config::OpenDocument& found, const Open& open);

}  // namespace bulkhead::shim

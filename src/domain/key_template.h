#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "domain/ids.h"

namespace longshore {

/// What a key template's words stand for.
struct KeyWords {
  ConnectorId connector;
  UploadId upload;
  NodeId node;
  DriveName drive;
  std::string path;
  std::string name;
  Time now{};
};

/// The S3 key of each operation: "connectors/{connector}/{upload}.pb" by default. Words: {connector} {upload}
/// {node} {drive} {path} {name} {yyyy} {mm} {dd}. It must hold {upload}, so that every operation writes to a
/// key of its own. A value is encoded so that it cannot leave its place: everything but unreserved characters
/// is percent-encoded, also "." and
/// ".." as a whole; {path} keeps its slashes, empty segments dropped.
class KeyTemplate {
 public:
  KeyTemplate();  // the default template
  /// Throws Error(invalid_request, field key_template): unknown word, {upload} missing, stray brace, leading
  /// or double slash.
  explicit KeyTemplate(std::string_view text);

  /// Throws out_of_limits where the key would be longer than 1,024 bytes (S3 "Object key names").
  [[nodiscard]] ObjectKey expand(const KeyWords& words) const;
  [[nodiscard]] const std::string& text() const { return text_; }

 private:
  std::string text_;
};

}  // namespace longshore

#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "domain/ids.h"

namespace longshore::sim {

/// What a client means to upload. Its id stands at the head of the request ids, so that the world knows of
/// each operation whose bytes it is to get.
struct Intent {
  std::string id;
  std::vector<std::string> chunks;
  bool may_complete = true;      // false: the client announced something that its bytes are not
  bool split_by_server = false;  // a whole object: where it is cut is none of the client's business
  bool may_be_prefix = false;    // completed before all was sent, on purpose: any first chunks will do

  [[nodiscard]] std::string whole() const;
  [[nodiscard]] bool accepts(const std::string& bytes) const;
};

/// All intents of a history, and which upload serves which.
class Intents {
 public:
  const Intent& add(Intent intent);
  /// The intent at the head of a request id; nullptr: none.
  [[nodiscard]] const Intent* of_request(const std::string& request_id) const;
  void bind(const UploadId& upload, const Intent& intent) { of_upload_.emplace(upload, &intent); }
  [[nodiscard]] const Intent* of(const UploadId& upload) const;
  [[nodiscard]] Intent& by_id(const std::string& id) { return intents_.at(id); }

 private:
  std::map<std::string, Intent> intents_;
  std::map<UploadId, const Intent*> of_upload_;
};

}  // namespace longshore::sim

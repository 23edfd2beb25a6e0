#include "tests/sim/intents.h"

#include <numeric>
#include <utility>

namespace longshore::sim {

std::string Intent::whole() const { return std::accumulate(chunks.begin(), chunks.end(), std::string()); }

bool Intent::accepts(const std::string& bytes) const {
  if (!may_complete) return false;
  if (!may_be_prefix) return bytes == whole();
  std::string prefix;
  for (const std::string& chunk : chunks) {
    prefix += chunk;
    if (prefix == bytes) return true;
  }
  return false;
}

const Intent& Intents::add(Intent intent) {
  const std::string id = intent.id;
  return intents_.emplace(id, std::move(intent)).first->second;
}

const Intent* Intents::of_request(const std::string& request_id) const {
  const auto found = intents_.find(request_id.substr(0, request_id.find('/')));
  return found == intents_.end() ? nullptr : &found->second;
}

const Intent* Intents::of(const UploadId& upload) const {
  const auto found = of_upload_.find(upload);
  return found == of_upload_.end() ? nullptr : found->second;
}

}  // namespace longshore::sim

#pragma once

#include <string>
#include <string_view>

#include "obs/metrics.h"

namespace longshore {

/// The value of one series as it would be read; "" if it is not there.
inline std::string metric(Metrics& metrics, std::string_view series) {
  const std::string text = "\n" + metrics.exposition();
  const std::string line = "\n" + std::string(series) + " ";
  const std::size_t at = text.find(line);
  if (at == std::string::npos) return "";
  return text.substr(at + line.size(), text.find('\n', at + line.size()) - at - line.size());
}

}  // namespace longshore

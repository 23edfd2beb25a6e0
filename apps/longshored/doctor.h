#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "apps/longshored/config.h"

namespace longshore::server {

/// One thing that was looked at.
struct Finding {
  enum class Grade { good, worth_a_look, bad };
  Grade grade = Grade::good;
  std::string what;    // "data folder: 41 GiB free"
  std::string advice;  // empty if good
};

/// Looks over what a server on this configuration stands on: room on the disks, the databases, the buckets,
/// the clock, the limit of open files. Changes nothing, but for what bucket_check.h writes and removes. The
/// caller holds the data folder's lock, if the folder is there. Blocks.
std::vector<Finding> examine(const Config& config);

/// A line each; true if none is bad.
bool print_findings(const std::vector<Finding>& findings, std::ostream& out);

}  // namespace longshore::server

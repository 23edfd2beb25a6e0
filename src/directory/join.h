#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "directory/parts_log.h"

namespace longshore::directory {

/// How the named parts become one file with as little copying as can be. Pure.

struct CopyStep {
  PartNumber part;
  PartPlace from;
  std::int64_t to_offset = 0;
  std::int64_t size = 0;
  bool operator==(const CopyStep&) const = default;
};

struct JoinPlan {
  std::string file;       // what becomes the object
  bool in_place = false;  // `file` holds the first part already; else it is a new one, and all parts are
                          // copied
  std::vector<CopyStep> steps;  // in order
  std::int64_t size = 0;        // of the whole
};

/// Parts that lie in the first one's file at their final offset are not touched; with fixed places these are
/// all of them, as a rule. Without, the first part's file is extended by the others where that overwrites no
/// stored part. Else everything is copied to `fresh_file`. Every number stands in the table; there is at
/// least one.
JoinPlan plan_join(const std::vector<PartNumber>& numbers, const PartTable& table, bool fixed_places,
                   const std::string& fresh_file);

}  // namespace longshore::directory

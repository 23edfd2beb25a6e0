#include "directory/join.h"

#include <algorithm>

namespace longshore::directory {

namespace {

/// The stretches of one file that stored parts occupy.
using Occupied = std::map<std::int64_t, std::int64_t>;  // offset -> end; they do not overlap

Occupied occupied_in(const std::string& file, const PartTable& table) {
  Occupied occupied;
  for (const auto& [number, row] : table) {
    if (row.place.file == file && row.size > 0) occupied[row.place.offset] = row.place.offset + row.size;
  }
  return occupied;
}

bool is_free(const Occupied& occupied, const CopyStep& step) {
  const auto behind = occupied.lower_bound(step.to_offset + step.size);
  return behind == occupied.begin() || std::prev(behind)->second <= step.to_offset;
}

}  // namespace

JoinPlan plan_join(const std::vector<PartNumber>& numbers, const PartTable& table, bool fixed_places,
                   const std::string& fresh_file) {
  const PartPlace& first = table.at(numbers.front()).place;
  JoinPlan plan{.file = first.file, .in_place = true};
  std::vector<CopyStep> all;
  for (const PartNumber number : numbers) {
    const PartRow& row = table.at(number);
    const CopyStep step{.part = number, .from = row.place, .to_offset = plan.size, .size = row.size};
    if (row.place != PartPlace{first.file, plan.size} && row.size > 0) plan.steps.push_back(step);
    if (row.size > 0) all.push_back(step);
    plan.size += row.size;
  }
  // A part that was moved into another one's fixed place would be overwritten when that one is sent again.
  const Occupied occupied = occupied_in(first.file, table);
  const auto fits = [&](const CopyStep& step) { return !fixed_places && is_free(occupied, step); };
  if (first.offset != 0 || !std::all_of(plan.steps.begin(), plan.steps.end(), fits)) {
    plan.file = fresh_file;
    plan.in_place = false;
    plan.steps = std::move(all);
  }
  return plan;
}

}  // namespace longshore::directory

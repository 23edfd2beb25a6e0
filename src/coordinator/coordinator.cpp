#include "coordinator/coordinator.h"

#include <stdexcept>
#include <utility>

namespace longshore {

Coordinator::Coordinator(Ports ports, std::map<DriveName, Drive> drives, UploadPolicy policy, Report report)
    : ports_(ports), drives_(std::move(drives)), policy_(policy), report_(std::move(report)) {
  if (!drives_.contains(DriveName{"default"})) throw std::invalid_argument("there is no drive named default");
}

const Drive* Coordinator::find_drive(const DriveName& name) const {
  const auto found = drives_.find(name.empty() ? DriveName{"default"} : name);
  return found == drives_.end() ? nullptr : &found->second;
}

const Drive& Coordinator::drive(const DriveName& name) const {
  const Drive* const found = find_drive(name);
  if (found == nullptr)
    throw invalid_field("drive", "there is no drive named \"" + name.str() + "\" on this server");
  return *found;
}

}  // namespace longshore

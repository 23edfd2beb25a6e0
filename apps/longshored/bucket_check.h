#pragma once

#include <vector>

#include "apps/longshored/config.h"
#include "apps/longshored/doctor.h"

namespace longshore::server {

/// Does what a server needs of a drive's bucket, one call after the other, at a key of its own under
/// longshore-probe/, and removes what it has written. Blocks, for some seconds where nobody answers.
std::vector<Finding> examine_bucket(const DriveConfig& drive, const aws::Environment& environment);

/// What to do about an error of a bucket. `right`: what the call needs, "s3:PutObject". Pure.
std::string advice_on(const Error& error, const std::string& right);

}  // namespace longshore::server

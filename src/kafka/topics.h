#pragma once

#include <string>
#include <vector>

#include "kafka/options.h"

namespace longshore::kafka {

/// Those of `topics` that the brokers do not have, or do not let us see. Blocks, for Options::timeout at
/// most. Throws Error(internal): retry if no broker answers, refused if that will not change.
std::vector<std::string> missing_topics(const Options& options, const std::vector<std::string>& topics);

/// Makes those that are missing, with as many partitions and replicas as the brokers make by default; which
/// it made. They are there when it returns. Blocks and throws likewise.
std::vector<std::string> create_topics(const Options& options, const std::vector<std::string>& topics);

}  // namespace longshore::kafka

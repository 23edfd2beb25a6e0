#pragma once

#include "apps/longshored/config.h"
#include "net/timers.h"
#include "obs/log.h"
#include "sqlite/data_folder.h"

namespace longshore::server {

/// The data folder for this process alone, once the ports of `config` are free. A server that was killed
/// holds its ports and its folder until the kernel is done with it: both are waited for, about five seconds,
/// and the log says for what. As long as a port cannot be had nothing is made. Throws Error. Blocks.
sqlite::DataFolder take_over(const Config& config, Timers& timers, const Log& log);

}  // namespace longshore::server

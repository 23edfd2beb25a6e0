#pragma once

#include <map>
#include <string>

#include "base/clock.h"
#include "base/secret.h"

namespace longshore::kafka {

/// Where the brokers are, and how they are spoken to. The defaults are those of docs/configuration.md.
struct Options {
  std::string brokers;  // "HOST:PORT,HOST:PORT": some of them, the others are found by these
  std::map<std::string, Secret> settings;  // librdkafka's own, such as sasl.username (settings.h)
  Millis timeout{5000};                    // for the delivery of one message, with all its repetitions
};

}  // namespace longshore::kafka

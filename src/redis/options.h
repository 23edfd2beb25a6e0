#pragma once

#include <cstddef>
#include <string>

#include "base/clock.h"
#include "base/secret.h"
#include "redis/url.h"

namespace longshore::redis {

/// Where the servers are, and what is waited for. The defaults are those of docs/configuration.md, or have
/// their reason here.
struct Options {
  Url url;
  std::string username;          // of an ACL; "": the default user
  Secret password;               // "": none is asked for
  Secret sentinel_password;      // likewise, of the Sentinels
  std::string ca_file;           // PEM; "": the system's authorities
  std::string certificate_file;  // PEM; ours, for servers that want one; "": none
  std::string key_file;          // its key

  Millis timeout{2000};  // for one call, from its acceptance to its reply, whatever happens in between
  Millis connect_timeout{1000};  // for one server to be connected to and to say who it is
  // After a lost connection: drawn from [0, step], where the step doubles from least to most.
  Millis reconnect_least{20};
  Millis reconnect_most{1000};
  Millis idle_most{10'000};  // so long a connection is kept that nobody uses
  // Calls that wait for a reply, and their bytes; more are refused at once. A stalled server costs no more.
  std::size_t calls_max = 20'000;
  std::size_t bytes_max = 64U << 20U;
};

}  // namespace longshore::redis

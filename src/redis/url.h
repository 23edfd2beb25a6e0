#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "redis/address.h"

namespace longshore::redis {

/// Who answers for a key.
enum class Topology {
  single,    // one server; of several addresses the one that is the master
  sentinel,  // the master that the Sentinels name
  cluster,   // the master of the key's slot
};

/// What a URL says:
///   redis://HOST[:PORT][,HOST[:PORT]...][/DATABASE]
///   redis+sentinel://HOST[:PORT][,...]/MASTER[/DATABASE]
///   redis+cluster://HOST[:PORT][,...]
///   unix:///FILE[?db=DATABASE]
/// and rediss, rediss+sentinel, rediss+cluster for TLS.
struct Url {
  Topology topology = Topology::single;
  bool tls = false;
  std::vector<Address> addresses;  // not empty; of the Sentinels, in that topology
  std::string master;              // what the Sentinels call it
  int database = 0;
};

/// Throws Error(invalid_request), saying what is wrong. Credentials in it are refused: a URL is printed.
Url parse_url(std::string_view text);

}  // namespace longshore::redis

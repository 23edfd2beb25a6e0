#include "front/common/client_address.h"

#include <algorithm>

#include "net/address.h"

namespace longshore {

namespace ip = boost::asio::ip;

ip::address client_address(const ip::address& peer, const Fields& fields,
                           const std::vector<ip::address>& trusted_proxies) {
  const ip::address sender = unmapped(peer);
  if (std::ranges::find(trusted_proxies, sender, unmapped) == trusted_proxies.end()) return sender;
  const auto last = std::ranges::find(fields.rbegin(), fields.rend(), "x-forwarded-for", &Field::name);
  if (last == fields.rend()) return sender;
  const std::string text = last->value.substr(last->value.find_last_of(", ") + 1);  // npos + 1: all of it
  boost::system::error_code malformed;
  const ip::address client = ip::make_address(text, malformed);
  return malformed ? sender : unmapped(client);
}

}  // namespace longshore

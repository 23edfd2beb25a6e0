#include "front/http/client_address.h"

#include <algorithm>

#include "net/address.h"

namespace longshore::http {

namespace ip = boost::asio::ip;

ip::address client_address(const ip::address& peer, const RequestHead& head,
                           const std::vector<ip::address>& trusted_proxies) {
  const ip::address sender = unmapped(peer);
  if (std::ranges::find(trusted_proxies, sender, unmapped) == trusted_proxies.end()) return sender;
  const auto last = std::ranges::find(head.fields.rbegin(), head.fields.rend(), "x-forwarded-for",
                                      &Field::name);
  if (last == head.fields.rend()) return sender;
  const std::string text = last->value.substr(last->value.find_last_of(", ") + 1);  // npos + 1: all of it
  boost::system::error_code malformed;
  const ip::address client = ip::make_address(text, malformed);
  return malformed ? sender : unmapped(client);
}

}  // namespace longshore::http

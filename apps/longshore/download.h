#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <boost/asio/awaitable.hpp>

#include "apps/longshore/http_response.h"
#include "apps/longshore/output.h"
#include "apps/longshore/tools.h"
#include "apps/longshore/transfer.h"
#include "base/hash.h"

namespace longshore::cli {

/// A node's bytes at one moment, as one answer tells of them: what two answers say may be of two contents.
struct Content {
  std::string etag;
  std::int64_t length = 0;
  std::string crc32c;  // in base64; "" where it is not known
};
/// Throws Failure PROTOCOL_ERROR if the length is missing.
Content content_of(const HttpResponse& head);

/// That content of one node on its way to an output, over as many connections as it takes. Used once, on the
/// loop's thread.
class Download final : public ResponseBody {
 public:
  /// `name`: what the user knows the node by. All outlive it.
  Download(Tools& tools, std::string node_id, std::string name, Content content, Output& output);

  /// Throws Failure; CONTENT_DIFFERS also where the node has other content by now: then was_replaced().
  boost::asio::awaitable<void> run();
  [[nodiscard]] bool was_replaced() const { return was_replaced_; }

  void begin(const HttpResponse& head) override;
  boost::asio::awaitable<void> write(ByteView piece) override;

 private:
  boost::asio::awaitable<void> fetch_all();
  boost::asio::awaitable<void> fetch_rest();
  boost::asio::awaitable<void> take_up_kept();
  boost::asio::awaitable<std::optional<Failure>> fetch_once();

  Tools& tools_;
  const std::string node_id_;
  const std::string name_;
  const Content content_;
  Output& output_;
  Transfer transfer_;
  ShownWaits waits_{tools_.api, transfer_};
  std::int64_t received_ = 0;
  Crc32c crc_;
  bool was_replaced_ = false;
};

}  // namespace longshore::cli

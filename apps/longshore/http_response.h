#pragma once

#include <string>
#include <string_view>

#include <boost/asio/awaitable.hpp>

#include "base/bytes.h"
#include "net/http_message.h"

namespace longshore::cli {

struct HttpResponse {
  int status = 0;
  HttpFields fields;
  std::string body;

  /// The first field of that name, in any case of letters; "" if there is none.
  [[nodiscard]] std::string field(std::string_view name) const;
};

/// Where the body of a successful answer goes that is not kept in memory.
class ResponseBody {
 public:
  ResponseBody() = default;
  ResponseBody(const ResponseBody&) = delete;
  ResponseBody& operator=(const ResponseBody&) = delete;
  virtual ~ResponseBody() = default;

  /// The head of an answer of the class 2xx; throws to refuse the body.
  virtual void begin(const HttpResponse& head) = 0;
  virtual boost::asio::awaitable<void> write(ByteView piece) = 0;
};

}  // namespace longshore::cli

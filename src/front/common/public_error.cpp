#include "front/common/public_error.h"

#include <string>

#include <boost/asio/error.hpp>
#include <boost/system/system_error.hpp>

namespace longshore {

Error internal_error() {
  return Error{Reason::internal,
               "something went wrong inside; the server's log has more under this request id"};
}

Error public_error(const std::exception_ptr& failure, const Log& log, std::string_view request_id) {
  std::string what;
  try {
    std::rethrow_exception(failure);
  } catch (const Error& error) {
    if (error.reason() != Reason::internal) return error;
    what = error.message();
  } catch (const boost::system::system_error& error) {
    if (error.code() == boost::asio::error::operation_aborted) throw;
    what = error.code().message();
  } catch (const std::exception& error) {
    what = error.what();
  }
  log.error("internal error", {{"request_id", request_id}, {"what", what}});
  return internal_error();
}

}  // namespace longshore

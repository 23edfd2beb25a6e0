#include "aws/measured_source.h"

#include <exception>
#include <utility>

#include <boost/asio/cancellation_state.hpp>
#include <boost/asio/this_coro.hpp>

namespace longshore::aws {

namespace asio = boost::asio;

MeasuredSource::MeasuredSource(std::unique_ptr<CredentialsSource> source, std::string bucket,
                               Metrics& metrics)
    : source_(std::move(source)), bucket_(std::move(bucket)), metrics_(metrics) {
  metrics_.credentials_errors_total.show({bucket_});
}

Task<Credentials> MeasuredSource::fetch() {
  std::exception_ptr failure;
  try {
    co_return co_await source_->fetch();
  } catch (...) {
    failure = std::current_exception();
  }
  // The end of the server is no failure of the source.
  const auto cancelled = (co_await asio::this_coro::cancellation_state).cancelled();
  if (cancelled == asio::cancellation_type::none) metrics_.credentials_errors_total.add({bucket_});
  std::rethrow_exception(failure);
}

}  // namespace longshore::aws

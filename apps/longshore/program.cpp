#include "apps/longshore/program.h"

#include <csignal>
#include <cstdlib>
#include <ostream>
#include <string>
#include <utility>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/this_coro.hpp>

#include "apps/longshore/api_json.h"
#include "apps/longshore/completion.h"
#include "apps/longshore/exit_code.h"
#include "apps/longshore/get.h"
#include "apps/longshore/inspect.h"
#include "apps/longshore/put.h"
#include "apps/longshore/text.h"
#include "base/random.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

/// Reading ahead and hashing for several parts at a time; more threads only contend for the disk.
constexpr std::size_t kPoolThreads = 2;
/// For commands that a person waits for.
constexpr Millis kShortRetry{10'000};

/// Whether the command may take hours, so that a restart of the server is nothing to end it for.
bool is_patient(const Command& command) {
  const auto* status = std::get_if<StatusOptions>(&command);
  return std::holds_alternative<PutOptions>(command) || std::holds_alternative<GetOptions>(command) ||
         (status != nullptr && status->watch);
}

RetryLimits retry_limits(const Options& options) {
  RetryLimits limits;
  if (!is_patient(options.command)) limits.give_up_after = kShortRetry;
  if (options.retry_for) limits.give_up_after = *options.retry_for;
  return limits;
}

struct Dispatch {
  Tools& tools;
  bool json;

  asio::awaitable<ExitCode> operator()(const PutOptions& o) const { return put(tools, o, json); }
  asio::awaitable<ExitCode> operator()(const StatusOptions& o) const { return status(tools, o, json); }
  asio::awaitable<ExitCode> operator()(const ListOptions& o) const { return list(tools, o, json); }
  asio::awaitable<ExitCode> operator()(const CancelOptions& o) const { return cancel(tools, o, json); }
  asio::awaitable<ExitCode> operator()(const GetOptions& o) const { return get(tools, o); }
  asio::awaitable<ExitCode> operator()(const RemoveOptions& o) const { return remove(tools, o, json); }
  asio::awaitable<ExitCode> operator()(const CompletionOptions&) const { co_return kDone; }
};

/// One run: the loop, the command on it, the signals beside it.
class Program {
 public:
  Program(const Options& options, Console::Streams streams)
      : options_(options),
        console_(std::move(streams)),
        api_({.server = parse_server_url(options.server),
              .token = options.token,
              .retry = retry_limits(options)},
             timers_, random_),
        tools_{.api = api_, .console = console_, .pool = pool_, .timers = timers_} {
    api_.observe_waits([this](const Failure& failure) { tell_wait(failure); });
  }

  int run() {
    wait_for_signal();
    asio::co_spawn(
        loop_, run_command(),
        asio::bind_cancellation_slot(interrupt_.slot(), [this](std::exception_ptr error, ExitCode code) {
          exit_code_ = error ? exit_code_of(error) : code;
          signals_.cancel();
        }));
    loop_.run();
    pool_.join();
    if (!console_.has_lost_results()) return exit_code_;
    console_.note("longshore: not all results could be written to the standard output");
    return exit_code_ == kDone ? kFailed : exit_code_;
  }

 private:
  asio::awaitable<ExitCode> run_command() {
    ExitCode code = kFailed;
    std::exception_ptr failure;
    try {
      code = co_await std::visit(Dispatch{tools_, options_.json}, options_.command);
    } catch (...) {
      failure = std::current_exception();
    }
    co_await asio::this_coro::throw_if_cancelled(false);
    co_await api_.close();
    if (failure) std::rethrow_exception(failure);
    co_return code;
  }

  /// Once for each new failure: nobody is to wonder why nothing comes.
  void tell_wait(const Failure& failure) {
    if (std::exchange(told_, failure.detail()) == failure.detail()) return;
    console_.note("longshore: " + failure.detail() + "; trying again for " +
                  format_duration(retry_limits(options_).give_up_after) + " (--retry-for)");
  }

  void wait_for_signal() {
    signals_.async_wait([this](const boost::system::error_code& error, int) {
      if (error) return;
      if (interrupted_) std::_Exit(kInterrupted);
      interrupted_ = true;
      console_.clear();
      wait_for_signal();
      interrupt_.emit(asio::cancellation_type::terminal);
    });
  }

  int exit_code_of(const std::exception_ptr& error) {
    console_.clear();
    try {
      std::rethrow_exception(error);
    } catch (const Failure& failure) {
      report(failure);
    } catch (const std::exception& e) {
      if (interrupted_) return kInterrupted;
      report(Failure("INTERNAL", e.what()));
    }
    return kFailed;
  }

  void report(const Failure& failure) {
    if (options_.json) {
      console_.result(json_line(failure_to_json(failure)));
    } else {
      console_.note("longshore: " + failure.detail() + " [" + failure.reason + "]");
    }
  }

  const Options& options_;
  asio::io_context loop_{1};
  asio::signal_set signals_{loop_, SIGINT, SIGTERM};
  asio::cancellation_signal interrupt_;
  BlockingPool pool_{kPoolThreads};
  AsioTimers timers_;
  SystemRandom random_;
  Console console_;
  ApiClient api_;
  Tools tools_;
  std::string told_;  // of a wait
  bool interrupted_ = false;
  int exit_code_ = kFailed;
};

}  // namespace

int run(const Options& options, Console::Streams streams) {
  if (const auto* completion = std::get_if<CompletionOptions>(&options.command)) {
    streams.out << completion_script(completion->shell) << std::flush;
    if (!streams.out.fail()) return kDone;
    streams.err << "longshore: the script could not be written to the standard output\n" << std::flush;
    return kFailed;
  }
  return Program(options, std::move(streams)).run();
}

}  // namespace longshore::cli

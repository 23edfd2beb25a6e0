#include "apps/longshore/get.h"

#include <filesystem>
#include <memory>
#include <optional>
#include <unistd.h>

#include <boost/system/system_error.hpp>

#include "apps/longshore/download.h"
#include "apps/longshore/failure.h"
#include "apps/longshore/output.h"
#include "apps/longshore/text.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

/// A node that is replaced more often than this while it is read never stands still long enough.
constexpr int kMaxContents = 5;

/// A FIFO that nobody reads is looked at this often.
constexpr Millis kReaderPeriod{100};

/// A word for the content: no two contents at all share it, and it fits into a file name.
std::string word_for(const std::string& node_id, const std::string& etag) {
  const Sha256Digest digest = sha256(node_id + "\n" + etag);
  constexpr std::size_t kBytes = 8;
  return hex_encode(std::as_bytes(std::span(digest)).first(kBytes));
}

/// Whoever uploaded it chose the name: it may not lead out of the folder, nor hide there (.bashrc).
bool is_plain(const std::string& name) {
  return !name.empty() && name.front() != '.' && name.find('/') == std::string::npos &&
         !has_control_characters(name);
}

/// nullptr: a FIFO that nobody reads yet.
std::unique_ptr<Output> try_to_open(const std::string& output, const Node& node, const std::string& etag) {
  if (output.empty() || output == "-") return StreamOutput::to_standard_output();
  const std::string content = word_for(node.node_id, etag);
  std::error_code error;
  if (!fs::is_directory(output, error)) return open_output(output, content);
  if (!is_plain(node.name)) {
    throw Failure(reasons::kUsage,
                  "'" + node.name + "' is no name for a file in " + output + ": give one by -o FILE");
  }
  return std::make_unique<FileOutput>(fs::path(output) / node.name, content, FileOutput::Existing::kept);
}

/// What -o means: the standard output, a file, or the node's name in a folder.
asio::awaitable<std::unique_ptr<Output>> output_for(Tools& tools, const GetOptions& options, const Node& node,
                                                    const std::string& etag) {
  for (;;) {
    std::unique_ptr<Output> output = co_await tools.pool.run(
        [&] { return try_to_open(options.output, node, etag); });
    if (output) co_return output;
    co_await tools.timers.sleep_for(kReaderPeriod);
  }
}

/// One try at the content that the node has now; false: that was replaced meanwhile, and another try can
/// begin with what it has then.
asio::awaitable<bool> try_to_get(Tools& tools, const GetOptions& options, const Node& node) {
  const Content content = content_of(co_await tools.api.head_content(node.node_id));
  const std::unique_ptr<Output> output = co_await output_for(tools, options, node, content.etag);
  Download download(tools, node.node_id, node.name, content, *output);
  std::optional<Failure> failure;
  try {
    co_await download.run();
    co_return true;
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted && output->kept_bytes() > 0) {
      tools.console.note("interrupted; the same command goes on after " + format_size(output->kept_bytes()));
    }
    throw;
  } catch (const Failure& f) {
    failure = f;
  }
  if (!download.was_replaced()) throw *failure;
  if (!co_await tools.pool.run([&] { return output->restart(); })) throw *failure;
  co_return false;
}

}  // namespace

asio::awaitable<ExitCode> get(Tools& tools, const GetOptions& options) {
  if (options.output.empty() && ::isatty(STDOUT_FILENO) == 1) {
    tools.console.note("the content would go to the terminal: give a file by -o FILE, or -o - to have it so");
    co_return kBadUsage;
  }
  const Node node = co_await tools.api.node(options.node_id);
  if (node.state != "ACTIVE") {
    throw Failure(node.state == "DELETED" ? "NODE_DELETED" : "NOT_FOUND",
                  options.node_id + " has no content: it is " + node.state);
  }
  for (int tries = 0; tries < kMaxContents; ++tries) {
    if (co_await try_to_get(tools, options, node)) co_return kDone;
    tools.console.note(node.name + " was replaced at the server; beginning anew");
  }
  throw Failure(reasons::kContentDiffers, node.name + " is replaced at the server again and again");
}

}  // namespace longshore::cli

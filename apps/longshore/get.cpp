#include "apps/longshore/get.h"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <memory>
#include <optional>
#include <unistd.h>

#include <boost/system/system_error.hpp>

#include "apps/longshore/failure.h"
#include "apps/longshore/output.h"
#include "apps/longshore/text.h"
#include "apps/longshore/transfer.h"
#include "base/encoding.h"
#include "base/hash.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;
namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kPieceBytes = 256 * KiB;

std::int64_t parse_length(const std::string& text) {
  const std::optional<std::int64_t> length = parse_int64(text);
  if (length && *length >= 0) return *length;
  throw Failure(reasons::kProtocol, "the server does not say how long the content is");
}

/// A strong entity tag: only such a one names bytes (RFC 9110 section 8.8.3), so only with it a download can
/// be resumed.
bool is_strong(const std::string& etag) {
  return etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
}

/// A word for the content: no two contents at all share it, and it fits into a file name.
std::string word_for(const std::string& node_id, const std::string& etag) {
  const Sha256Digest digest = sha256(node_id + "\n" + etag);
  constexpr std::size_t kBytes = 8;
  return hex_encode(std::as_bytes(std::span(digest)).first(kBytes));
}

/// The content of one node on its way to an output, over as many connections as it takes.
class Download final : public ResponseBody {
 public:
  Download(Session& session, const Node& node, const HttpResponse& head, Output& output)
      : session_(session),
        node_(node),
        etag_(head.field("ETag")),
        length_(parse_length(head.field("Content-Length"))),
        output_(output),
        transfer_(session.console, session.timers, node.name, length_) {}

  asio::awaitable<void> run() { co_await transfer_.show_during(fetch_all()); }

  void begin(const HttpResponse& head) override;
  asio::awaitable<void> write(ByteView piece) override;

 private:
  asio::awaitable<void> fetch_all();
  asio::awaitable<void> fetch_rest();
  asio::awaitable<void> take_up_kept();
  asio::awaitable<std::optional<Failure>> fetch_once();

  Session& session_;
  const Node& node_;
  const std::string etag_;
  const std::int64_t length_;
  Output& output_;
  Transfer transfer_;
  ShownWaits waits_{session_.api, transfer_};
  std::int64_t received_ = 0;
  Crc32c crc_;
};

/// Counts in what an earlier run left.
asio::awaitable<void> Download::take_up_kept() {
  const std::int64_t kept = output_.kept_bytes();
  if (kept == 0) co_return;
  if (kept > length_ || !is_strong(etag_)) {
    co_await session_.pool.run([this] { output_.restart(); });
    co_return;
  }
  std::vector<std::byte> piece(kPieceBytes);
  while (received_ < kept) {
    const auto bytes = MutableBytes(piece).first(
        static_cast<std::size_t>(std::min(kPieceBytes, kept - received_)));
    co_await session_.pool.run([this, bytes] { output_.read_kept(received_, bytes); });
    crc_.update(bytes);
    received_ += static_cast<std::int64_t>(bytes.size());
  }
  transfer_.begin_at(received_);
  session_.console.note(node_.name + ": going on after " + format_size(received_));
}

asio::awaitable<void> Download::fetch_all() {
  co_await take_up_kept();
  co_await fetch_rest();
  if (!node_.crc32c.empty() && node_.crc32c != crc32c_to_base64(crc_.value())) {
    co_await session_.pool.run([this] { return output_.restart(); });
    throw Failure(reasons::kContentDiffers,
                  node_.name + ": the bytes that came have another checksum (crc32c " +
                      crc32c_to_base64(crc_.value()) + ") than the node (" + node_.crc32c + ")");
  }
  co_await session_.pool.run([this] { output_.commit(); });
}

asio::awaitable<void> Download::fetch_rest() {
  auto started = std::chrono::steady_clock::now();
  Backoff backoff = session_.api.new_backoff();
  while (received_ < length_) {
    const std::int64_t before = received_;
    const std::optional<Failure> failure = co_await fetch_once();
    if (!failure) continue;
    if (received_ > before) {  // it goes on, however haltingly
      started = std::chrono::steady_clock::now();
      backoff = session_.api.new_backoff();
    }
    if (!co_await session_.api.may_retry(*failure, backoff, started)) throw *failure;
  }
}

asio::awaitable<std::optional<Failure>> Download::fetch_once() {
  try {
    co_await session_.api.content(node_.node_id, received_, etag_, *this);
  } catch (const Failure& failure) {
    co_return failure;
  }
  if (received_ == length_) co_return std::nullopt;
  co_return Failure(reasons::kServerUnreachable, "the content ended too early", Failure::Cure::later);
}

void Download::begin(const HttpResponse& head) {
  if (head.field("ETag") != etag_) {
    throw Failure(reasons::kContentDiffers,
                  node_.name + " was replaced at the server while it was being read");
  }
  if (received_ == 0 && head.status == 200) return;
  const std::string wanted = "bytes " + std::to_string(received_) + "-";
  if (head.status == 206 && head.field("Content-Range").starts_with(wanted)) return;
  throw Failure(reasons::kProtocol, "the server does not give the rest of " + node_.name + " from byte " +
                                        std::to_string(received_) + " on");
}

asio::awaitable<void> Download::write(ByteView piece) {
  if (static_cast<std::int64_t>(piece.size()) > length_ - received_) {
    throw Failure(reasons::kProtocol, "the server sends more than the content's length");
  }
  co_await session_.pool.run([this, piece] { output_.write(piece); });
  crc_.update(piece);
  received_ += static_cast<std::int64_t>(piece.size());
  transfer_.bytes() = received_;
}

/// The file that -o means: itself, or the node's name in that folder.
fs::path target_of(const std::string& output, const Node& node) {
  std::error_code error;
  if (!fs::is_directory(output, error)) return output;
  const bool is_plain = !node.name.empty() && node.name != "." && node.name != ".." &&
                        node.name.find('/') == std::string::npos && !has_control_characters(node.name);
  if (is_plain) return fs::path(output) / node.name;
  throw Failure(reasons::kUsage,
                "'" + node.name + "' is no name for a file in " + output + ": give one by -o FILE");
}

std::unique_ptr<Output> open_output(const GetOptions& options, const Node& node, const std::string& etag) {
  if (options.output.empty() || options.output == "-") return std::make_unique<StreamOutput>(STDOUT_FILENO);
  return std::make_unique<FileOutput>(target_of(options.output, node), word_for(node.node_id, etag));
}

}  // namespace

asio::awaitable<ExitCode> get(Session& session, const GetOptions& options) {
  if (options.output.empty() && ::isatty(STDOUT_FILENO) == 1) {
    session.console.note(
        "the content would go to the terminal: give a file by -o FILE, or -o - to have it so");
    co_return kBadUsage;
  }
  const Node node = co_await session.api.node(options.node_id);
  if (node.state != "ACTIVE") {
    throw Failure(node.state == "DELETED" ? "NODE_DELETED" : "NOT_FOUND",
                  options.node_id + " has no content: it is " + node.state);
  }
  const HttpResponse head = co_await session.api.head_content(options.node_id);
  const std::string etag = head.field("ETag");
  std::unique_ptr<Output> output = co_await session.pool.run(
      [&options, &node, &etag] { return open_output(options, node, etag); });
  Download download(session, node, head, *output);
  try {
    co_await download.run();
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted && output->kept_bytes() > 0) {
      session.console.note("interrupted; the same command goes on after " +
                           format_size(output->kept_bytes()));
    }
    throw;
  }
  co_return kDone;
}

}  // namespace longshore::cli

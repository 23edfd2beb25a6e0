#include "apps/longshore/download.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "apps/longshore/failure.h"
#include "apps/longshore/text.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

constexpr std::int64_t kPieceBytes = 256 * KiB;

/// A strong entity tag: only such a one names bytes (RFC 9110 section 8.8.3), so only with it a download can
/// be resumed.
bool is_strong(const std::string& etag) {
  return etag.size() >= 2 && etag.front() == '"' && etag.back() == '"';
}

/// The CRC32C among "crc32c=:yZRlqg==:, sha-256=:...:" (RFC 9530), in base64; "" if there is none.
std::string crc32c_among(std::string_view digests) {
  constexpr std::string_view kMember = "crc32c=:";
  const std::size_t at = digests.find(kMember);
  if (at == std::string_view::npos) return "";
  digests.remove_prefix(at + kMember.size());
  return std::string(digests.substr(0, digests.find(':')));
}

}  // namespace

Content content_of(const HttpResponse& head) {
  const std::optional<std::int64_t> length = parse_int64(head.field("Content-Length"));
  if (!length || *length < 0)
    throw Failure(reasons::kProtocol, "the server does not say how long the content is");
  return {.etag = head.field("ETag"), .length = *length, .crc32c = crc32c_among(head.field("Repr-Digest"))};
}

Download::Download(Tools& tools, std::string node_id, std::string name, Content content, Output& output)
    : tools_(tools),
      node_id_(std::move(node_id)),
      name_(std::move(name)),
      content_(std::move(content)),
      output_(output),
      transfer_(tools.console, tools.timers, name_, content_.length) {}

asio::awaitable<void> Download::run() { co_await transfer_.show_during(fetch_all()); }

/// Counts in what an earlier run left.
asio::awaitable<void> Download::take_up_kept() {
  const std::int64_t kept = output_.kept_bytes();
  if (kept == 0) co_return;
  if (kept > content_.length || !is_strong(content_.etag)) {
    co_await tools_.pool.run([this] { output_.restart(); });
    co_return;
  }
  std::vector<std::byte> piece(kPieceBytes);
  while (received_ < kept) {
    const auto bytes = MutableBytes(piece).first(
        static_cast<std::size_t>(std::min(kPieceBytes, kept - received_)));
    co_await tools_.pool.run([this, bytes] { output_.read_kept(received_, bytes); });
    crc_.update(bytes);
    received_ += static_cast<std::int64_t>(bytes.size());
  }
  transfer_.begin_at(received_);
  tools_.console.note(name_ + ": going on after " + format_size(received_));
}

asio::awaitable<void> Download::fetch_all() {
  co_await take_up_kept();
  co_await fetch_rest();
  if (!content_.crc32c.empty() && content_.crc32c != crc32c_to_base64(crc_.value())) {
    co_await tools_.pool.run([this] { return output_.restart(); });
    throw Failure(reasons::kContentDiffers, name_ + ": the bytes that came have another checksum (crc32c " +
                                                crc32c_to_base64(crc_.value()) + ") than the node (" +
                                                content_.crc32c + ")");
  }
  co_await tools_.pool.run([this] { output_.commit(); });
}

asio::awaitable<void> Download::fetch_rest() {
  Backoff backoff = tools_.api.new_backoff();
  while (received_ < content_.length) {
    const std::int64_t before = received_;
    const std::optional<Failure> failure = co_await fetch_once();
    if (!failure) continue;
    if (received_ > before) backoff.progressed();  // it goes on, however haltingly
    if (!co_await tools_.api.may_retry(*failure, backoff)) throw *failure;
  }
}

asio::awaitable<std::optional<Failure>> Download::fetch_once() {
  try {
    co_await tools_.api.content(node_id_, received_, content_.etag, *this);
  } catch (const Failure& failure) {
    co_return failure;
  }
  if (received_ == content_.length) co_return std::nullopt;
  co_return Failure(reasons::kServerUnreachable, "the content ended too early", Failure::Cure::later);
}

void Download::begin(const HttpResponse& head) {
  was_replaced_ = head.field("ETag") != content_.etag;
  if (was_replaced_) {
    throw Failure(reasons::kContentDiffers, name_ + " was replaced at the server while it was being read");
  }
  if (received_ == 0 && head.status == 200) return;
  const std::string wanted = "bytes " + std::to_string(received_) + "-";
  if (head.status == 206 && head.field("Content-Range").starts_with(wanted)) return;
  throw Failure(reasons::kProtocol, "the server does not give the rest of " + name_ + " from byte " +
                                        std::to_string(received_) + " on");
}

asio::awaitable<void> Download::write(ByteView piece) {
  if (static_cast<std::int64_t>(piece.size()) > content_.length - received_) {
    throw Failure(reasons::kProtocol, "the server sends more than the content's length");
  }
  for (ByteView rest = piece; !rest.empty();) {
    const std::size_t taken = co_await tools_.pool.run([this, rest] { return output_.write_some(rest); });
    rest = rest.subspan(taken);
  }
  crc_.update(piece);
  received_ += static_cast<std::int64_t>(piece.size());
  transfer_.bytes() = received_;
}

}  // namespace longshore::cli

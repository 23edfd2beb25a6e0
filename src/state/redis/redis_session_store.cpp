#include "state/redis/redis_session_store.h"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "state/redis/scripts.h"
#include "state/redis/session_codec.h"

namespace longshore::redis {
namespace {

// Redis serves nobody else meanwhile: a millisecond or so.
constexpr std::size_t kListedPartsAtOnce = 1000;

std::string digits(Millis duration) { return std::to_string(duration.count()); }

std::vector<std::string> merge_arguments(std::span<const ListedPart> piece, Time asked_at, bool is_last) {
  std::vector<std::string> arguments{std::to_string(epoch_ms(asked_at)), is_last ? "1" : "0"};
  for (const ListedPart& part : piece) {
    arguments.push_back(text_of(chunk_of(part.number)));
    arguments.push_back(std::to_string(part.size));
    arguments.push_back(text_of(part.crc32c));
    arguments.push_back(part.etag.str());
  }
  return arguments;
}

bool is_one(const Reply& reply) { return reply.kind == Reply::Kind::integer && reply.integer == 1; }

}  // namespace

RedisSessionStore::RedisSessionStore(ScriptRunner& redis, Millis kept) : redis_(redis), kept_(kept) {}

Task<Reply> RedisSessionStore::run(const Script& script, UploadId upload,
                                   std::vector<std::string> arguments) {
  std::vector<Call> calls(1);
  calls[0] = Call{.script = &script, .keys = session_keys(upload), .arguments = std::move(arguments)};
  auto replies = co_await redis_.run(std::move(calls));
  co_return std::move(replies.front());
}

Task<bool> RedisSessionStore::create(SessionInfo info, AttemptId closed_by) {
  std::vector<std::string> arguments = fields_of(info);
  arguments.insert(arguments.begin(), {digits(kept_), closed_by.str()});
  co_return is_one(co_await run(session_scripts().create, info.upload, std::move(arguments)));
}

Task<BeginAnswer> RedisSessionStore::begin_part(UploadId upload, BeginPart request, Millis lifetime) {
  std::vector<std::string> arguments{text_of(request.chunk),  std::to_string(request.size),
                                     text_of(request.crc32c), request.last ? "1" : "0",
                                     request.attempt.str(),   digits(lifetime)};
  const Reply reply = co_await run(session_scripts().begin, upload, std::move(arguments));
  co_return begin_answer(reply, upload, request);
}

Task<bool> RedisSessionStore::renew_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                            Millis lifetime) {
  std::vector<std::string> arguments{text_of(chunk), attempt.str(), digits(lifetime)};
  co_return is_one(co_await run(session_scripts().renew, std::move(upload), std::move(arguments)));
}

Task<void> RedisSessionStore::drop_attempt(UploadId upload, ChunkIndex chunk, AttemptId attempt) {
  std::vector<std::string> arguments{text_of(chunk), attempt.str()};
  co_await run(session_scripts().drop, std::move(upload), std::move(arguments));
}

Task<RecordAnswer> RedisSessionStore::record_part(UploadId upload, ChunkIndex chunk, AttemptId attempt,
                                                  Receipt receipt) {
  std::vector<std::string> arguments{text_of(chunk), attempt.str(), std::to_string(receipt.size),
                                     text_of(receipt.crc32c), receipt.etag.str()};
  co_return record_answer(co_await run(session_scripts().record, std::move(upload), std::move(arguments)));
}

Task<std::optional<LedgerSnapshot>> RedisSessionStore::snapshot(UploadId upload) {
  const Reply reply = co_await run(session_scripts().ledger, upload, {});
  co_return ledger_of(reply, upload);
}

Task<std::vector<std::optional<LedgerSummary>>> RedisSessionStore::summaries(std::vector<UploadId> uploads) {
  std::vector<Call> calls;
  for (const UploadId& upload : uploads) {
    calls.push_back({.script = &session_scripts().summary, .keys = session_keys(upload), .arguments = {}});
  }
  const std::vector<Reply> replies = co_await redis_.run(std::move(calls));
  std::vector<std::optional<LedgerSummary>> found;
  for (const Reply& reply : replies) found.push_back(summary_of(reply));
  co_return found;
}

Task<void> RedisSessionStore::merge_listed(UploadId upload, std::vector<ListedPart> parts, Time asked_at) {
  std::span<const ListedPart> rest = parts;
  do {
    const auto piece = rest.first(std::min(rest.size(), kListedPartsAtOnce));
    rest = rest.subspan(piece.size());
    co_await run(session_scripts().merge, upload, merge_arguments(piece, asked_at, rest.empty()));
  } while (!rest.empty());
}

Task<void> RedisSessionStore::repair(UploadId upload, std::vector<ReceiptRepair> repairs) {
  std::vector<std::string> arguments;
  for (const ReceiptRepair& repair : repairs) {
    arguments.push_back(text_of(repair.chunk));
    arguments.push_back(repair.contradicted.str());
    arguments.emplace_back(repair.listed ? "1" : "0");
    arguments.push_back(repair.listed ? repair.listed->str() : "");
  }
  co_await run(session_scripts().repair, std::move(upload), std::move(arguments));
}

Task<std::optional<LedgerSnapshot>> RedisSessionStore::close(UploadId upload, AttemptId by) {
  std::vector<std::string> arguments{by.str()};
  const Reply reply = co_await run(session_scripts().close, upload, std::move(arguments));
  co_return ledger_of(reply, upload);
}

Task<void> RedisSessionStore::reopen(UploadId upload, AttemptId by) {
  std::vector<std::string> arguments{by.str()};
  co_await run(session_scripts().reopen, std::move(upload), std::move(arguments));
}

Task<void> RedisSessionStore::end(UploadId upload, Millis kept) {
  std::vector<std::string> arguments{digits(kept)};
  co_await run(session_scripts().end, std::move(upload), std::move(arguments));
}

Task<int> RedisSessionStore::forget_ended(int) { co_return 0; }

}  // namespace longshore::redis

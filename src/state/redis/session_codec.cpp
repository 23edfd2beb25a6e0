#include "state/redis/session_codec.h"

#include <charconv>
#include <exception>
#include <limits>
#include <map>
#include <string_view>

namespace longshore::redis {
namespace {

using Elements = std::vector<Reply>;
using Fields = std::map<std::string, std::string, std::less<>>;

[[noreturn]] void reject() {
  throw Error(Reason::state_unavailable,
              "Redis: what is kept of this upload is not in the format of this server");
}

void require(bool right) {
  if (!right) reject();
}

const Elements& elements_of(const Reply& reply, std::size_t least) {
  require(reply.is_array() && reply.elements.size() >= least);
  return reply.elements;
}

std::int64_t number_of(std::string_view digits, std::int64_t least = 0,
                       std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  require(error == std::errc{} && end == digits.data() + digits.size() && value >= least && value <= most);
  return value;
}

std::int32_t small_number_of(std::string_view digits) {
  return static_cast<std::int32_t>(number_of(digits, 0, std::numeric_limits<std::int32_t>::max()));
}

std::int32_t small_integer(const Reply& reply) {
  require(reply.kind == Reply::Kind::integer && reply.integer >= -1 &&
          reply.integer <= std::numeric_limits<std::int32_t>::max());
  return static_cast<std::int32_t>(reply.integer);
}

std::optional<ChunkIndex> chunk_or_none(const Reply& reply) {
  const std::int32_t value = small_integer(reply);
  return value < 0 ? std::nullopt : std::optional{ChunkIndex{value}};
}

ChunkIndex chunk_of_text(std::string_view digits) { return ChunkIndex{small_number_of(digits)}; }

Time time_of(std::string_view digits) { return from_epoch_ms(number_of(digits)); }

/// Cuts off what stands before the next space.
std::string_view take_word(std::string_view& rest) {
  const std::size_t space = rest.find(' ');
  require(space != std::string_view::npos);
  const std::string_view word = rest.substr(0, space);
  rest.remove_prefix(space + 1);
  return word;
}

Receipt receipt_of(std::string_view text) {
  Receipt receipt;
  receipt.size = number_of(take_word(text));
  const std::string_view crc32c = take_word(text);
  if (crc32c != "-")
    receipt.crc32c = static_cast<std::uint32_t>(
        number_of(crc32c, 0, std::numeric_limits<std::uint32_t>::max()));
  receipt.etag = ETag{std::string(text)};
  return receipt;
}

Attempt attempt_of(std::string_view text) {
  Attempt attempt;
  attempt.until = time_of(take_word(text));
  attempt.size = number_of(take_word(text));
  attempt.last = take_word(text) == "1";
  attempt.id = AttemptId{std::string(text)};
  return attempt;
}

/// Of a hash, as HGETALL gives it.
template <class F>
void for_each_field(const Reply& hash, F use) {
  const Elements& flat = elements_of(hash, 0);
  require(flat.size() % 2 == 0);
  for (std::size_t i = 0; i < flat.size(); i += 2) use(flat[i].text, flat[i + 1].text);
}

Fields fields_in(const Reply& hash) {
  Fields fields;
  for_each_field(hash, [&](const std::string& name, const std::string& value) { fields[name] = value; });
  return fields;
}

const std::string& required(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  require(found != fields.end());
  return found->second;
}

std::optional<std::int64_t> optional_number(const Fields& fields, std::string_view name) {
  const auto found = fields.find(name);
  return found == fields.end() ? std::nullopt : std::optional{number_of(found->second)};
}

SessionInfo info_of(const Fields& fields, const UploadId& upload) {
  SessionInfo info;
  info.upload = upload;
  info.drive = DriveName{required(fields, "drive")};
  info.key = ObjectKey{required(fields, "key")};
  info.store_upload = StoreUploadId{required(fields, "store_upload")};
  info.part_bytes_min = number_of(required(fields, "part_bytes_min"));
  info.part_bytes_max = number_of(required(fields, "part_bytes_max"));
  info.parts_max = small_number_of(required(fields, "parts_max"));
  info.parts_in_flight_max = small_number_of(required(fields, "parts_in_flight_max"));
  info.chunk_size = optional_number(fields, "chunk_size");
  info.expected_size = optional_number(fields, "expected_size");
  if (const auto last = fields.find("last"); last != fields.end()) info.last = chunk_of_text(last->second);
  return info;
}

LedgerSummary summary_in(const Reply& reply) {
  const Elements& values = elements_of(reply, 6);
  LedgerSummary summary;
  summary.received = small_integer(values[0]);
  require(values[1].kind == Reply::Kind::integer);
  summary.bytes = values[1].integer;
  summary.attempts_running = small_integer(values[2]) == 1;
  summary.last = chunk_or_none(values[3]);
  summary.whole = small_integer(values[4]) == 1;
  require(values[5].kind == Reply::Kind::integer);
  summary.idle = Millis{values[5].integer};
  return summary;
}

BeginFacts facts_of(const Elements& answer) {
  BeginFacts facts;
  if (!answer[3].text.empty()) {
    facts.here = LedgerEntry{.receipt = receipt_of(answer[3].text)};
  } else if (!answer[4].text.empty()) {
    facts.here = LedgerEntry{.attempt = attempt_of(answer[4].text)};
  }
  facts.closing_claim = chunk_or_none(answer[5]);
  facts.highest_other = chunk_or_none(answer[6]);
  facts.attempts_elsewhere = small_integer(answer[7]);
  return facts;
}

}  // namespace

std::vector<std::string> session_keys(const UploadId& upload) {
  std::vector<std::string> keys;
  for (const char* part : {"state", "parts", "attempts", "gone", "short"})
    keys.push_back("upload:{" + upload.str() + "}:" + part);
  return keys;
}

std::vector<std::string> fields_of(const SessionInfo& info) {
  std::vector<std::string> fields{"drive",
                                  info.drive.str(),
                                  "key",
                                  info.key.str(),
                                  "store_upload",
                                  info.store_upload.str(),
                                  "part_bytes_min",
                                  std::to_string(info.part_bytes_min),
                                  "part_bytes_max",
                                  std::to_string(info.part_bytes_max),
                                  "parts_max",
                                  std::to_string(info.parts_max),
                                  "parts_in_flight_max",
                                  std::to_string(info.parts_in_flight_max)};
  const auto add = [&](const char* name, std::string value) {
    fields.emplace_back(name);
    fields.push_back(std::move(value));
  };
  if (info.chunk_size) add("chunk_size", std::to_string(*info.chunk_size));
  if (info.expected_size) add("expected_size", std::to_string(*info.expected_size));
  if (info.last) add("last", text_of(*info.last));
  return fields;
}

std::string text_of(ChunkIndex chunk) { return std::to_string(chunk.value()); }

std::string text_of(const std::optional<std::uint32_t>& crc32c) {
  return crc32c ? std::to_string(*crc32c) : "-";
}

BeginAnswer begin_answer(const Reply& reply, const UploadId& upload, const BeginPart& request) {
  const Elements& answer = elements_of(reply, 1);
  const std::string& word = answer[0].text;
  if (word == "absent") return SessionAbsent{};
  if (word == "ended") return SessionEnded{};
  if (word == "closed") return SessionClosed{AttemptId{elements_of(reply, 2)[1].text}};
  require((word == "begun" || word == "facts") && answer.size() >= 9);

  const SessionInfo info = info_of(fields_in(answer[2]), upload);
  std::optional<BeginDecision> decision;
  std::exception_ptr refusal;
  try {
    decision = decide_begin(info, facts_of(answer), request, time_of(answer[1].text));
  } catch (const Error&) {
    refusal = std::current_exception();
  }
  const bool begins = decision && std::holds_alternative<Begun>(*decision);
  if (begins != (word == "begun"))
    throw Error(Reason::state_unavailable,
                "Redis: its script and this server do not decide alike (a bug: please report it)", {},
                Outcome::unknown);
  if (refusal) std::rethrow_exception(refusal);
  if (const auto* there = std::get_if<Acknowledged>(&*decision))
    return PartThere{there->receipt, summary_in(answer[8])};
  if (const auto* busy = std::get_if<AttemptBusy>(&*decision)) return *busy;
  return PartBegun{info};
}

RecordAnswer record_answer(const Reply& reply) {
  const Elements& answer = elements_of(reply, 1);
  if (answer[0].text == "absent") return {RecordResult::absent, {}};
  if (answer[0].text == "stale") return {RecordResult::stale, {}};
  require(answer[0].text == "recorded" && answer.size() >= 2);
  return {RecordResult::recorded, summary_in(answer[1])};
}

std::optional<LedgerSnapshot> ledger_of(const Reply& reply, const UploadId& upload) {
  if (elements_of(reply, 0).empty()) return std::nullopt;
  const Elements& answer = elements_of(reply, 5);
  const Fields fields = fields_in(answer[1]);
  LedgerSnapshot ledger{.info = info_of(fields, upload),
                        .entries = {},
                        .closed_by = AttemptId{required(fields, "closed_by")},
                        .last_activity = time_of(required(fields, "last_activity")),
                        .listed_at = time_of(required(fields, "listed_at")),
                        .now = time_of(answer[0].text)};
  for_each_field(answer[4], [&](const std::string& chunk, const std::string& since) {
    ledger.entries[chunk_of_text(chunk)].attempt = Attempt{.id = {}, .until = time_of(since)};
  });
  for_each_field(answer[3], [&](const std::string& chunk, const std::string& text) {
    ledger.entries[chunk_of_text(chunk)].attempt = attempt_of(text);
  });
  for_each_field(answer[2], [&](const std::string& chunk, const std::string& text) {
    ledger.entries[chunk_of_text(chunk)].receipt = receipt_of(text);
  });
  return ledger;
}

std::optional<LedgerSummary> summary_of(const Reply& reply) {
  if (elements_of(reply, 0).empty()) return std::nullopt;
  return summary_in(reply);
}

}  // namespace longshore::redis

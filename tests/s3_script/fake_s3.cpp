#include "tests/s3_script/fake_s3.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <limits>
#include <utility>

#include "base/encoding.h"
#include "tests/s3_script/honest_s3.h"

namespace longshore::s3_script {
namespace {

using fakes::Peer;
using fakes::SeenRequest;

/// Far above what a client may read, and still an end.
constexpr std::size_t kEndless = 64 * 1024 * 1024;

constexpr std::chrono::seconds kPatience{5};

/// Whoever answers without having read the request can do no other.
constexpr const char* kClose = "Connection: close\r\n";

std::size_t number_of(const std::string& text) {
  std::size_t number = 0;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

std::string cut_first_word(std::string& text) {
  const std::size_t end = std::min(text.find(' '), text.size());
  std::string word = text.substr(0, end);
  text.erase(0, std::min(end + 1, text.size()));
  return word;
}

/// "200 Name: value; Name: value | body" -> an answer.
std::string scripted_answer(std::string text, std::string fields = "") {
  const int status = static_cast<int>(number_of(cut_first_word(text)));
  if (const std::size_t bar = text.find("| "); bar != std::string::npos) {
    std::string list = text.substr(0, bar);
    text.erase(0, bar + 2);
    while (!list.empty()) {
      const std::size_t end = std::min(list.find(';'), list.size());
      std::string field = list.substr(list.find_first_not_of(' '), end);
      while (field.ends_with(' ')) field.pop_back();
      fields += field + "\r\n";
      list.erase(0, std::min(end + 2, list.size()));
    }
  }
  return answer_text(status, fields, text);
}

/// How long a client that announced a body has to wait for a word.
constexpr int kGoAheadMs = 700;

constexpr std::string_view kCalls[] = {"CreateMultipartUpload",
                                       "UploadPart",
                                       "CompleteMultipartUpload",
                                       "AbortMultipartUpload",
                                       "ListParts",
                                       "ListMultipartUploads",
                                       "PutObject",
                                       "HeadObject",
                                       "GetObject",
                                       "DeleteObject",
                                       "ListObjectVersions",
                                       "ListObjectsV2"};

constexpr std::string_view kActions[] = {"answer", "deny",      "deny-late",    "early",   "no-continue",
                                         "silent", "reset",     "garbage",      "endless", "huge",
                                         "drop",   "expired",   "no-etag",      "lose",    "hide",
                                         "cut",    "late",      "cut-unframed", "forge",   "wrong-length",
                                         "blanks", "bare-etag", "close-after"};

/// Each "x" behind one of these is of a checksum, up to the end of the field or element.
constexpr std::string_view kChecksumMarks[] = {"x-amz-checksum-crc32c: ", "<ChecksumCRC32C>",
                                               "x-amz-checksum-crc64nvme: ", "<ChecksumCRC64NVME>"};

/// The same answer with another checksum in it.
std::string forged(std::string answer) {
  for (const std::string_view mark : kChecksumMarks) {
    const std::size_t found = answer.find(mark);
    if (found == std::string::npos) continue;
    char& first = answer[found + mark.size()];
    first = first == 'A' ? 'B' : 'A';
  }
  return answer;
}

std::string without_quotes(std::string answer) {
  const std::size_t body = answer.find("\r\n\r\n") + 4;
  std::string fields = answer.substr(0, body);
  std::string text = answer.substr(body);
  const std::size_t length = text.size();
  std::erase(text, '"');
  std::erase(fields, '"');
  const std::string before = "Content-Length: " + std::to_string(length);
  if (const std::size_t at = fields.find(before); at != std::string::npos && text.size() < length)
    fields.replace(at, before.size(), "Content-Length: " + std::to_string(text.size()));
  return fields + text;
}

std::size_t body_start(const std::string& answer) { return answer.find("\r\n\r\n") + 4; }

void send_endlessly(Peer& peer, const std::string& head) {
  const std::string piece(64 * 1024, 'x');
  if (!peer.send(head + "<Error><Code>SlowDown</Code><Message>")) return;
  for (std::size_t sent = 0; sent < kEndless && peer.send(piece); sent += piece.size()) {
  }
}

void send_blanks(Peer& peer, const std::string& answer, std::string arguments) {
  const std::size_t count = number_of(cut_first_word(arguments));
  const std::chrono::milliseconds pause(number_of(arguments));
  peer.send("HTTP/1.1 200 X\r\nTransfer-Encoding: chunked\r\n\r\n");
  for (std::size_t i = 0; i < count; ++i) {
    peer.is_readable_within(static_cast<int>(pause.count()));  // the client says nothing meanwhile
    peer.send("1\r\n \r\n");
  }
  const std::string body = answer.substr(body_start(answer));
  char size[32] = {};
  std::to_chars(std::begin(size), std::end(size), body.size(), 16);
  peer.send(std::string(size) + "\r\n" + body + "\r\n0\r\n\r\n");
}

/// What a store does before it has the body: true, and the connection ends.
bool breaks_off(Peer& peer, const Rule& rule, const SeenRequest& request) {
  const std::string& action = rule.action;
  std::string rest = rule.arguments;
  if (action == "deny" || action == "deny-late" || action == "silent") {
    if (action == "deny-late") peer.is_readable_within(static_cast<int>(number_of(cut_first_word(rest))));
    if (action != "silent") peer.send(scripted_answer(rest, kClose));
    peer.wait_for_close();
    return true;
  }
  if (!request.field("expect").empty() && action != "no-continue") peer.send("HTTP/1.1 100 Continue\r\n\r\n");
  if (action == "reset" && rest != "all") {
    peer.read(number_of(rest));
    peer.reset();
    return true;
  }
  if (action == "early") {
    peer.read(number_of(cut_first_word(rest)));
    peer.send(scripted_answer(rest, kClose));
    peer.wait_for_close();
    return true;
  }
  return false;
}

/// What a store says that has done nothing; whether the connection stays. nullopt: it is to be done.
std::optional<bool> answer_without_effect(Peer& peer, const Rule& rule, const SeenRequest& request) {
  if (rule.action == "expired") {
    const bool is_expired = request.field("authorization").find(rule.arguments) != std::string::npos;
    if (is_expired) return peer.send(answer_text(400, "", error_text("ExpiredToken")));
  }
  if (rule.action == "answer") return peer.send(scripted_answer(rule.arguments));
  if (rule.action == "no-etag") return peer.send(answer_text(200, "", ""));
  if (rule.action == "reset") {
    peer.reset();
    return false;
  }
  if (rule.action == "garbage") {
    peer.send("\x16\x03\x01 this is no HTTP\r\n\r\n");
    return false;
  }
  if (rule.action == "endless" || rule.action == "huge") {
    const std::string length = rule.action == "huge" ? "Content-Length: 10000000000" : "Connection: close";
    send_endlessly(peer, "HTTP/1.1 " + rule.arguments + " X\r\n" + length + "\r\n\r\n");
    return false;
  }
  return std::nullopt;
}

/// What a store says that has done it; whether the connection stays.
bool send_effect(Peer& peer, const Rule& rule, const std::string& answer) {
  const std::string body = answer.substr(body_start(answer));
  if (rule.action == "lose") return false;
  if (rule.action == "hide") return peer.send(scripted_answer(rule.arguments));
  if (rule.action == "forge") return peer.send(forged(answer));
  if (rule.action == "bare-etag") return peer.send(without_quotes(answer));
  if (rule.action == "late") {
    peer.is_readable_within(static_cast<int>(number_of(rule.arguments)));  // the client says nothing
    return peer.send(answer);
  }
  if (rule.action == "blanks") {
    send_blanks(peer, answer, rule.arguments);
    return true;
  }
  if (rule.action == "cut") {
    peer.send(answer.substr(0, answer.size() - body.size() / 2));
    return false;
  }
  if (rule.action == "cut-unframed") {
    peer.send("HTTP/1.1 200 X\r\nConnection: close\r\n\r\n    " + body.substr(0, body.size() / 2));
    return false;
  }
  if (rule.action == "wrong-length") {
    peer.send("HTTP/1.1 200 X\r\nContent-Length: " + std::to_string(body.size() + 10) + "\r\n\r\n" + body);
    return false;
  }
  return peer.send(answer) && rule.action != "close-after";
}

}  // namespace

bool is_call(std::string_view word) { return std::ranges::find(kCalls, word) != std::end(kCalls); }

bool is_action(std::string_view word) { return std::ranges::find(kActions, word) != std::end(kActions); }

Asked asked(const SeenRequest& request) {
  const std::string line = request.line();
  const std::string method = line.substr(0, line.find(' '));
  std::string target = line.substr(method.size() + 1, line.rfind(' ') - method.size() - 1);
  Asked what;
  if (const std::size_t mark = target.find('?'); mark != std::string::npos) {
    std::string rest = target.substr(mark + 1) + "&";
    target.erase(mark);
    for (std::size_t end = 0; (end = rest.find('&')) != std::string::npos; rest.erase(0, end + 1)) {
      const std::string pair = rest.substr(0, end);
      const std::size_t equals = pair.find('=');
      what.query[pair.substr(0, equals)] = percent_decode(pair.substr(equals + 1)).value_or("");
    }
  }
  const std::size_t slash = target.find('/', 1);
  if (slash != std::string::npos) what.key = percent_decode(target.substr(slash + 1)).value_or("");
  const auto has = [&](const char* name) { return what.query.contains(name); };
  if (method == "POST") {
    what.call = has("uploads") ? "CreateMultipartUpload" : "CompleteMultipartUpload";
  } else if (method == "PUT") {
    what.call = has("partNumber") ? "UploadPart" : "PutObject";
  } else if (method == "DELETE") {
    what.call = has("uploadId") ? "AbortMultipartUpload" : "DeleteObject";
  } else if (method == "HEAD") {
    what.call = "HeadObject";
  } else {
    what.call = has("uploadId")    ? "ListParts"
                : has("uploads")   ? "ListMultipartUploads"
                : has("versions")  ? "ListObjectVersions"
                : has("list-type") ? "ListObjectsV2"
                                   : "GetObject";
  }
  return what;
}

FakeS3::FakeS3(FakeS3Options options)
    : options_(std::move(options)),
      store_(clock_, options_.profile),
      server_({[this](Peer& peer) { serve(peer); }}) {}

std::string FakeS3::endpoint() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }

int FakeS3::seen(const std::string& call) {
  const std::lock_guard lock(mutex_);
  return seen_[call];
}

int FakeS3::broken(const std::string& call) {
  std::unique_lock lock(mutex_);
  broke_.wait_for(lock, kPatience, [&] { return broken_[call] > 0; });
  return broken_[call];
}

int FakeS3::at_once(const std::string& call) {
  const std::lock_guard lock(mutex_);
  return at_once_[call];
}

int FakeS3::hasty(const std::string& call) {
  const std::lock_guard lock(mutex_);
  return hasty_[call];
}

std::vector<int> FakeS3::lines_of_idle_rules() {
  const std::lock_guard lock(mutex_);
  std::vector<int> lines;
  for (const Rule& rule : options_.rules) {
    const bool is_endless = rule.last == std::numeric_limits<int>::max();
    if (held_[&rule] < (is_endless ? 1 : rule.last - rule.first + 1)) lines.push_back(rule.line);
  }
  return lines;
}

std::vector<std::string> FakeS3::signatures(const std::string& call) {
  const std::lock_guard lock(mutex_);
  return signatures_[call];
}

const Rule* FakeS3::rule_for(const std::string& call) {
  const int nth = ++seen_[call];
  for (const Rule& rule : options_.rules) {
    if (rule.call != call || nth < rule.first || nth > rule.last) continue;
    ++held_[&rule];
    return &rule;
  }
  return nullptr;
}

std::string FakeS3::honest(const SeenRequest& request, const Asked& what) {
  const std::lock_guard lock(mutex_);
  return honest_answer(store_, shown_, options_, request, what);
}

void FakeS3::serve(Peer& peer) {
  for (SeenRequest request = peer.read_head(); !request.head.empty(); request = peer.read_head()) {
    if (!serve_one(peer, std::move(request))) return;
  }
}

// False: the connection ends.
bool FakeS3::serve_one(Peer& peer, SeenRequest request) {
  static const Rule kHonest{.call = {}, .action = "honest", .arguments = {}};
  const Asked what = asked(request);
  const std::pair running(what.call, what.query);
  const Rule* rule = nullptr;
  {
    const std::lock_guard lock(mutex_);
    rule = rule_for(what.call);
    signatures_[what.call].push_back(request.field("authorization"));
    at_once_[what.call] = std::max(at_once_[what.call], ++running_[running]);
  }
  const bool stays = answer(peer, rule != nullptr ? *rule : kHonest, std::move(request), what);
  const std::lock_guard lock(mutex_);
  --running_[running];
  return stays;
}

void FakeS3::watch_for_haste(Peer& peer, const Asked& what) {
  if (!peer.is_readable_within(kGoAheadMs)) return;
  const std::lock_guard lock(mutex_);
  ++hasty_[what.call];
}

void FakeS3::drop(const Asked& what, bool to_foreign) {
  const std::lock_guard lock(mutex_);
  store_.drop_upload(StoreUploadId(what.query.at("uploadId")));
  if (to_foreign) store_.put_strange_object(ObjectKey(what.key), "somebody else's");
}

bool FakeS3::answer(Peer& peer, const Rule& rule, SeenRequest request, const Asked& what) {
  if (rule.action == "no-continue") watch_for_haste(peer, what);
  if (breaks_off(peer, rule, request)) return false;
  const std::size_t length = number_of(request.field("content-length"));
  request.body = peer.read(length);
  if (request.body.size() < length) {
    const std::lock_guard lock(mutex_);
    ++broken_[what.call];
    broke_.notify_all();
    return false;
  }
  if (rule.action == "drop") {
    drop(what, rule.arguments == "foreign");
    peer.reset();
    return false;
  }
  if (const auto stays = answer_without_effect(peer, rule, request)) return *stays;
  return send_effect(peer, rule, honest(request, what));
}

}  // namespace longshore::s3_script

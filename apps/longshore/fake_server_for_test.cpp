#include <algorithm>
#include <optional>
#include <sys/socket.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json.hpp>

#include "apps/longshore/fake_server.h"
#include "apps/longshore/text.h"
#include "base/encoding.h"
#include "base/hash.h"

namespace longshore::cli::testing {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;
using asio::ip::tcp;

struct FakeServer::Request {
  std::string method;
  std::string path;
  std::map<std::string, std::string> query;
  http::request<http::string_body> message;
};

struct FakeServer::Answer {
  int status = 200;
  std::string body;
  std::vector<std::pair<std::string, std::string>> fields;
};

namespace {

using Answer = FakeServer::Answer;
using Request = FakeServer::Request;
using State = FakeServer::State;
using Upload = FakeServer::Upload;

Answer answer(const json::value& body, int status = 200) {
  return {.status = status, .body = json::serialize(body)};
}

Answer problem(int status, const std::string& reason, json::object more = {}) {
  more["reason"] = reason;
  more["detail"] = "the fake server says " + reason;
  more["status"] = status;
  return answer(more, status);
}

/// Throws where it is none: the answer is then INVALID_REQUEST.
std::int64_t number(std::string_view text) { return parse_int64(text).value(); }

std::string crc_of(const std::string& bytes) {
  Crc32c crc;
  crc.update(as_bytes(bytes));
  return crc32c_to_base64(crc.value());
}

json::array ranges_of(const Upload& upload, bool received) {
  json::array out;
  const std::int64_t count = upload.chunk_size > 0
                                 ? (upload.expected_size + upload.chunk_size - 1) / upload.chunk_size
                                 : 0;
  for (std::int64_t n = 0; n < count; ++n) {
    if (upload.parts.contains(n) != received) continue;
    out.push_back(json::object{{"first", std::to_string(n)}, {"last", std::to_string(n)}});
  }
  return out;
}

std::string joined(const Upload& upload) {
  std::string out;
  for (const auto& [number, bytes] : upload.parts) out += bytes;
  return out;
}

json::object to_json(const std::string& id, const FakeServer::Object& object) {
  return {{"nodeId", id},
          {"connectorId", object.connector},
          {"path", object.path},
          {"name", object.name},
          {"state", object.state},
          {"size", std::to_string(object.bytes.size())},
          {"etag", "etag-" + std::to_string(object.version)},
          {"versionId", ""},
          {"crc32c", crc_of(object.bytes)},
          {"updatedAtEpochMs", "1700000000000"},
          {"metadata", json::object{{"note", object.metadata}}}};
}

json::object to_json(const std::string& id, const Upload& upload, State& state) {
  json::object out = {{"uploadId", id},
                      {"nodeId", upload.node_id},
                      {"connectorId", upload.connector},
                      {"name", upload.name},
                      {"state", upload.state},
                      {"bytesUploaded", std::to_string(joined(upload).size())},
                      {"totalBytes", std::to_string(upload.expected_size)},
                      {"chunksReceived", std::to_string(upload.parts.size())},
                      {"receivedChunks", ranges_of(upload, true)},
                      {"missingChunks", ranges_of(upload, false)}};
  if (upload.state == "COMPLETED") {
    const json::object node = to_json(upload.node_id, state.objects[upload.node_id]);
    for (const char* key : {"etag", "versionId", "crc32c", "size"}) out[key] = node.at(key);
  }
  return out;
}

bool is_whole(const Upload& upload) {
  return static_cast<std::int64_t>(joined(upload).size()) == upload.expected_size;
}

void make_object(Upload& upload, State& state) {
  upload.state = "COMPLETED";
  const int version = ++state.counter;
  state.objects[upload.node_id] = {.connector = upload.connector,
                                   .path = upload.path,
                                   .name = upload.name,
                                   .bytes = joined(upload),
                                   .version = version};
}

Answer initiate(const Request& request, State& state) {
  const std::string key(request.message["Idempotency-Key"]);
  const json::object body = json::parse(request.message.body()).as_object();
  if (const auto known = state.keys.find(key); known != state.keys.end()) {
    if (known->second.first != request.message.body()) return problem(422, "IDEMPOTENCY_KEY_REUSED");
    return answer(to_json(known->second.second, state.uploads[known->second.second], state), 201);
  }
  Upload upload;
  upload.connector = body.at("connectorId").as_string().c_str();
  upload.name = body.at("name").as_string().c_str();
  if (body.contains("path")) upload.path = body.at("path").as_string().c_str();
  upload.expected_size = number(body.at("expectedSize").as_string());
  upload.chunk_size = number(body.at("chunkSize").as_string());
  upload.node_id = "node-" + hex_encode(as_bytes(upload.connector + "/" + upload.path + "/" + upload.name));
  for (const auto& [id, other] : state.uploads) {
    const bool is_open = other.state == "PENDING" || other.state == "UPLOADING" ||
                         other.state == "COMPLETING";
    if (is_open && other.node_id == upload.node_id)
      return problem(409, "UPLOAD_IN_PROGRESS", {{"uploadId", id}});
  }
  const std::string id = "upload-" + std::to_string(++state.counter);
  state.keys[key] = {request.message.body(), id};
  state.uploads[id] = upload;
  return answer(to_json(id, upload, state), 201);
}

Answer put_part(const Request& request, Upload& upload, std::int64_t number) {
  if (upload.state == "COMPLETED") return answer(json::object{{"state", "COMPLETED"}});
  if (upload.state != "PENDING" && upload.state != "UPLOADING") return problem(409, "UPLOAD_ENDED");
  const std::string& bytes = request.message.body();
  if (request.message.count("Content-Length") != 1) return problem(411, "LENGTH_REQUIRED");
  if (request.message["Content-Digest"] != "crc32c=:" + crc_of(bytes) + ":")
    return problem(400, "DIGEST_MISMATCH");
  upload.parts[number] = bytes;
  upload.state = "UPLOADING";
  if (request.query.contains("last")) upload.last_seen = true;
  return answer(json::object{{"state", "UPLOADING"}});
}

Answer complete(const std::string& id, const Request& request, Upload& upload, State& state) {
  const json::object body = json::parse(request.message.body()).as_object();
  if (upload.state != "COMPLETED") {
    if (upload.state != "PENDING" && upload.state != "UPLOADING") return problem(409, "UPLOAD_ENDED");
    if (!is_whole(upload)) {
      return problem(409, "MISSING_CHUNKS", {{"missingChunks", ranges_of(upload, false)}});
    }
    if (crc_of(joined(upload)) != body.at("expectedCrc32c").as_string())
      return problem(400, "DIGEST_MISMATCH");
    if (state.completing_answers > 0) {
      --state.completing_answers;
      return answer(json::object{{"nodeId", upload.node_id}, {"state", "COMPLETING"}}, 202);
    }
    make_object(upload, state);
  }
  json::object out = to_json(id, upload, state);
  if (out.at("crc32c") != body.at("expectedCrc32c")) return problem(400, "DIGEST_MISMATCH");
  return answer(out);
}

Answer upload_route(const Request& request, State& state, const std::vector<std::string>& words) {
  if (words.size() == 2) {
    if (request.method == "POST") return initiate(request, state);
    json::array all;
    for (const auto& [id, upload] : state.uploads) {
      if (upload.state == request.query.at("state")) all.push_back(to_json(id, upload, state));
    }
    return answer(json::object{{"uploads", all}, {"nextPageToken", ""}});
  }
  const auto found = state.uploads.find(words[2]);
  if (found == state.uploads.end()) return problem(404, "NOT_FOUND");
  Upload& upload = found->second;
  if (words.size() == 5 && words[3] == "parts") {
    Answer result = put_part(request, upload, number(words[4]));
    // The server completes by itself what is whole if it knows that, as the real one does.
    if (result.status == 200 && upload.state == "UPLOADING" && upload.last_seen && is_whole(upload) &&
        state.completing_answers == 0) {
      make_object(upload, state);
    }
    return result;
  }
  if (words.size() == 4 && words[3] == "complete") return complete(found->first, request, upload, state);
  if (request.method == "DELETE") {
    if (upload.state == "COMPLETED") return problem(409, "UPLOAD_ENDED");
    upload.state = "CANCELLED";
    return answer(json::object{{"success", true}, {"state", "CANCELLED"}});
  }
  return answer(to_json(found->first, upload, state));
}

Answer content(const Request& request, const FakeServer::Object& object) {
  const std::string etag = "\"etag-" + std::to_string(object.version) + "\"";
  Answer out{.fields = {{"ETag", etag}, {"Repr-Digest", "crc32c=:" + crc_of(object.bytes) + ":"}}};
  const std::string range(request.message["Range"]);
  out.body = object.bytes;
  if (!range.empty() && request.message["If-Range"] == etag) {
    const std::string digits = range.substr(range.find('=') + 1, range.rfind('-') - range.find('=') - 1);
    const auto from = static_cast<std::size_t>(number(digits));
    out.status = 206;
    out.fields.emplace_back("Content-Range", "bytes " + std::to_string(from) + "-" +
                                                 std::to_string(object.bytes.size() - 1) + "/" +
                                                 std::to_string(object.bytes.size()));
    out.body = object.bytes.substr(from);
  }
  return out;
}

Answer node_route(const Request& request, State& state, const std::vector<std::string>& words) {
  if (words.size() == 2) {
    json::array nodes;
    const auto page = std::min(state.page_max,
                               static_cast<std::size_t>(number(request.query.at("page_size"))));
    const std::string after = request.query.contains("page_token") ? request.query.at("page_token") : "";
    std::string next;
    for (const auto& [id, object] : state.objects) {
      if (id <= after || object.state != "ACTIVE") continue;
      if (nodes.size() == page) {
        next = nodes.back().at("nodeId").as_string().c_str();
        break;
      }
      nodes.push_back(to_json(id, object));
    }
    return answer(json::object{{"nodes", nodes}, {"nextPageToken", next}});
  }
  const auto found = state.objects.find(words[2]);
  if (found == state.objects.end()) return problem(404, "NOT_FOUND");
  if (words.size() == 4) {
    return found->second.state == "ACTIVE" ? content(request, found->second) : problem(410, "NODE_DELETED");
  }
  if (request.method == "DELETE") found->second.state = "DELETED";
  return answer(to_json(found->first, found->second));
}

Answer route(const Request& request, State& state) {
  std::vector<std::string> words;
  for (std::size_t at = 1; at <= request.path.size();) {
    const std::size_t end = std::min(request.path.find('/', at), request.path.size());
    words.push_back(*percent_decode(request.path.substr(at, end - at)));
    at = end + 1;
  }
  if (words.size() < 2 || words[0] != "v1") return problem(404, "NOT_FOUND");
  if (words[1] == "limits") {
    return answer(json::object{{"recommendedChunkSize", std::to_string(state.recommended_chunk_size)},
                               {"maxConcurrentChunks", std::to_string(state.max_concurrent_chunks)}});
  }
  if (words[1] == "uploads") return upload_route(request, state, words);
  if (words[1] == "nodes") return node_route(request, state, words);
  if (words[1] == "objects" && words.size() == 4) {
    const std::string path = request.query.contains("path") ? request.query.at("path") : "";
    const std::string id = "node-" + hex_encode(as_bytes(words[2] + "/" + path + "/" + words[3]));
    state.objects[id] = {.connector = words[2],
                         .path = path,
                         .name = words[3],
                         .bytes = request.message.body(),
                         .version = ++state.counter};
    return answer(to_json(id, state.objects[id]), 201);
  }
  return problem(404, "NOT_FOUND");
}

std::map<std::string, std::string> parse_query(const std::string& text) {
  std::map<std::string, std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const std::size_t end = std::min(text.find('&', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const std::size_t equals = pair.find('=');
    out[pair.substr(0, equals)] = equals == std::string::npos ? "" : *percent_decode(pair.substr(equals + 1));
    at = end + 1;
  }
  return out;
}

Answer apply(const Request& request, State& state, std::optional<Fault> fault) {
  if (fault == Fault::part_in_progress) return problem(409, "PART_IN_PROGRESS");
  if (fault == Fault::digest_mismatch) return problem(400, "DIGEST_MISMATCH");
  Answer out;
  try {
    out = route(request, state);
  } catch (const std::exception& e) {
    return problem(400, "INVALID_REQUEST", {{"what", e.what()}});
  }
  if (fault == Fault::forget_after) {  // /v1/uploads/ID/parts/N
    const std::size_t id_end = request.path.find('/', 12);
    Upload& upload = state.uploads[request.path.substr(12, id_end - 12)];
    upload.parts.erase(number(request.path.substr(request.path.rfind('/') + 1)));
    if (upload.state == "COMPLETED") upload.state = "UPLOADING";
  }
  return out;
}

http::response<http::string_body> to_response(const Request& request, Answer given) {
  http::response<http::string_body> out(static_cast<http::status>(given.status), 11);
  for (const auto& [name, value] : given.fields) out.set(name, value);
  out.content_length(given.body.size());
  if (request.method != "HEAD") out.body() = std::move(given.body);
  return out;
}

void write_answer(tcp::socket& socket, http::response<http::string_body> response, bool cut) {
  http::response_serializer<http::string_body> head(response);
  head.split(true);
  http::write_header(socket, head);
  const std::string& body = response.body();
  asio::write(socket, asio::buffer(body.data(), cut ? body.size() / 2 : body.size()));
}

}  // namespace

FakeServer::FakeServer() { start(); }

FakeServer::~FakeServer() { stop(); }

void FakeServer::start() {
  acceptor_ = std::make_unique<tcp::acceptor>(io_);
  acceptor_->open(tcp::v4());
  acceptor_->set_option(tcp::acceptor::reuse_address(true));
  acceptor_->bind({asio::ip::make_address("127.0.0.1"), port_});
  acceptor_->listen();
  port_ = acceptor_->local_endpoint().port();
  let_stalled_go_ = false;
  accepting_ = std::thread([this] { accept_connections(); });
}

void FakeServer::stop() {
  if (!accepting_.joinable()) return;
  release_stalled();
  ::shutdown(acceptor_->native_handle(), SHUT_RDWR);  // wakes the blocking accept
  accepting_.join();
  acceptor_.reset();
  {
    const std::lock_guard lock(mutex_);
    for (tcp::socket& socket : sockets_) ::shutdown(socket.native_handle(), SHUT_RDWR);
  }
  for (std::thread& thread : serving_) thread.join();
  serving_.clear();
  sockets_.clear();
}

void FakeServer::accept_connections() {
  for (;;) {
    boost::system::error_code error;
    tcp::socket socket = acceptor_->accept(error);
    if (error) return;
    socket.set_option(tcp::no_delay(true));
    const std::lock_guard lock(mutex_);
    ++state_.connections;
    sockets_.push_back(std::move(socket));
    serving_.emplace_back([this, &mine = sockets_.back()] {
      try {
        serve(mine);
      } catch (const std::exception&) {  // the client went away
      }
      ::shutdown(mine.native_handle(), SHUT_RDWR);
    });
  }
}

void FakeServer::inject(Fault fault, const std::string& method, const std::string& target, int times) {
  const std::lock_guard lock(mutex_);
  plan_.push_back({fault, method, target, times});
}

void FakeServer::on_part(std::function<void(std::int64_t)> action) {
  const std::lock_guard lock(mutex_);
  on_part_ = std::move(action);
}

void FakeServer::on_answer(std::function<void(State&)> action) {
  const std::lock_guard lock(mutex_);
  on_answer_ = std::move(action);
}

void FakeServer::drop_plan() {
  const std::lock_guard lock(mutex_);
  plan_.clear();
}

void FakeServer::release_stalled() {
  const std::lock_guard lock(mutex_);
  let_stalled_go_ = true;
  released_.notify_all();
}

int FakeServer::count_seen(const std::string& method, const std::string& target) {
  return look([&](const State& state) {
    return static_cast<int>(std::count_if(state.seen.begin(), state.seen.end(), [&](const Seen& seen) {
      return seen.method == method && seen.target.find(target) != std::string::npos;
    }));
  });
}

std::optional<Fault> FakeServer::planned_fault(const Request& request) {
  const std::lock_guard lock(mutex_);
  const std::string target(request.message.target());
  Seen seen{.method = request.method, .target = target};
  for (const auto& field : request.message) {
    std::string name(field.name_string());
    std::transform(name.begin(), name.end(), name.begin(), [](unsigned char c) { return std::tolower(c); });
    seen.fields[name] = std::string(field.value());
  }
  state_.seen.push_back(seen);
  for (Planned& planned : plan_) {
    if (planned.times > 0 && planned.method == request.method &&
        target.find(planned.target) != std::string::npos) {
      --planned.times;
      return planned.fault;
    }
  }
  return std::nullopt;
}

void FakeServer::reset(tcp::socket& socket) {
  const std::lock_guard lock(mutex_);  // stop() looks at the sockets
  boost::system::error_code ignored;
  socket.set_option(asio::socket_base::linger(true, 0), ignored);
  socket.close(ignored);
}

/// What happens instead of a proper answer; false: nothing does.
bool FakeServer::misbehave(tcp::socket& socket, const Request& request, Fault fault) {
  if (fault == Fault::unavailable) {
    Answer draining = problem(503, "DRAINING");
    draining.fields = {{"Retry-After", "0"}, {"Connection", "close"}};
    http::write(socket, to_response(request, draining));
    return true;
  }
  if (fault == Fault::stall) {
    std::unique_lock lock(mutex_);
    released_.wait(lock, [this] { return let_stalled_go_; });
  }
  if (fault == Fault::stall || fault == Fault::reset_before) {
    reset(socket);
    return true;
  }
  return false;
}

void FakeServer::begin_part(std::int64_t number) {
  std::function<void(std::int64_t)> action;
  look([&](State& state) {
    action = on_part_;
    state.most_parts_at_once = std::max(state.most_parts_at_once, ++parts_now_);
  });
  if (action) action(number);
}

void FakeServer::serve(tcp::socket& socket) {
  boost::beast::flat_buffer buffer;
  for (bool again = true; again;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(1 << 30);
    http::read_header(socket, buffer, parser);
    Request request{.method = std::string(parser.get().method_string())};
    const std::string target(parser.get().target());
    request.path = target.substr(0, target.find('?'));
    if (request.path.size() < target.size())
      request.query = parse_query(target.substr(request.path.size() + 1));
    request.message.base() = parser.get().base();
    const std::optional<Fault> fault = planned_fault(request);

    const bool is_part = request.path.find("/parts/") != std::string::npos;
    if (is_part) begin_part(number(request.path.substr(request.path.rfind('/') + 1)));
    const bool is_over = fault && misbehave(socket, request, *fault);
    boost::system::error_code error;
    if (!is_over) http::read(socket, buffer, parser, error);
    if (is_part) look([this](State&) { return --parts_now_; });
    if (is_over || error) return;
    again = parser.keep_alive() && fault != Fault::cut_body;
    request.message = parser.release();
    const Answer given = look([&](State& state) {
      Answer out = apply(request, state, fault);
      if (on_answer_) on_answer_(state);
      return out;
    });
    if (fault == Fault::reset_after) return reset(socket);
    write_answer(socket, to_response(request, given), fault == Fault::cut_body);
  }
}

}  // namespace longshore::cli::testing

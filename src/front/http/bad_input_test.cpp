#include <chrono>
#include <ostream>
#include <string>
#include <vector>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <gtest/gtest.h>

#include "base/encoding.h"
#include "front/common/bad_messages_test.h"
#include "front/http/http_fixture_test.h"

// Whatever is wrong with a request has an answer that says so, and leaves nothing behind.
namespace longshore::http {
namespace {

using namespace std::string_literals;
using Fields = std::vector<std::string>;

struct Request {
  std::string method;
  std::string target;  // "{open}" stands for an open upload
  std::string body = {};
  Fields fields = {};
};

struct BadInput {
  std::string name;
  Request request;
  int status;
  std::string reason;
  std::string named = {};            // the problem's field, or its limit
  std::vector<Request> before = {};  // what the same client did before, with success
  std::string state = "PENDING";     // of the upload afterwards, as before
  int chunks = 0;                    // that it has
};

std::ostream& operator<<(std::ostream& out, const BadInput& row) { return out << row.name; }

const Fields kJson{"Content-Type: application/json"};

Request initiate(const std::string& json) { return {"POST", "/v1/uploads", json, kJson}; }
/// An initiate with one more member.
Request with(const std::string& member) { return initiate(R"({"connectorId":"c",)" + member + "}"); }
Request part(const std::string& chunk, const std::string& body = "hello", const Fields& fields = {}) {
  return {"PUT", "/v1/uploads/{open}/parts/" + chunk, body, fields};
}
Request complete(const std::string& json, const Fields& fields = kJson) {
  return {"POST", "/v1/uploads/{open}/complete", json, fields};
}
Request object(const std::string& target, const Fields& fields = {}) {
  return {"PUT", "/v1/objects/" + target, "hello", fields};
}
Request get(const std::string& target) { return {"GET", target}; }

std::string repeated(const std::string& text, int times) {
  std::string out;
  for (int i = 0; i < times; ++i) out += text;
  return out;
}

const char* const kInvalid = "INVALID_REQUEST";
const char* const kLimits = "OUT_OF_LIMITS";
const char* const kMedia = "UNSUPPORTED_MEDIA_TYPE";

const BadInput kRows[] = {
    // JSON
    {"JsonBroken", initiate("{\"connectorId\":"), 400, kInvalid, "connectorId"},
    {"JsonEmpty", initiate(""), 400, kInvalid, "connector_id"},
    {"JsonNotAnObject", initiate("[]"), 400, kInvalid},
    {"JsonDeep", initiate(repeated("{\"a\":", 10'000) + "1" + repeated("}", 10'000)), 400, kInvalid},
    {"JsonBrackets", initiate("{\"metadata\":" + repeated("[", 30'000) + repeated("]", 30'000) + "}"), 400,
     kInvalid, "metadata"},
    {"JsonKeyTwice", with(R"("name":"a","name":"b")"), 400, kInvalid, "name"},
    {"JsonBothSpellings", with(R"("connector_id":"d")"), 400, kInvalid, "connector_id"},
    {"JsonBothSpellingsWithin", with(R"("encryption":{"kmsKeyId":"a","kms_key_id":"b"})"), 400, kInvalid,
     "encryption.kms_key_id"},
    {"JsonUnknownKey", with(R"("colour":"red")"), 400, kInvalid, "colour"},
    {"JsonNul", with(R"("name":"a\u0000b")"), 400, kInvalid, "name"},
    {"JsonLoneSurrogate", with(R"("name":"\udc00")"), 400, kInvalid, "name"},
    {"JsonNaN", with(R"("expectedSize":NaN)"), 400, kInvalid, "expectedSize"},
    {"JsonBadUtf8", with("\"name\":\"\xff\""), 400, kInvalid, "name"},
    {"JsonTooLarge", initiate(std::string(2 * MiB, ' ')), 413, "PAYLOAD_TOO_LARGE"},
    {"JsonTooLargeForComplete", complete(std::string(70'000, ' ')), 413, "PAYLOAD_TOO_LARGE"},
    {"JsonGzip", {"POST", "/v1/uploads", "x", {kJson[0], "Content-Encoding: gzip"}}, 415, kMedia},
    {"JsonAsForm",
     {"POST", "/v1/uploads", "{}", {"Content-Type: application/x-www-form-urlencoded"}},
     415,
     kMedia},
    {"JsonWithoutType", {"POST", "/v1/uploads", "{}"}, 415, kMedia},
    {"JsonTypeTwice", {"POST", "/v1/uploads", "{}", {kJson[0], kJson[0]}}, 400, kInvalid, "content-type"},

    // Initiate, where JSON is what is wrong; all else stands in bad_messages_test.h
    {"SizeBeyond64Bits", with(R"("expectedSize":"9223372036854775808")"), 400, kInvalid, "expectedSize"},
    {"EncryptionUnknown", with(R"("encryption":{"type":"ROT13"})"), 400, kInvalid, "encryption.type"},
    {"IdempotencyKeyEmpty",
     {"POST", "/v1/uploads", R"({"connectorId":"c"})", {kJson[0], "Idempotency-Key: \"\""}},
     400,
     kInvalid,
     "Idempotency-Key"},
    {"IdempotencyKeyLong",
     {"POST",
      "/v1/uploads",
      R"({"connectorId":"c"})",
      {kJson[0], "Idempotency-Key: " + std::string(300, 'k')}},
     400,
     kLimits,
     "256"},
    {"IdempotencyKeysDiffer",
     {"POST", "/v1/uploads", R"({"connectorId":"c","idempotencyKey":"a"})", {kJson[0], "Idempotency-Key: b"}},
     400,
     kInvalid,
     "idempotency_key"},

    // Parts
    {"PartOfMalformedUpload",
     {"PUT", "/v1/uploads/..%2F..%2Fx/parts/0", "hello"},
     400,
     kInvalid,
     "upload_id"},
    {"PartOfUploadWithNul", {"PUT", "/v1/uploads/upload-1%00/parts/0", "hello"}, 400, kInvalid, "upload_id"},
    {"PartNumberPlus", part("+1"), 400, kInvalid, "chunk_number"},
    {"PartNumberWithZero", part("01"), 400, kInvalid, "chunk_number"},
    {"PartNumberWord", part("one"), 400, kInvalid, "chunk_number"},
    {"PartNumberBeyondAll", part("99999999999999999999"), 400, kLimits, "9999"},
    {"PartTooLarge", part("0", "", {"Content-Length: 99999999"}), 400, kLimits, "8388608"},
    {"PartWithoutLength", part("0", "0\r\n\r\n", {"Transfer-Encoding: chunked"}), 411, "LENGTH_REQUIRED"},
    {"PartWrongDigest", part("0", "hello", {"Content-Digest: crc32c=:AAAAAA==:"}), 400, "DIGEST_MISMATCH"},
    {"PartOtherDigest", part("0", "hello", {"Content-Digest: md5=:XUFAKrxLKna5cZ2REBfFkg==:"}), 400, kInvalid,
     "Content-Digest"},
    {"PartMalformedDigest", part("0", "hello", {"Content-Digest: crc32c=x"}), 400, kInvalid,
     "Content-Digest"},
    {"PartGzip", part("0", "hello", {"Content-Encoding: gzip"}), 415, kMedia},
    {"PartWithRange", part("0", "hello", {"Content-Range: bytes 0-4/5"}), 400, kInvalid, "content-range"},
    {"PartWithCustomerKey", part("0", "hello", {"x-amz-server-side-encryption-customer-algorithm: AES256"}),
     400, kInvalid, "x-amz-server-side-encryption-customer-algorithm"},
    {"PartLastIsNoFlag", part("0?last=1"), 400, kInvalid, "last"},
    {"PartUnknownParameter", part("0?lsat=true"), 400, kInvalid, "lsat"},
    {"PartUnprintableParameter", part("0?a%00%ff=true"), 400, kInvalid, "a%00%FF"},

    // Complete, cancel, status, lists
    {"CompleteOfAnother", complete(R"({"uploadId":"another-1"})"), 400, kInvalid, "upload_id"},
    {"CompleteWithoutChunks", complete("{}"), 409, "MISSING_CHUNKS"},
    {"CancelWithBody", {"DELETE", "/v1/uploads/{open}", "x"}, 400, kInvalid},
    {"ListState", get("/v1/uploads?state=open"), 400, kInvalid, "state"},
    {"ListPageSizeTooBig", get("/v1/uploads?page_size=2147483648"), 400, kInvalid, "page_size"},
    {"ListUnknownParameter", get("/v1/uploads?sate=OPEN"), 400, kInvalid, "sate"},
    {"ListParameterTwice", get("/v1/uploads?page_size=1&page_size=2"), 400, kInvalid, "page_size"},

    // Nodes, objects
    {"NodeForgedToken", get("/v1/nodes?page_token=%22%7B"), 400, kInvalid, "page_token"},
    {"PurgeIsNoFlag", {"DELETE", "/v1/nodes/unknown-1?purge=yes"}, 400, kInvalid, "purge"},
    {"ObjectConnector", object("a%0D%0Ab/n"), 400, kInvalid, "connector_id"},
    {"ObjectNameControl", object("c/a%0D%0AX:%20y"), 400, kInvalid, "name"},
    {"ObjectNameNul", object("c/a%00b"), 400, kInvalid, "name"},
    {"ObjectNameUtf8", object("c/%ff"), 400, kInvalid, "name"},
    {"ObjectNameLong", object("c/" + std::string(4096, 'n')), 400, kLimits, "1024"},
    {"ObjectNameDots", object("c/%2e%2e"), 400, kInvalid, "name"},
    {"ObjectEmptyName", object("c/"), 404, "NOT_FOUND"},
    {"ObjectPathUp", object("c/n?path=a/../b"), 400, kInvalid, "path"},
    {"ObjectMalformedEscape", object("c/a%zz"), 400, kInvalid},
    {"ObjectGzip", object("c/n", {"Content-Encoding: gzip"}), 415, kMedia},
    {"ObjectIfNoneMatchTag", object("c/n", {"If-None-Match: \"x\""}), 400, kInvalid, "If-None-Match"},
    {"ObjectIfMatch", object("c/n", {"If-Match: \"x\""}), 400, kInvalid, "if-match"},
    {"ObjectType", object("c/n", {"Content-Type: text"}), 400, kInvalid, "mime_type"},
    {"ObjectWrongDigest", object("c/n", {"Content-Digest: crc32c=:AAAAAA==:"}), 400, "DIGEST_MISMATCH"},
    {"ObjectTooLarge", object("c/n", {"Content-Length: 99999999999"}), 400, kLimits, "67108864"},
    {"ObjectWithoutBody",
     {"PUT", "/v1/objects/c/n", "", {"Transfer-Encoding:"}},
     400,
     kInvalid,
     "Transfer-Encoding"},

    // Paths and methods
    {"NoSuchPath", get("/v2/uploads"), 404, "NOT_FOUND"},
    {"DoubleSlash", get("/v1//uploads"), 404, "NOT_FOUND"},
    {"TrailingSlash", get("/v1/uploads/"), 404, "NOT_FOUND"},
    {"DotSegments", get("/v1/../v1/uploads"), 404, "NOT_FOUND"},
    {"OtherMethod", {"PATCH", "/v1/uploads/{open}"}, 405, "METHOD_NOT_ALLOWED"},
    {"Options", {"OPTIONS", "/v1/uploads"}, 405, "METHOD_NOT_ALLOWED"},
    {"Star", {"OPTIONS", "*"}, 400, kInvalid},
    {"Connect", {"CONNECT", "example.org:443"}, 400, kInvalid},
    {"AnotherHost", get("http://evil.example/v1/uploads"), 400, kInvalid},
};

class BadInputTest : public ::testing::TestWithParam<BadInput> {
 protected:
  Answer ask(const Request& request) {
    return server_.request(request.method, with_upload(request.target), with_upload(request.body),
                           request.fields);
  }
  std::string with_upload(std::string text) {
    if (const auto at = text.find("{open}"); at != std::string::npos) {
      if (open_.empty()) open_ = server_.open_upload();
      text.replace(at, 6, open_);
    }
    return text;
  }

  TestServer server_;
  std::string open_;
};

TEST_P(BadInputTest, IsAnsweredAndLeavesNothing) {
  const BadInput& row = GetParam();
  for (const Request& request : row.before) EXPECT_EQ(ask(request).status, 200);
  const auto begin = std::chrono::steady_clock::now();
  const Answer answer = ask(row.request);
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::seconds(2));

  EXPECT_EQ(answer.status, row.status) << answer.body;
  EXPECT_EQ(answer.field("content-type"), "application/problem+json");
  EXPECT_EQ(answer.text("reason"), row.reason);
  EXPECT_EQ(answer.text("type"), "urn:longshore:error:" + row.reason);
  EXPECT_FALSE(answer.text("detail").empty());
  if (!row.named.empty()) {
    EXPECT_TRUE(answer.text("field") == row.named || answer.text("limit") == row.named) << answer.body;
  }

  if (!open_.empty()) {
    const Answer status = server_.request("GET", "/v1/uploads/" + open_);
    EXPECT_EQ(status.text("state"), row.state);
    EXPECT_EQ(status.text("chunksReceived"), std::to_string(row.chunks));
    EXPECT_EQ(server_.request("DELETE", "/v1/uploads/" + open_).status, 200);
  }
  EXPECT_TRUE(left_nothing(server_));
}

/// The members of a message as a query, but for those that stand in the path.
std::string as_query(const boost::json::object& message) {
  std::string query;
  for (const auto& [name, value] : message) {
    if (name == "uploadId" || name == "nodeId" || name == "chunkNumber" || name == "data") continue;
    std::string word = name == "isLast" ? "last" : std::string(name);
    for (std::size_t at = 0; at < word.size(); ++at) {  // query names are the .proto's
      if (word[at] < 'A' || word[at] > 'Z') continue;
      word[at] = static_cast<char>(word[at] + 32);
      word.insert(at, 1, '_');
    }
    const std::string text = value.is_string() ? std::string(value.get_string())
                                               : boost::json::serialize(value);
    query += (query.empty() ? "?" : "&") + word + "=" + percent_encode(text);
  }
  return query;
}

/// A message of the one table as HTTP brings it.
Request as_request(const BadMessage& bad) {
  if (bad.method == "InitiateUpload") return initiate(bad.json);
  const boost::json::value parsed = boost::json::parse(bad.json);
  const boost::json::object& message = parsed.get_object();
  const auto member = [&message](const char* name) {
    const auto* found = message.if_contains(name);
    if (found == nullptr) return std::string("0");
    return found->is_string() ? std::string(found->get_string()) : boost::json::serialize(*found);
  };
  const std::string upload = "/v1/uploads/" + member("uploadId");
  const std::string node = "/v1/nodes/" + member("nodeId");
  const std::string query = as_query(message);
  if (bad.method == "CompleteUpload") return {"POST", upload + "/complete", bad.json, kJson};
  if (bad.method == "UploadChunk") {
    const std::string data = message.contains("data") ? base64_decode(member("data")).value_or("") : "";
    return {"PUT", upload + "/parts/" + member("chunkNumber") + query, data};
  }
  if (bad.method == "CancelUpload") return {"DELETE", upload + query};
  if (bad.method == "GetUploadStatus") return get(upload);
  if (bad.method == "StreamUploadProgress") return get(upload + "/progress");
  if (bad.method == "ListUploads") return get("/v1/uploads" + query);
  if (bad.method == "GetUploadLimits") return get("/v1/limits" + query);
  if (bad.method == "ListNodes") return get("/v1/nodes" + query);
  return {bad.method == "DeleteNode" ? "DELETE" : "GET", node};
}

std::vector<BadInput> bad_messages_over_http() {
  std::vector<BadInput> rows;
  for (const BadMessage& bad : bad_messages()) {
    BadInput row{.name = bad.name,
                 .request = as_request(bad),
                 .status = bad.statuses().http,
                 .reason = bad.reason,
                 .named = bad.named,
                 .before = {},
                 .state = bad.state(),
                 .chunks = bad.chunks()};
    for (const BadMessage& step : bad.before) row.before.push_back(as_request(step));
    rows.push_back(row);
  }
  return rows;
}

INSTANTIATE_TEST_SUITE_P(Messages, BadInputTest, ::testing::ValuesIn(bad_messages_over_http()),
                         [](const auto& row) { return row.param.name; });
INSTANTIATE_TEST_SUITE_P(Rows, BadInputTest, ::testing::ValuesIn(kRows),
                         [](const auto& row) { return row.param.name; });

TEST(BadInput, AnotherMethodNamesTheRightOnes) {
  TestServer server;
  EXPECT_EQ(server.request("PATCH", "/v1/uploads/upload-1").field("allow"), "GET, DELETE");
  EXPECT_EQ(server.request("POST", "/v1/objects/c/n").field("allow"), "PUT, GET, HEAD");
}

TEST(BadInput, WhatThisReleaseDoesNotHaveIsSaidToBeSo) {
  TestServer server;
  const auto says_so = [](const Answer& answer) {
    return answer.text("detail").find("this release of the server has no") != std::string::npos;
  };
  for (const char* verb : {"versions", "rollback", "rotate"}) {
    const Answer answer = server.request("POST", "/v1/nodes/node-0001/" + std::string(verb));
    EXPECT_EQ(answer.status, 404);
    EXPECT_TRUE(says_so(answer)) << answer.body;
  }
  const std::string key = "x-amz-server-side-encryption-customer-key: AAAA";
  EXPECT_TRUE(says_so(server.request("PUT", "/v1/objects/c/n", "hello", {key})));
  EXPECT_TRUE(
      says_so(server.post_json("/v1/uploads", R"({"connectorId":"c","encryption":{"type":"SSE_C"}})")));
}

TEST(BadInput, MorePartsAtOnceThanAllowed) {
  ServerOptions options;
  options.policy.parts_in_flight_per_upload = 1;
  TestServer server(options);
  const std::string upload = server.open_upload();
  RawClient sending(server.port());
  sending.send(request_text("PUT", "/v1/uploads/" + upload + "/parts/0", "hel", {"Content-Length: 5"}));
  ASSERT_TRUE(server.becomes([&] {
    const auto& sessions = server.sessions.sessions();
    const auto session = sessions.find(UploadId{upload});
    return session != sessions.end() && !session->second.entries.empty();
  }));
  const Answer second = server.request("PUT", "/v1/uploads/" + upload + "/parts/1", "hello");
  EXPECT_EQ(second.status, 429);
  EXPECT_EQ(second.text("reason"), "TOO_MANY_CHUNKS_IN_FLIGHT");
  EXPECT_FALSE(second.field("retry-after").empty());
  sending.send("lo");
  EXPECT_EQ(sending.receive().status, 200);
}

}  // namespace
}  // namespace longshore::http

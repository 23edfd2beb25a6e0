#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "base/hash.h"
#include "front/http/http_fixture_test.h"

namespace longshore::http {
namespace {

std::string crc_of(std::string_view text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc32c_to_base64(crc.value());
}

Answer put_part(const TestServer& server, const std::string& upload, int chunk, const std::string& bytes,
                bool last = false) {
  return server.request(
      "PUT", "/v1/uploads/" + upload + "/parts/" + std::to_string(chunk) + (last ? "?last=true" : ""), bytes);
}

TEST(Uploads, InitiateAnswersWhatAClientNeeds) {
  TestServer server;
  const Answer answer = server.post_json("/v1/uploads",
                                         R"({"connectorId":"c","name":"n","expectedSize":"12"})");
  EXPECT_EQ(answer.status, 201) << answer.body;
  EXPECT_EQ(answer.text("state"), "PENDING");
  EXPECT_EQ(answer.text("uploadId"), answer.text("nodeId"));
  EXPECT_EQ(answer.field("location"), "/v1/uploads/" + answer.text("uploadId"));
  EXPECT_EQ(answer.field("content-type"), "application/json");
  const auto limits = answer.json().at("limits").as_object();
  EXPECT_EQ(limits.at("minChunkSize").as_string(), "4");
  EXPECT_EQ(limits.at("maxChunks").as_string(), "100");
}

TEST(Uploads, LocationBeginsWithThePublicUrlAlone) {
  ServerOptions options;
  options.config.public_url = "https://files.example.org";
  TestServer server(options);
  const Answer answer = server.post_json(
      "/v1/uploads", R"({"connectorId":"c"})",
      {"X-Forwarded-Host: evil.example", "X-Forwarded-Proto: http", "Forwarded: host=evil.example"});
  EXPECT_EQ(answer.field("location"), "https://files.example.org/v1/uploads/" + answer.text("uploadId"));
}

TEST(Uploads, PartsThenCompleteMakeTheObject) {
  TestServer server;
  const std::string upload = server.open_upload();
  const Answer part = put_part(server, upload, 1, "world");
  EXPECT_EQ(part.status, 200) << part.body;
  EXPECT_EQ(part.text("state"), "UPLOADING");
  EXPECT_EQ(part.text("bytesUploaded"), "5");
  EXPECT_EQ(part.text("crc32c"), crc_of("world"));

  const Answer early = server.post_json("/v1/uploads/" + upload + "/complete", R"({"totalChunks":2})");
  EXPECT_EQ(early.status, 409);
  EXPECT_EQ(early.text("reason"), "MISSING_CHUNKS");
  EXPECT_EQ(early.text("missingChunks"), R"([{"first":"0","last":"0"}])");

  EXPECT_EQ(put_part(server, upload, 0, "hello ").status, 200);
  const Answer status = server.request("GET", "/v1/uploads/" + upload);
  EXPECT_EQ(status.text("state"), "UPLOADING");
  EXPECT_EQ(status.text("bytesUploaded"), "11");
  EXPECT_EQ(status.text("receivedChunks"), R"([{"first":"0","last":"1"}])");

  const std::string body = R"({"totalChunks":"2","expectedCrc32c":")" + crc_of("hello world") + "\"}";
  for (int i = 0; i < 2; ++i) {
    const Answer complete = server.post_json("/v1/uploads/" + upload + "/complete", body);
    EXPECT_EQ(complete.status, 200) << complete.body;
    EXPECT_EQ(complete.text("state"), "COMPLETED");
    EXPECT_EQ(complete.text("size"), "11");
    EXPECT_EQ(complete.text("crc32c"), crc_of("hello world"));
  }
  EXPECT_EQ(server.request("GET", "/v1/nodes/" + upload + "/content").body, "hello world");
  EXPECT_EQ(server.request("GET", "/v1/uploads/" + upload).text("state"), "COMPLETED");
}

TEST(Uploads, CompletionIsImpliedByTheLastChunk) {
  TestServer server;
  const std::string upload = server.open_upload();
  EXPECT_EQ(put_part(server, upload, 1, "end", true).text("isFileComplete"), "false");
  const Answer answer = put_part(server, upload, 0, "begin ");
  EXPECT_EQ(answer.text("isFileComplete"), "true") << answer.body;
  EXPECT_EQ(answer.text("state"), "COMPLETED");
}

TEST(Uploads, CompleteNeedsNoBody) {
  TestServer server;
  const std::string upload = server.open_upload();
  put_part(server, upload, 0, "hello");
  EXPECT_EQ(server.request("POST", "/v1/uploads/" + upload + "/complete").status, 200);
}

TEST(Uploads, PayloadMakesTheObjectAtOnce) {
  TestServer server;
  const std::string payload(300'000, 'p');
  const Answer answer = server.post_json("/v1/uploads", R"({"connectorId":"c","name":"n","payload":")" +
                                                            base64_encode(as_bytes(payload)) + "\"}");
  EXPECT_EQ(answer.status, 201) << answer.body.substr(0, 300);
  EXPECT_EQ(answer.text("state"), "COMPLETED");
  EXPECT_EQ(server.request("GET", "/v1/nodes/" + answer.text("nodeId") + "/content").body, payload);
  EXPECT_TRUE(server.becomes([&server] { return server.body_bytes() == 0; }));
}

TEST(Uploads, CancelTwiceIsOneCancel) {
  TestServer server;
  const std::string upload = server.open_upload();
  for (int i = 0; i < 2; ++i) {
    const Answer answer = server.request("DELETE", "/v1/uploads/" + upload + "?reason=no+more");
    EXPECT_EQ(answer.status, 200) << answer.body;
    EXPECT_EQ(answer.text("success"), "true");
    EXPECT_EQ(answer.text("state"), "CANCELLED");
  }
  const Answer late = put_part(server, upload, 0, "late");
  EXPECT_EQ(late.status, 409);
  EXPECT_EQ(late.text("reason"), "UPLOAD_ENDED");
  EXPECT_EQ(late.text("state"), "CANCELLED");
}

TEST(Uploads, FiftyInitiationsUnderOneKeyAreOneUpload) {
  TestServer server;
  std::vector<std::string> ids(50);
  {
    std::vector<std::jthread> clients;
    for (std::size_t i = 0; i < ids.size(); ++i) {
      clients.emplace_back([&server, &ids, i] {
        const std::string key = i % 2 == 0 ? "Idempotency-Key: k-1" : "Idempotency-Key: \"k-1\"";
        ids[i] = server.post_json("/v1/uploads", R"({"connectorId":"c","metadata":{"a":"1","b":"2"}})", {key})
                     .text("uploadId");
      });
    }
  }
  EXPECT_FALSE(ids[0].empty());
  for (const std::string& id : ids) EXPECT_EQ(id, ids[0]);
  EXPECT_EQ(server.on_loop([&server] { return server.catalog.operations().size(); }), 1U);

  const Answer other = server.post_json("/v1/uploads", R"({"connectorId":"c","name":"other"})",
                                        {"Idempotency-Key: k-1"});
  EXPECT_EQ(other.status, 422);
  EXPECT_EQ(other.text("reason"), "IDEMPOTENCY_KEY_REUSED");
}

TEST(Uploads, FiftyCompletionsAreOneObjectAndOneEvent) {
  TestServer server;
  const std::string upload = server.open_upload();
  put_part(server, upload, 0, "hello");
  std::vector<Answer> answers(50);
  {
    std::vector<std::jthread> clients;
    for (Answer& answer : answers) {
      clients.emplace_back([&server, &answer, &upload] {
        answer = server.post_json("/v1/uploads/" + upload + "/complete", "{}", {"Idempotency-Key: k-1"});
      });
    }
  }
  for (const Answer& answer : answers) {
    EXPECT_EQ(answer.status, 200);
    EXPECT_EQ(answer.body, answers[0].body);
  }
  const auto completed = server.on_loop([&server] {
    return std::ranges::count_if(server.catalog.outbox(), [](const auto& row) {
      return row.second.event.type == EventType::upload_completed;
    });
  });
  EXPECT_EQ(completed, 1);
  EXPECT_EQ(server.on_loop([&server] { return server.store.objects().size(); }), 1U);
}

TEST(Uploads, ListsAreInPages) {
  TestServer server;
  for (int i = 0; i < 3; ++i) server.open_upload();
  const std::string cancelled = server.open_upload(R"({"connectorId":"d"})");
  server.request("DELETE", "/v1/uploads/" + cancelled);

  const Answer first = server.request("GET", "/v1/uploads?state=UPLOADING&connector_id=c&page_size=2");
  EXPECT_EQ(first.status, 200) << first.body;
  EXPECT_EQ(first.json().at("uploads").as_array().size(), 2U);
  const Answer second = server.request("GET",
                                       "/v1/uploads?state=PENDING&connector_id=c&page_size=2&page_token=" +
                                           percent_encode(first.text("nextPageToken")));
  EXPECT_EQ(second.json().at("uploads").as_array().size(), 1U);
  EXPECT_EQ(second.text("nextPageToken"), "");
  EXPECT_EQ(server.request("GET", "/v1/uploads?state=CANCELLED").json().at("uploads").as_array().size(), 1U);
  EXPECT_EQ(server.request("GET", "/v1/uploads?page_size=2147483647").json().at("uploads").as_array().size(),
            4U);
  EXPECT_EQ(server.request("GET", "/v1/uploads?older_than_epoch_ms=1").json().at("uploads").as_array().size(),
            0U);
}

TEST(Uploads, LimitsAdviseAPartSize) {
  ServerOptions options;
  options.limits = StoreLimits{};
  TestServer server(options);
  const Answer usual = server.request("GET", "/v1/limits");
  EXPECT_EQ(usual.status, 200);
  EXPECT_EQ(usual.text("recommendedChunkSize"), std::to_string(100 * MiB));
  EXPECT_EQ(usual.text("minChunkSize"), std::to_string(5 * MiB));
  const Answer large = server.request("GET", "/v1/limits?expected_size=" + std::to_string(4 * TiB));
  EXPECT_GT(large.text("recommendedChunkSize"), std::to_string(400 * MiB));
  const Answer too_large = server.request("GET", "/v1/limits?expected_size=" + std::to_string(6 * TiB));
  EXPECT_EQ(too_large.status, 400);
  EXPECT_EQ(too_large.text("reason"), "OUT_OF_LIMITS");
  EXPECT_EQ(too_large.text("limit"), std::to_string(5 * TiB));
}

}  // namespace
}  // namespace longshore::http

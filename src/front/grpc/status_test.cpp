#include "front/grpc/status.h"

#include <gtest/gtest.h>

#include "base/encoding.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"

namespace longshore::grpc {
namespace {

std::string value_of(const Fields& fields, std::string_view name) {
  for (const Field& field : fields) {
    if (field.name == name) return field.value;
  }
  return "";
}

::google::rpc::Status decoded(const Status& status) {
  ::google::rpc::Status detailed;
  EXPECT_TRUE(detailed.ParseFromString(status.details));
  return detailed;
}

TEST(Status, NamesReasonAndWhatTheErrorNames) {
  const Status status = to_status(
      Error{Reason::upload_in_progress, "busy", {.field = "f", .limit = 7, .upload_id = "u", .state = "s"}},
      "r1");
  EXPECT_EQ(status.code, GrpcCode::aborted);
  const auto detailed = decoded(status);
  EXPECT_EQ(detailed.code(), 10);
  EXPECT_EQ(detailed.message(), "busy");
  ASSERT_EQ(detailed.details_size(), 1);
  EXPECT_EQ(detailed.details(0).type_url(), "type.googleapis.com/google.rpc.ErrorInfo");
  ::google::rpc::ErrorInfo info;
  ASSERT_TRUE(detailed.details(0).UnpackTo(&info));
  EXPECT_EQ(info.reason(), "UPLOAD_IN_PROGRESS");
  EXPECT_EQ(info.domain(), "longshore");
  EXPECT_EQ(info.metadata().at("requestId"), "r1");
  EXPECT_EQ(info.metadata().at("field"), "f");
  EXPECT_EQ(info.metadata().at("limit"), "7");
  EXPECT_EQ(info.metadata().at("uploadId"), "u");
  EXPECT_EQ(info.metadata().at("state"), "s");
  EXPECT_FALSE(info.metadata().contains("storeCode"));
}

std::string missing_chunks_of(std::vector<ChunkRange> missing) {
  const Status status = to_status(
      Error{Reason::checksum_unknown, "x", {.missing_chunks = std::move(missing)}}, "r");
  ::google::rpc::ErrorInfo info;
  EXPECT_TRUE(decoded(status).details(0).UnpackTo(&info));
  return info.metadata().at("missingChunks");
}

TEST(Status, NamesMissingChunks) {
  EXPECT_EQ(missing_chunks_of({{ChunkIndex{0}, ChunkIndex{1}}, {ChunkIndex{5}, ChunkIndex{5}}}), "0-1,5");
  std::vector<ChunkRange> every_other;
  for (std::int32_t chunk = 0; chunk < 10'000; chunk += 2)
    every_other.push_back({ChunkIndex{chunk}, ChunkIndex{chunk}});
  const std::string text = missing_chunks_of(every_other);
  EXPECT_LE(text.size(), 1024U) << "clients take trailers of 8 KiB";
  EXPECT_TRUE(text.starts_with("0,2,4,")) << text;
}

TEST(Status, SaysWhenARetryHelps) {
  const auto detailed = decoded(
      to_status(Error{Reason::store_unavailable, "later", {.retry_after = Millis{2500}}}, "r"));
  ASSERT_EQ(detailed.details_size(), 2);
  ::google::rpc::RetryInfo retry;
  ASSERT_TRUE(detailed.details(1).UnpackTo(&retry));
  EXPECT_EQ(retry.retry_delay().seconds(), 2);
  EXPECT_EQ(retry.retry_delay().nanos(), 500'000'000);
}

TEST(Status, WhatIsNoErrorInOneAnswerIsOneElsewhere) {
  EXPECT_EQ(to_status(Error{Reason::checksum_unknown, "x"}, "r").code, GrpcCode::failed_precondition);
}

TEST(Status, TrailersAreSafe) {
  const Status status = to_status(Error{Reason::invalid_request, "100% \n\"\xC3\xA4\""}, "r");
  const Fields trailers = to_trailers(status);
  EXPECT_EQ(value_of(trailers, "grpc-status"), "3");
  EXPECT_EQ(value_of(trailers, "grpc-message"), "100%25 %0A\"%C3%A4\"");
  std::string base64 = value_of(trailers, "grpc-status-details-bin");
  EXPECT_EQ(base64.find('='), std::string::npos);
  base64.resize((base64.size() + 3) / 4 * 4, '=');
  EXPECT_EQ(base64_decode(base64), status.details);
}

TEST(Status, OkHasNothingToSay) { EXPECT_EQ(to_trailers(Status{}), (Fields{{"grpc-status", "0"}})); }

TEST(Status, LongTextsAreCutBetweenCharacters) {
  std::string text(1023, 'x');
  text += "\xC3\xA4 and more";
  const Status status = to_status(Error{Reason::internal, text}, "r");
  EXPECT_EQ(status.message, std::string(1023, 'x'));
}

TEST(Status, EveryCodeHasItsName) {
  EXPECT_EQ(to_string(GrpcCode::ok), "OK");
  EXPECT_EQ(to_string(GrpcCode::unauthenticated), "UNAUTHENTICATED");
}

}  // namespace
}  // namespace longshore::grpc

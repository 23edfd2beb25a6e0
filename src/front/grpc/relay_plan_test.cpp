#include "front/grpc/relay_plan.h"

#include <gtest/gtest.h>

#include "domain/error.h"
#include "front/grpc/framed_test.h"

namespace longshore::grpc {
namespace {

v1::UploadChunkRequest chunk(std::int64_t number, bool last, const std::string& crc32c) {
  v1::UploadChunkRequest message;
  message.set_upload_id("node-0001");
  message.set_data(std::string(1000, 'd'));
  message.set_chunk_number(number);
  message.set_is_last(last);
  message.set_crc32c(crc32c);
  return message;
}

/// What is known when the first bytes of the data have come.
std::optional<v1::UploadChunkRequest> planned(const std::string& message, std::int64_t number) {
  ChunkDecoder decoder(ChunkDecoder::Messages::one, v1::UploadChunkRequest::kDataFieldNumber, 10'000);
  std::string begun = framed(message);
  begun.resize(begun.find("ddd") + 10);
  decoder.strip(std::as_writable_bytes(std::span(begun)));
  return plan_relay(decoder, number);
}

TEST(RelayPlan, KnowsEveryChunkBeforeItsBytes) {
  for (const std::int64_t number : {0, 1, 127, 128, 9999}) {
    for (const bool last : {false, true}) {
      for (const char* crc32c : {"", "AAAAAQ=="}) {
        const auto plan = planned(chunk(number, last, crc32c).SerializeAsString(), number);
        ASSERT_TRUE(plan) << number << last << crc32c;
        EXPECT_EQ(plan->upload_id(), "node-0001");
        EXPECT_EQ(plan->chunk_number(), number);
        EXPECT_EQ(plan->is_last(), last);
      }
    }
  }
}

TEST(RelayPlan, FieldsBeforeTheBytesNeedNoGuess) {
  v1::UploadChunkRequest data;
  data.set_data(std::string(1000, 'd'));
  v1::UploadChunkRequest rest = chunk(7, true, "");
  rest.clear_data();
  const auto plan = planned(rest.SerializeAsString() + data.SerializeAsString(), 7);
  ASSERT_TRUE(plan);
  EXPECT_EQ(plan->chunk_number(), 7);
  EXPECT_TRUE(plan->is_last());
  EXPECT_THROW(planned(rest.SerializeAsString() + data.SerializeAsString(), 5), Error);
  EXPECT_THROW(planned(data.SerializeAsString(), 5), Error) << "it says 0";
}

TEST(RelayPlan, WhatItCannotKnowIsHeld) {
  v1::UploadChunkRequest with_key = chunk(7, false, "");
  with_key.set_customer_key_b64("key");
  EXPECT_FALSE(planned(with_key.SerializeAsString(), 7));
  const std::string unknown_field("\x78\x01", 2);
  EXPECT_FALSE(planned(chunk(0, false, "").SerializeAsString() + unknown_field + unknown_field, 0));
}

Reason refusal(const v1::UploadChunkRequest& plan, const v1::UploadChunkRequest& whole,
               std::uint32_t crc32c) {
  try {
    check_relayed(plan, whole, crc32c);
  } catch (const Error& error) {
    return error.reason();
  }
  return Reason::internal;
}

TEST(RelayPlan, HoldsTheMessageAgainstThePlan) {
  v1::UploadChunkRequest whole = chunk(7, true, "AAAAAQ==");
  whole.clear_data();
  v1::UploadChunkRequest plan = whole;
  EXPECT_EQ(refusal(plan, whole, 1), Reason::internal) << "it was right";
  EXPECT_EQ(refusal(plan, whole, 2), Reason::digest_mismatch);
  plan.set_chunk_number(8);
  EXPECT_EQ(refusal(plan, whole, 1), Reason::invalid_request);
  plan = whole;
  plan.set_is_last(false);
  EXPECT_EQ(refusal(plan, whole, 1), Reason::invalid_request);
  plan = whole;
  whole.set_upload_id("node-0002");
  EXPECT_EQ(refusal(plan, whole, 1), Reason::invalid_request);
}

TEST(RelayPlan, TheNumberInMetadata) {
  RequestHead head;
  EXPECT_EQ(named_chunk(head), std::nullopt);
  head.add("longshore-chunk-number", "42");
  EXPECT_EQ(named_chunk(head), 42);
  for (const char* text : {"", "-1", "1x", " 1", "99999999999999999999"}) {
    RequestHead wrong;
    wrong.add("longshore-chunk-number", text);
    EXPECT_THROW(named_chunk(wrong), Error) << text;
  }
}

}  // namespace
}  // namespace longshore::grpc

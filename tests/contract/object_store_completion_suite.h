#pragma once

#include <string>
#include <vector>

#include "tests/contract/object_store_suite.h"

namespace longshore {

TEST_P(ObjectStoreCompletionSuite, TheObjectIsThePartsInTheirOrder) {
  const StoreUploadId upload = create();
  const CompletePart third = put(upload, 3, bytes_of(10, 3));
  const CompletePart first = put(upload, 1, part_bytes(1));
  const CompletePart second = put(upload, 2, part_bytes(2));
  const std::string whole = part_bytes(1) + part_bytes(2) + bytes_of(10, 3);

  const StoredObject object = complete(upload, {first, second, third});
  EXPECT_EQ(object.size, std::ssize(whole));
  EXPECT_FALSE(object.etag.empty());
  if (object.crc32c) EXPECT_EQ(object.crc32c, crc_of(whole));
  EXPECT_EQ(get(), whole);
  const auto info = await(store().head(key()));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->object.size, object.size);
  EXPECT_EQ(info->object.etag, object.etag);
}

TEST_P(ObjectStoreCompletionSuite, AnObjectOfOnePart) {
  const StoreUploadId upload = create();
  const CompletePart only = put(upload, 1, part_bytes(1));
  complete(upload, {only});
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, EqualPartsAreTwoParts) {
  const StoreUploadId upload = create();
  std::vector<CompletePart> parts;
  for (const std::int32_t number : {1, 2, 3}) parts.push_back(put(upload, number, part_bytes(1)));
  complete(upload, parts);
  EXPECT_EQ(get(), part_bytes(1) + part_bytes(1) + part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, OnlyTheNamedPartsCount) {
  struct Choice {
    const char* what;
    std::vector<std::size_t> named;
  };
  const std::vector<Choice> choices{{"all but the last", {0, 1}},
                                    {"all but the first", {1, 2}},
                                    {"a gap", {0, 2}},
                                    {"the first", {0}},
                                    {"the last", {2}}};
  for (const Choice& choice : choices) {
    const StoreUploadId upload = create();
    std::vector<CompletePart> all;
    for (const std::int32_t number : {1, 2, 3}) {
      all.push_back(put(upload, number, part_bytes(static_cast<std::uint32_t>(number))));
    }
    std::vector<CompletePart> named;
    std::string whole;
    for (const std::size_t i : choice.named) {
      named.push_back(all[i]);
      whole += part_bytes(static_cast<std::uint32_t>(i) + 1);
    }
    EXPECT_EQ(complete(upload, named).size, std::ssize(whole)) << choice.what;
    EXPECT_EQ(get(), whole) << choice.what;
    EXPECT_TRUE(is_absent(store().list_parts(key(), upload))) << choice.what;
  }
}

TEST_P(ObjectStoreCompletionSuite, NumbersMayHaveGaps) {
  const StoreUploadId upload = create();
  const CompletePart a = put(upload, 5, part_bytes(1));
  const CompletePart b = put(upload, 9000, bytes_of(10, 2));
  complete(upload, {a, b});
  EXPECT_EQ(get(), part_bytes(1) + bytes_of(10, 2));
}

TEST_P(ObjectStoreCompletionSuite, AWrongETagIsInvalidPartAndNothingIsLost) {
  const StoreUploadId upload = create();
  const CompletePart first = put(upload, 1, part_bytes(1));
  const CompletePart second = put(upload, 2, part_bytes(2));
  CompletePart wrong = second;
  wrong.etag = ETag("0123456789abcdef0123456789abcdef");
  CompletePart swapped = second;
  swapped.etag = first.etag;
  for (const CompletePart& bad : {wrong, swapped}) {
    EXPECT_EQ(code_of(error_of_complete(upload, {first, bad})), "InvalidPart");
    EXPECT_FALSE(exists());
    EXPECT_EQ(list(upload).size(), 2U);
    EXPECT_EQ(uploads().size(), 1U);
  }
  const CompletePart third = put(upload, 3, bytes_of(10, 3));
  complete(upload, {first, second, third});
  EXPECT_EQ(get(), part_bytes(1) + part_bytes(2) + bytes_of(10, 3));
}

TEST_P(ObjectStoreCompletionSuite, TheETagOfAnEarlierTryIsInvalidPart) {
  const StoreUploadId upload = create();
  const CompletePart earlier = put(upload, 1, part_bytes(1));
  const CompletePart later = put(upload, 1, part_bytes(2));
  EXPECT_EQ(code_of(error_of_complete(upload, {earlier})), "InvalidPart");
  complete(upload, {later});
  EXPECT_EQ(get(), part_bytes(2));
}

TEST_P(ObjectStoreCompletionSuite, AMissingPartIsInvalidPart) {
  const StoreUploadId upload = create();
  const CompletePart first = put(upload, 1, part_bytes(1));
  CompletePart missing = first;
  missing.number = PartNumber{2};
  EXPECT_EQ(code_of(error_of_complete(upload, {first, missing})), "InvalidPart");
  EXPECT_EQ(list(upload).size(), 1U);
}

TEST_P(ObjectStoreCompletionSuite, PartsMustAscendAndBeAtLeastOne) {
  const StoreUploadId upload = create();
  const CompletePart first = put(upload, 1, part_bytes(1));
  const CompletePart second = put(upload, 2, part_bytes(2));
  EXPECT_EQ(code_of(error_of_complete(upload, {second, first})), "InvalidPartOrder");
  EXPECT_EQ(code_of(error_of_complete(upload, {first, first, second})), "InvalidPartOrder");
  EXPECT_TRUE(code_of(error_of_complete(upload, {})));
  EXPECT_FALSE(exists());
  complete(upload, {first, second});
  EXPECT_EQ(get(), part_bytes(1) + part_bytes(2));
}

TEST_P(ObjectStoreCompletionSuite, AnotherChecksumOfTheWholeMakesNoObject) {
  const StoreUploadId upload = create();
  const CompletePart only = put(upload, 1, part_bytes(1));
  const auto error = error_of(store().complete_upload(
      {.key = key(), .upload = upload, .parts = {only}, .crc32c = crc_of("something else")}));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::integrity);
  EXPECT_FALSE(exists());
  await(store().complete_upload(
      {.key = key(), .upload = upload, .parts = {only}, .crc32c = crc_of(part_bytes(1))}));
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, ACompletedUploadIsGone) {
  const StoreUploadId upload = create();
  const CompletePart only = put(upload, 1, part_bytes(1));
  complete(upload, {only});
  EXPECT_TRUE(is_absent(store().list_parts(key(), upload)));
  EXPECT_TRUE(uploads().empty());
  fakes::ScriptedBody body(part_bytes(2));
  const auto error = error_of_put(upload, 1, GetParam().part_bytes, body);
  EXPECT_TRUE(error && error->outcome() == Outcome::absent);
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, ASecondCompletionChangesNothing) {
  ASSERT_TRUE(store().capabilities().complete_twice_harmless);
  const StoreUploadId upload = create();
  const CompletePart only = put(upload, 1, part_bytes(1));
  const StoredObject object = complete(upload, {only});
  const auto error = error_of_complete(upload, {only});
  EXPECT_TRUE(!error || error->outcome() == Outcome::absent || code_of(error) == "InvalidPart");
  EXPECT_EQ(await(store().head(key()))->object.etag, object.etag);
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, AnAbortAfterTheCompletionDoesNotTouchTheObject) {
  const StoreUploadId upload = create();
  const CompletePart only = put(upload, 1, part_bytes(1));
  complete(upload, {only});
  error_of(store().abort_upload(key(), upload));
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreCompletionSuite, TheObjectCarriesTheHeadersOfItsUpload) {
  const StoreUploadId upload = create(key(), sample_headers());
  const CompletePart only = put(upload, 1, part_bytes(1));
  complete(upload, {only});
  const auto info = await(store().head(key()));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->headers.content_type, "text/x-sample");
  EXPECT_EQ(info->headers.content_disposition, "attachment; filename=\"a b.txt\"");
  EXPECT_EQ(info->headers.cache_control, "no-store");
  if (GetParam().head_shows_metadata) {
    EXPECT_EQ(info->token, UploadToken("0123456789abcdef"));
    EXPECT_EQ(info->headers.user_metadata.at("node-id"), "node-1");
  } else {
    EXPECT_EQ(info->token, std::nullopt);
  }
}

TEST_P(ObjectStoreCompletionSuite, TwoUploadsOfOneKeyStayApart) {
  const StoreUploadId one = create();
  const StoreUploadId two = create();
  const CompletePart part_of_one = put(one, 1, part_bytes(1));
  const CompletePart part_of_two = put(two, 1, part_bytes(2));
  complete(one, {part_of_one});
  EXPECT_EQ(get(), part_bytes(1));
  EXPECT_EQ(uploads(), std::vector<StoreUploadId>{two});
  complete(two, {part_of_two});
  EXPECT_EQ(get(), part_bytes(2));
}

}  // namespace longshore

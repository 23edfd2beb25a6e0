#pragma once

#include "tests/contract/object_store_suite.h"

namespace longshore {

// ---- parts, lists, aborts

TEST_P(ObjectStorePartSuite, APartIsListedAsItWasAcknowledged) {
  const StoreUploadId upload = create();
  EXPECT_TRUE(list(upload).empty());
  const CompletePart sent = put(upload, 1, part_bytes(1));

  const auto listed = list(upload);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].number, PartNumber{1});
  EXPECT_EQ(listed[0].etag, sent.etag);
  EXPECT_EQ(listed[0].size, sent.size);
  if (listed[0].crc32c) EXPECT_EQ(listed[0].crc32c, sent.crc32c);
  EXPECT_FALSE(exists());
}

TEST_P(ObjectStorePartSuite, PartsAreListedInAscendingOrderHoweverTheyCame) {
  const StoreUploadId upload = create();
  for (const std::int32_t number : {7, 2, 10, 1}) put(upload, number, part_bytes(1));
  std::vector<std::int32_t> numbers;
  for (const ListedPart& part : list(upload)) numbers.push_back(part.number.value());
  EXPECT_EQ(numbers, (std::vector<std::int32_t>{1, 2, 7, 10}));
}

TEST_P(ObjectStorePartSuite, APartOfNoBytesIsAPart) {
  const StoreUploadId upload = create();
  const CompletePart sent = put(upload, 1, "");
  ASSERT_EQ(list(upload).size(), 1U);
  EXPECT_EQ(complete(upload, {sent}).size, 0);
  EXPECT_EQ(get(), "");
}

TEST_P(ObjectStorePartSuite, AReSendTakesThePlaceOfTheEarlierPart) {
  const StoreUploadId upload = create();
  put(upload, 1, part_bytes(1));
  const std::string again = bytes_of(GetParam().part_bytes / 2, 2);
  const CompletePart sent = put(upload, 1, again);

  const auto listed = list(upload);
  ASSERT_EQ(listed.size(), 1U);
  EXPECT_EQ(listed[0].etag, sent.etag);
  EXPECT_EQ(listed[0].size, sent.size);
  complete(upload, {sent});
  EXPECT_EQ(get(), again);
}

TEST_P(ObjectStorePartSuite, PartsAtOnceDoNotMix) {
  const StoreUploadId upload = create();
  std::vector<std::unique_ptr<fakes::ScriptedBody>> bodies;
  std::vector<Task<StoredPart>> tasks;
  std::string whole;
  for (std::uint32_t i = 0; i < 8; ++i) {
    const std::string bytes = part_bytes(i);
    whole += bytes;
    bodies.push_back(std::make_unique<fakes::ScriptedBody>(bytes, bytes.size() / 7 + 1));
    tasks.push_back(store().put_part({.key = key(),
                                      .upload = upload,
                                      .number = PartNumber{static_cast<std::int32_t>(i) + 1},
                                      .size = static_cast<std::int64_t>(bytes.size())},
                                     *bodies.back()));
  }
  const auto stored = await_all(std::move(tasks));
  std::vector<CompletePart> parts;
  for (const ListedPart& part : list(upload)) {
    EXPECT_EQ(part.etag, stored[parts.size()].etag);
    parts.push_back({.number = part.number, .etag = part.etag, .size = part.size});
  }
  complete(upload, parts);
  EXPECT_EQ(get(), whole);
}

// ---- bodies that break off

TEST_P(ObjectStorePartSuite, NothingIsStoredOfABodyThatBreaksOff) {
  const StoreUploadId upload = create();
  const std::string bytes = part_bytes(1);
  for (const std::size_t offset : {std::size_t{0}, bytes.size() / 2, bytes.size() - 1, bytes.size()}) {
    fakes::ScriptedBody body(bytes, 300);
    body.fail_at(offset, Error(Reason::digest_mismatch, "not these bytes", {.field = "crc32c"}));
    const auto error = error_of_put(upload, 1, bytes.size(), body);
    ASSERT_TRUE(error) << offset;
    EXPECT_EQ(error->reason(), Reason::digest_mismatch);
    EXPECT_EQ(error->message(), "not these bytes");
    EXPECT_EQ(error->details().field, "crc32c");
    EXPECT_TRUE(list(upload).empty()) << offset;
  }
  const CompletePart sent = put(upload, 1, bytes);
  complete(upload, {sent});
  EXPECT_EQ(get(), bytes);
}

TEST_P(ObjectStorePartSuite, AReSendThatBreaksOffLeavesTheEarlierPartOrNone) {
  const StoreUploadId upload = create();
  const std::string first = part_bytes(1);
  const CompletePart sent = put(upload, 1, first);
  fakes::ScriptedBody body(part_bytes(2), 300);
  body.fail_at(400, Error(Reason::body_cut_off, "gone"));
  EXPECT_TRUE(error_of_put(upload, 1, GetParam().part_bytes, body));

  const auto listed = list(upload);
  if (listed.empty()) {
    EXPECT_EQ(code_of(error_of_complete(upload, {sent})), "InvalidPart");
  } else {
    EXPECT_EQ(listed[0].etag, sent.etag);
    complete(upload, {sent});
    EXPECT_EQ(get(), first);
  }
}

TEST_P(ObjectStorePartSuite, ABodyOfAnotherSizeIsRefused) {
  const StoreUploadId upload = create();
  const std::string bytes = bytes_of(GetParam().part_bytes / 2, 1);
  for (const std::size_t announced : {bytes.size() - 1, bytes.size() + 1, std::size_t{0}}) {
    fakes::ScriptedBody body(bytes, 200);
    const auto error = error_of_put(upload, 1, announced, body);
    ASSERT_TRUE(error) << announced;
    EXPECT_EQ(error->outcome(), Outcome::refused);
    EXPECT_TRUE(list(upload).empty()) << announced;
  }
}

TEST_P(ObjectStorePartSuite, APartIsNotListedBeforeItsBodyHasEnded) {
  const StoreUploadId upload = create();
  const std::string bytes = part_bytes(1);
  fakes::ScriptedBody body(bytes, bytes.size() / 4 + 1);
  std::size_t looks = 0;
  body.before_piece([&](std::size_t) { looks += list(upload).empty() ? 1 : 0; });
  put_body(upload, 1, bytes, body);
  EXPECT_GE(looks, 4U);
  EXPECT_EQ(list(upload).size(), 1U);
}

TEST_P(ObjectStorePartSuite, NumbersBeginWithOne) {
  const StoreUploadId upload = create();
  for (const std::int32_t number : {0, -1}) {
    fakes::ScriptedBody body("x");
    const auto error = error_of_put(upload, number, 1, body);
    ASSERT_TRUE(error);
    EXPECT_EQ(error->outcome(), Outcome::refused);
  }
}

// ---- unknown uploads, aborts

TEST_P(ObjectStorePartSuite, AnUnknownUploadIsAbsent) {
  const StoreUploadId known = create();
  const CompletePart part = put(known, 1, part_bytes(1));
  const ObjectKey other = key("folder/another");
  const std::vector<std::pair<ObjectKey, StoreUploadId>> unknown{
      {key(), StoreUploadId("00000000000000000000000000000000")}, {other, known}};
  for (const auto& [at, upload] : unknown) {
    fakes::ScriptedBody body(part_bytes(1));
    const auto error = error_of_put(upload, 1, GetParam().part_bytes, body, at);
    EXPECT_TRUE(error && error->outcome() == Outcome::absent) << upload.str();
    EXPECT_TRUE(is_absent(store().list_parts(at, upload))) << upload.str();
    const auto refusal = error_of_complete(upload, {part}, at);
    EXPECT_TRUE(refusal && refusal->outcome() == Outcome::absent) << upload.str();
    EXPECT_FALSE(exists(at));
  }
  EXPECT_EQ(list(known).size(), 1U);
}

TEST_P(ObjectStorePartSuite, WhatCannotBeAnUploadsIdIsNone) {
  const StoreUploadId known = create();
  const StoreUploadId odd("../" + known.str());
  const auto is_none = [](const std::optional<Error>& error) {
    return error && (error->outcome() == Outcome::absent || error->outcome() == Outcome::refused);
  };
  fakes::ScriptedBody body("x");
  EXPECT_TRUE(is_none(error_of_put(odd, 1, 1, body)));
  EXPECT_TRUE(is_none(error_of(store().list_parts(key(), odd))));
  EXPECT_TRUE(list(known).empty());
}

TEST_P(ObjectStorePartSuite, AnAbortedUploadIsAbsent) {
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, part_bytes(1));
  await(store().abort_upload(key(), upload));

  EXPECT_TRUE(is_absent(store().list_parts(key(), upload)));
  EXPECT_TRUE(uploads().empty());
  fakes::ScriptedBody body(part_bytes(1));
  const auto error = error_of_put(upload, 2, GetParam().part_bytes, body);
  EXPECT_TRUE(error && error->outcome() == Outcome::absent);
  const auto refusal = error_of_complete(upload, {part});
  EXPECT_TRUE(refusal && refusal->outcome() == Outcome::absent);
  EXPECT_FALSE(exists());
}

TEST_P(ObjectStorePartSuite, AnAbortMayBeRepeatedAndMeetsNobodyElse) {
  const StoreUploadId other = create();
  put(other, 1, part_bytes(1));
  const StoreUploadId upload = create();
  await(store().abort_upload(key(), upload));
  for (const StoreUploadId& gone : {upload, StoreUploadId("00000000000000000000000000000000")}) {
    const auto error = error_of(store().abort_upload(key(), gone));
    EXPECT_TRUE(!error || error->outcome() == Outcome::absent);
  }
  EXPECT_EQ(list(other).size(), 1U);
}

TEST_P(ObjectStorePartSuite, UploadsAreListedOfExactlyOneKey) {
  EXPECT_TRUE(uploads().empty());
  const std::string name = "list/object";
  std::vector<StoreUploadId> own{create(key(name)), create(key(name))};
  for (const char* neighbour : {"list/object2", "list/objec", "list/objects/x", "list", "LIST/object"}) {
    create(key(neighbour));
  }
  auto listed = uploads(key(name));
  std::sort(own.begin(), own.end());
  std::sort(listed.begin(), listed.end());
  EXPECT_EQ(listed, own);
  EXPECT_TRUE(uploads(key("list/")).empty());
}

}  // namespace longshore

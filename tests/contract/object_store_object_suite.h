#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "tests/contract/object_store_suite.h"

namespace longshore {

TEST_P(ObjectStoreObjectSuite, AnObjectInOneCall) {
  const std::string bytes = bytes_of(100'000, 1);
  const StoredObject object = put_object(bytes, key(), sample_headers());
  EXPECT_EQ(object.size, std::ssize(bytes));
  EXPECT_EQ(get(), bytes);

  const auto info = await(store().head(key()));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->object.size, object.size);
  EXPECT_EQ(info->object.etag, object.etag);
  EXPECT_EQ(info->headers.content_type, "text/x-sample");
  if (GetParam().head_shows_metadata) EXPECT_EQ(info->token, UploadToken("0123456789abcdef"));
}

TEST_P(ObjectStoreObjectSuite, AnObjectWithoutATokenIsShownToHaveNone) {
  put_object("somebody else's");
  const auto info = await(store().head(key()));
  ASSERT_TRUE(info);
  if (GetParam().head_shows_metadata) EXPECT_EQ(info->token, UploadToken());
}

TEST_P(ObjectStoreObjectSuite, AnObjectOfNoBytes) {
  EXPECT_EQ(put_object("").size, 0);
  ASSERT_TRUE(exists());
  EXPECT_EQ(get(), "");
  EXPECT_EQ(await(store().head(key()))->object.size, 0);
}

TEST_P(ObjectStoreObjectSuite, AnObjectTakesThePlaceOfTheEarlierOneWithItsHeaders) {
  put_object(bytes_of(1000, 1), key(), sample_headers());
  ObjectHeaders headers = sample_headers();
  headers.content_type = "text/x-other";
  headers.user_metadata[kUploadTokenMetadata] = "fedcba9876543210";
  put_object(bytes_of(1000, 2), key(), headers);
  EXPECT_EQ(get(), bytes_of(1000, 2));
  const auto info = await(store().head(key()));
  EXPECT_EQ(info->headers.content_type, "text/x-other");
  if (GetParam().head_shows_metadata) EXPECT_EQ(info->token, UploadToken("fedcba9876543210"));
}

TEST_P(ObjectStoreObjectSuite, ABodyThatBreaksOffMakesNoObject) {
  const std::string bytes = bytes_of(1000, 1);
  for (const bool replaces : {false, true}) {
    if (replaces) put_object("earlier");
    for (const std::size_t offset : {std::size_t{0}, bytes.size() / 2, bytes.size()}) {
      fakes::ScriptedBody body(bytes, 300);
      body.fail_at(offset, Error(Reason::body_cut_off, "gone"));
      const auto error = error_of(store().put_object({.key = key(), .size = std::ssize(bytes)}, body));
      ASSERT_TRUE(error) << offset;
      EXPECT_EQ(error->reason(), Reason::body_cut_off);
      EXPECT_EQ(error->message(), "gone");
      EXPECT_EQ(exists(), replaces) << offset;
    }
  }
  EXPECT_EQ(get(), "earlier");
}

TEST_P(ObjectStoreObjectSuite, ABodyOfAnotherSizeMakesNoObject) {
  for (const std::int64_t announced : {999, 1001, 0}) {
    fakes::ScriptedBody body(bytes_of(1000, 1), 300);
    const auto error = error_of(store().put_object({.key = key(), .size = announced}, body));
    ASSERT_TRUE(error) << announced;
    EXPECT_EQ(error->outcome(), Outcome::refused);
    EXPECT_FALSE(exists());
  }
}

TEST_P(ObjectStoreObjectSuite, AnObjectIsNeverSeenHalfWay) {
  const std::string bytes = bytes_of(1000, 1);
  int looks = 0;
  fakes::ScriptedBody fresh(bytes, 100);
  fresh.before_piece([&](std::size_t) { looks += exists() ? 0 : 1; });
  await(store().put_object({.key = key(), .size = 1000}, fresh));
  EXPECT_GE(looks, 10);

  fakes::ScriptedBody replacing(bytes_of(1000, 2), 100);
  replacing.before_piece([&](std::size_t) { EXPECT_EQ(get(), bytes); });
  await(store().put_object({.key = key(), .size = 1000}, replacing));
  EXPECT_EQ(get(), bytes_of(1000, 2));
}

TEST_P(ObjectStoreObjectSuite, ARangeIsReadByItself) {
  const std::string bytes = bytes_of(700'000, 1);  // several buffers
  put_object(bytes);
  const std::int64_t size = std::ssize(bytes);
  const std::vector<ByteRange> ranges{
      {0, 0},        {0, 9},        {size - 1, size - 1}, {size - 10, size - 1},
      {1, size - 2}, {0, size - 1}, {262'143, 262'144}};
  for (const ByteRange& range : ranges) {
    const std::string expected = bytes.substr(static_cast<std::size_t>(range.first),
                                              static_cast<std::size_t>(range.last - range.first + 1));
    EXPECT_EQ(get(key(), range), expected) << range.first << "-" << range.last;
  }
}

TEST_P(ObjectStoreObjectSuite, ARangeOutsideIsRefused) {
  put_object(bytes_of(100, 1));
  put_object("", key("empty"));
  const std::vector<ByteRange> outside{{0, 100}, {100, 100}, {200, 300}, {-1, 5}, {6, 5}};
  for (const ByteRange& range : outside) {
    const auto error = error_of(store().get(key(), "", range));
    ASSERT_TRUE(error) << range.first << "-" << range.last;
    EXPECT_EQ(error->outcome(), Outcome::refused);
  }
  EXPECT_TRUE(error_of(store().get(key("empty"), "", ByteRange{0, 0})));
}

inline Task<std::string> read_twice(ObjectStore& store, ObjectKey at) {
  const auto body = co_await store.get(at, "", std::nullopt);
  const std::string once = co_await fakes::read_all(*body);
  if (body->rewind()) EXPECT_EQ(co_await fakes::read_all(*body), once);
  co_return once;
}

TEST_P(ObjectStoreObjectSuite, ABodyThatStartsAnewGivesTheSame) {
  put_object("abc");
  EXPECT_EQ(await(read_twice(store(), key())), "abc");
}

TEST_P(ObjectStoreObjectSuite, WhatIsNotThereIsAbsent) {
  EXPECT_FALSE(exists());
  EXPECT_TRUE(is_absent(store().get(key(), "", std::nullopt)));
  EXPECT_TRUE(is_absent(store().get(key(), "", ByteRange{0, 0})));
  put_object("x");
  EXPECT_TRUE(is_absent(store().get(key(), "no-such-version", std::nullopt)));
}

TEST_P(ObjectStoreObjectSuite, ADeleteMayBeRepeatedAndMeetsNobodyElse) {
  put_object("x", key("d/object"));
  put_object("y", key("d/object2"));
  await(store().delete_object(key("d/object")));
  EXPECT_FALSE(exists(key("d/object")));
  EXPECT_TRUE(is_absent(store().get(key("d/object"), "", std::nullopt)));
  await(store().delete_object(key("d/object")));
  await(store().delete_object(key("d")));
  await(store().delete_object(key("never/there")));
  EXPECT_EQ(get(key("d/object2")), "y");
}

TEST_P(ObjectStoreObjectSuite, ADeleteLeavesTheKeysUnfinishedUploads) {
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, part_bytes(1));
  put_object("x");
  await(store().delete_object(key()));
  complete(upload, {part});
  EXPECT_EQ(get(), part_bytes(1));
}

TEST_P(ObjectStoreObjectSuite, OddKeysAreKeys) {
  std::string long_name;
  for (int i = 0; i < 100; ++i) long_name += "0123456789";
  std::vector<std::string> names{
      " ",           "a b/ c ",   "grün/日本語/🦀", "100%/%2e%2e/%", "it's \"quoted\"", "a+b=c&d?e#f",
      ".hidden/..x", long_name,   "x/" + long_name, "back\\slash",   "a;b|c<d>e*",      "-rf",
      "~",           "tab\there", "object.json/x"};
  std::erase_if(names, [](const std::string& name) {
    return name.size() - (name.rfind('/') + 1) > GetParam().key_segment_bytes_max;
  });
  for (const std::string& name : names) {
    put_object(name, key(name), sample_headers());
    const StoreUploadId upload = create(key("up/" + name.substr(0, 900)));
    EXPECT_EQ(uploads(key("up/" + name.substr(0, 900))), std::vector<StoreUploadId>{upload}) << name;
  }
  for (const std::string& name : names) {
    EXPECT_EQ(get(key(name)), name);
    EXPECT_TRUE(exists(key(name)));
    await(store().delete_object(key(name)));
    EXPECT_FALSE(exists(key(name))) << name;
  }
}

TEST_P(ObjectStoreObjectSuite, AKeyBeneathAnotherKeyWorksOrIsRefusedClearly) {
  put_object("a", key("tree"));
  fakes::ScriptedBody body("b");
  const auto refusal = error_of(store().put_object({.key = key("tree/leaf"), .size = 1}, body));
  if (refusal) {
    EXPECT_EQ(code_of(refusal), GetParam().key_conflict_code);
    if (GetParam().key_conflicts_at_create) {
      EXPECT_EQ(code_of(error_of(store().create_upload({.key = key("tree/leaf")}))),
                GetParam().key_conflict_code);
    }
    EXPECT_FALSE(exists(key("tree/leaf")));
  } else {
    EXPECT_EQ(get(key("tree/leaf")), "b");
  }
  EXPECT_EQ(get(key("tree")), "a");

  put_object("c", key("wood/leaf"));
  fakes::ScriptedBody over("d");
  const auto above = error_of(store().put_object({.key = key("wood"), .size = 1}, over));
  EXPECT_TRUE(!above || code_of(above) == GetParam().key_conflict_code);
  EXPECT_EQ(exists(key("wood")), !above);
  EXPECT_EQ(get(key("wood/leaf")), "c");
}

}  // namespace longshore

#include "tests/fakes/fake_object_store.h"

#include <stdexcept>

#include <gtest/gtest.h>

#include "tests/fakes/await.h"
#include "tests/fakes/manual_clock.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::fakes {
namespace {

using std::chrono::seconds;

/// What deviates from the plain reading; the plain reading is the contract suite's.
class FakeObjectStoreTest : public testing::Test {
 protected:
  FakeObjectStore& store() {
    if (!store_) store_.emplace(clock_, profile_, hooks_);
    return *store_;
  }
  StoreUploadId create() { return await(store().create_upload({.key = key_})); }
  CompletePart put(const StoreUploadId& upload, std::int32_t number, const std::string& bytes) {
    ScriptedBody body(bytes, 2);
    const PutPart request{
        .key = key_, .upload = upload, .number = PartNumber{number}, .size = std::ssize(bytes)};
    const StoredPart stored = await(store().put_part(request, body));
    return CompletePart{.number = request.number, .etag = stored.etag, .size = request.size};
  }
  StoredObject complete(const StoreUploadId& upload, std::vector<CompletePart> parts) {
    return await(store().complete_upload({.key = key_, .upload = upload, .parts = std::move(parts)}));
  }
  void abort(const StoreUploadId& upload) { await(store().abort_upload(key_, upload)); }
  std::size_t listed(const StoreUploadId& upload) { return await(store().list_parts(key_, upload)).size(); }
  std::vector<StoreUploadId> uploads() { return await(store().list_uploads(key_)); }
  std::string bytes() { return store().object(key_)->bytes; }

  template <class Work>
  static std::optional<Error> error_of(Work work) {
    try {
      work();
    } catch (const Error& error) {
      return error;
    }
    return std::nullopt;
  }
  template <class Work>
  static std::string code_of(Work work) {
    const auto error = error_of(work);
    return error ? error->details().store_code : "";
  }

  /// From now on a call breaks off at this point, and what it would still have done is kept in `late_`.
  void break_off_at(std::string point) {
    store().hooks().pause = [point = std::move(point)](const char* at) -> Task<void> {
      return stop_at(at, point);
    };
    store().hooks().orphaned = [this](const char*, std::function<void()> effect) {
      late_ = std::move(effect);
    };
  }
  void go_on() { store().hooks() = {}; }
  static Task<void> stop_at(std::string at, std::string point) {
    if (at == point) throw std::runtime_error("cut off");
    co_return;
  }

  ManualClock clock_;
  StoreProfile profile_;
  StoreHooks hooks_;
  std::function<void()> late_;
  const ObjectKey key_{"k"};
  std::optional<FakeObjectStore> store_;
};

TEST_F(FakeObjectStoreTest, PausesAtEveryPointOfAPut) {
  std::vector<std::string> points;
  const StoreUploadId upload = create();
  store().hooks().pause = [&points](const char* point) -> Task<void> {
    points.emplace_back(point);
    return stop_at("", "nowhere");
  };
  put(upload, 1, "abc");
  EXPECT_EQ(points, (std::vector<std::string>{"put_part.begin", "put_part.piece", "put_part.piece",
                                              "put_part.effect", "put_part.answer"}));
}

TEST_F(FakeObjectStoreTest, ACallCutOffBeforeItsEffectMayArriveLater) {
  const StoreUploadId upload = create();
  break_off_at("put_part.effect");
  EXPECT_THROW(put(upload, 1, "abc"), std::runtime_error);
  go_on();
  EXPECT_EQ(listed(upload), 0U);
  ASSERT_TRUE(late_);
  late_();
  EXPECT_EQ(listed(upload), 1U);
}

TEST_F(FakeObjectStoreTest, ACallCutOffAfterItsEffectHasHappened) {
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, "abc");
  break_off_at("complete_upload.answer");
  EXPECT_THROW(complete(upload, {part}), std::runtime_error);
  EXPECT_FALSE(late_);
  EXPECT_EQ(bytes(), "abc");
}

TEST_F(FakeObjectStoreTest, ACreateThatArrivesLaterMakesAnUpload) {
  break_off_at("create_upload.effect");
  EXPECT_THROW(create(), std::runtime_error);
  go_on();
  EXPECT_TRUE(store().uploads().empty());
  late_();
  EXPECT_EQ(uploads().size(), 1U);
}

TEST_F(FakeObjectStoreTest, ALateEffectThatIsRefusedIsHeardByNobody) {
  const StoreUploadId upload = create();
  break_off_at("put_part.effect");
  EXPECT_THROW(put(upload, 1, "abc"), std::runtime_error);
  go_on();
  abort(upload);
  late_();
  EXPECT_TRUE(store().uploads().empty());
  EXPECT_TRUE(store().revenants().empty());
}

TEST_F(FakeObjectStoreTest, APartInFlightMaySurviveTheAbort) {
  profile_.parts_in_flight_survive_abort = true;
  const StoreUploadId upload = create();
  put(upload, 1, "old");
  break_off_at("put_part.effect");
  EXPECT_THROW(put(upload, 2, "new"), std::runtime_error);
  go_on();
  abort(upload);
  EXPECT_EQ(error_of([&] { listed(upload); })->outcome(), Outcome::absent);
  late_();
  EXPECT_EQ(listed(upload), 1U);
  EXPECT_EQ(store().revenants().size(), 1U);
  EXPECT_EQ(uploads(), std::vector<StoreUploadId>{upload});
  EXPECT_EQ(error_of([&] { put(upload, 3, "x"); })->outcome(), Outcome::absent);
  abort(upload);
  EXPECT_TRUE(store().revenants().empty());
  EXPECT_EQ(error_of([&] { listed(upload); })->outcome(), Outcome::absent);
}

TEST_F(FakeObjectStoreTest, ListsMayLag) {
  profile_.list_lag = seconds(10);
  const StoreUploadId upload = create();
  put(upload, 1, "abc");
  EXPECT_EQ(listed(upload), 0U);
  EXPECT_TRUE(uploads().empty());
  clock_.advance(seconds(10));
  EXPECT_EQ(listed(upload), 1U);
  EXPECT_EQ(uploads().size(), 1U);
  abort(upload);
  EXPECT_EQ(uploads().size(), 1U) << "an aborted upload is still listed";
  EXPECT_EQ(error_of([&] { listed(upload); })->outcome(), Outcome::absent)
      << "but asked for by its id it is not there";
  clock_.advance(seconds(10));
  EXPECT_TRUE(uploads().empty());
}

TEST_F(FakeObjectStoreTest, AFailedReSendMayDestroyThePart) {
  profile_.failed_resend_destroys_part = true;
  const StoreUploadId upload = create();
  put(upload, 1, "abc");
  ScriptedBody body("abcdef", 2);
  body.fail_at(4, Error(Reason::body_cut_off, "gone"));
  EXPECT_TRUE(error_of([&] {
    await(store().put_part({.key = key_, .upload = upload, .number = PartNumber{1}, .size = 6}, body));
  }));
  EXPECT_EQ(store().part(upload, PartNumber{1}), nullptr);
  put(upload, 1, "abcdef");
  EXPECT_EQ(store().part(upload, PartNumber{1})->bytes, "abcdef");
}

TEST_F(FakeObjectStoreTest, AFreshPartMayBeInvalidForAWhile) {
  profile_.fresh_part_is_invalid_for = seconds(1);
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, "abc");
  EXPECT_EQ(code_of([&] { complete(upload, {part}); }), "InvalidPart");
  clock_.advance(seconds(1));
  complete(upload, {part});
}

TEST_F(FakeObjectStoreTest, ASecondCompletionAnswersAsTheProfileHasIt) {
  struct Row {
    StoreProfile::CompleteAgain again;
    const char* code;
  };
  for (const Row& row : {Row{StoreProfile::CompleteAgain::success, ""},
                         Row{StoreProfile::CompleteAgain::absent, "NoSuchUpload"},
                         Row{StoreProfile::CompleteAgain::invalid_part, "InvalidPart"}}) {
    store_.emplace(clock_, StoreProfile{.complete_again = row.again});
    const StoreUploadId upload = create();
    const CompletePart part = put(upload, 1, "abc");
    const ETag etag = complete(upload, {part}).etag;
    EXPECT_EQ(code_of([&] { EXPECT_EQ(complete(upload, {part}).etag, etag); }), row.code);
    EXPECT_EQ(bytes(), "abc");
  }
}

TEST_F(FakeObjectStoreTest, ASecondCompletionTooSoonMayDoHarm) {
  profile_.double_complete_harms_for = std::chrono::minutes(15);
  EXPECT_FALSE(store().capabilities().complete_twice_harmless);
  for (const bool waits : {true, false}) {
    const StoreUploadId upload = create();
    const CompletePart part = put(upload, 1, "abc");
    complete(upload, {part});
    if (waits) clock_.advance(std::chrono::minutes(16));
    EXPECT_TRUE(error_of([&] { complete(upload, {part}); }));
    EXPECT_EQ(store().object(key_) != nullptr, waits);
  }
}

TEST_F(FakeObjectStoreTest, ETagsAreOfTheContentOrOfTheTry) {
  const StoreUploadId upload = create();
  EXPECT_EQ(put(upload, 1, "abc").etag, put(upload, 2, "abc").etag);
  EXPECT_NE(put(upload, 1, "abc").etag, put(upload, 2, "abd").etag);
  store().profile().etags = StoreProfile::ETags::of_try;
  EXPECT_NE(put(upload, 1, "abc").etag, put(upload, 1, "abc").etag);
}

TEST_F(FakeObjectStoreTest, SmallPartsAreRefusedWhereThereIsAMinimum) {
  profile_.part_bytes_min = 3;
  const StoreUploadId upload = create();
  const CompletePart small = put(upload, 1, "ab");
  const CompletePart last = put(upload, 2, "a");
  EXPECT_EQ(code_of([&] { complete(upload, {small, last}); }), "EntityTooSmall");
  complete(upload, {put(upload, 1, "abc"), last});
  EXPECT_EQ(bytes(), "abca");
}

TEST_F(FakeObjectStoreTest, PartsMayHaveToBeEqual) {
  profile_.equal_parts = true;
  const StoreUploadId upload = create();
  const CompletePart first = put(upload, 1, "abc");
  EXPECT_EQ(code_of([&] { complete(upload, {first, put(upload, 2, "abcd")}); }), "InvalidPart");
  EXPECT_EQ(code_of([&] { complete(upload, {first, put(upload, 2, "ab"), put(upload, 3, "c")}); }),
            "InvalidPart");
  complete(upload, {first, put(upload, 2, "abc"), put(upload, 3, "c")});
  EXPECT_EQ(bytes(), "abcabcc");
}

TEST_F(FakeObjectStoreTest, ThereMayBeFewerPartNumbers) {
  profile_.parts_max = 2;
  const StoreUploadId upload = create();
  put(upload, 2, "abc");
  EXPECT_EQ(code_of([&] { put(upload, 3, "abc"); }), "InvalidArgument");
}

TEST_F(FakeObjectStoreTest, APartThatComesBetweenTwoPagesIsListedIfItBelongsToTheSecond) {
  profile_.list_page = 2;
  const StoreUploadId upload = create();
  for (const std::int32_t number : {1, 3, 5}) put(upload, number, "x");
  store().hooks().between_pages = [&]() -> Task<void> {
    put(upload, 2, "late");
    put(upload, 6, "late");
    store().lose_part(upload, PartNumber{5});
    return stop_at("", "nowhere");
  };
  const auto parts = await(store().list_parts(key_, upload));
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts.back().number, PartNumber{6});
}

TEST_F(FakeObjectStoreTest, ACompletionBeyondTheQuotaMayEndTheUpload) {
  hooks_.completion = [](const CompleteUpload&) { return StoreHooks::Completion::over_quota; };
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, "abc");
  EXPECT_EQ(code_of([&] { complete(upload, {part}); }), "QuotaExceeded");
  EXPECT_EQ(listed(upload), 1U);
  store().profile().quota_ends_upload = true;
  EXPECT_EQ(code_of([&] { complete(upload, {part}); }), "QuotaExceeded");
  EXPECT_EQ(error_of([&] { listed(upload); })->outcome(), Outcome::absent);
}

TEST_F(FakeObjectStoreTest, AnObjectMayHaveOtherBytesThanItsPartsAndSaysSo) {
  hooks_.completion = [](const CompleteUpload&) { return StoreHooks::Completion::spoilt; };
  const StoreUploadId upload = create();
  const StoredObject spoilt = complete(upload, {put(upload, 1, "abc")});
  EXPECT_EQ(bytes(), "`bc");
  EXPECT_EQ(spoilt.crc32c, await(store().head(key_))->object.crc32c);
}

TEST_F(FakeObjectStoreTest, ChecksumsOfObjectsMayBeHidden) {
  profile_.answers_checksums = false;
  const StoreUploadId upload = create();
  EXPECT_FALSE(complete(upload, {put(upload, 1, "abc")}).crc32c.has_value());
  EXPECT_FALSE(await(store().head(key_))->object.crc32c.has_value());
}

TEST_F(FakeObjectStoreTest, VersionsAreKeptUntilTheKeyIsDeleted) {
  profile_.versioned = true;
  std::vector<std::string> versions;
  for (const char* text : {"one", "two"}) {
    ScriptedBody body(text);
    versions.push_back(await(store().put_object({.key = key_, .size = 3}, body)).version_id);
  }
  EXPECT_NE(versions[0], versions[1]);
  const auto old = await(store().get(key_, versions[0], std::nullopt));
  EXPECT_EQ(await(read_all(*old)), "one");
  EXPECT_EQ(await(store().head(key_))->object.version_id, versions[1]);
  await(store().delete_object(key_));
  EXPECT_TRUE(store().objects().empty());
}

TEST_F(FakeObjectStoreTest, TheStoreMayLosePartsAndUploads) {
  const StoreUploadId upload = create();
  const CompletePart part = put(upload, 1, "abc");
  store().lose_part(upload, PartNumber{1});
  EXPECT_EQ(code_of([&] { complete(upload, {part}); }), "InvalidPart");
  store().drop_upload(upload);
  EXPECT_EQ(error_of([&] { listed(upload); })->outcome(), Outcome::absent);
}

TEST_F(FakeObjectStoreTest, MetadataMayBeHidden) {
  profile_.head_shows_metadata = false;
  ScriptedBody body("x");
  const ObjectHeaders headers{.content_type = "a/b", .user_metadata = {{kUploadTokenMetadata, "t"}}};
  await(store().put_object({.key = key_, .headers = headers, .size = 1}, body));
  const auto info = await(store().head(key_));
  EXPECT_EQ(info->headers.content_type, "a/b");
  EXPECT_EQ(info->token, std::nullopt);
  EXPECT_EQ(store().object(key_)->headers.user_metadata.at(kUploadTokenMetadata), "t");
}

}  // namespace
}  // namespace longshore::fakes

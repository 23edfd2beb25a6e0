#include "s3/s3_store.h"

#include <atomic>
#include <future>

#include "net/race.h"
#include "s3/fixture_test.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::s3 {
namespace {

const std::string kCompleted =
    "<CompleteMultipartUploadResult><ETag>\"whole-1\"</ETag></CompleteMultipartUploadResult>";

class S3StoreTest : public S3Fixture {
 protected:
  S3Store& store() {
    if (!store_) {
      store_ = std::make_unique<S3Store>(S3Options{.place = place(),
                                                   .profile = profile_,
                                                   .checksums = checksums_,
                                                   .unfinished_lifetime = lifetime_,
                                                   .completion_deadline = std::chrono::minutes{2},
                                                   .client = options()},
                                         tools(), findings_, metrics_);
    }
    return *store_;
  }
  Task<StoredPart> put_part(BodySource& body, std::int32_t number = 1) {
    return store().put_part({.key = kKey, .upload = kUpload, .number = PartNumber{number}, .size = 9}, body);
  }
  static CompletePart part(std::int32_t number, std::optional<std::uint32_t> crc = 0xE3069283) {
    return {.number = PartNumber{number}, .etag = ETag("e"), .size = 9, .crc32c = crc};
  }
  Task<StoredObject> complete(std::vector<CompletePart> parts, std::optional<std::uint32_t> crc = {}) {
    return store().complete_upload(
        {.key = kKey, .upload = kUpload, .parts = std::move(parts), .crc32c = crc});
  }
  Task<std::string> read(std::string version, std::optional<ByteRange> range) {
    const auto body = co_await store().get(kKey, version, range);
    co_return co_await fakes::read_all(*body);
  }

  const ObjectKey kKey{"k"};
  const StoreUploadId kUpload{"u"};
  const Profile* profile_ = find_profile("any");
  std::optional<Millis> lifetime_;
  ChecksumChoice checksums_ = ChecksumChoice::none;

 private:
  std::unique_ptr<S3Store> store_;
};

TEST_F(S3StoreTest, APartWithoutAnETagIsNone) {
  answer(200);
  fakes::ScriptedBody body("123456789");
  const auto error = error_of(put_part(body));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->outcome(), Outcome::unknown);
}

TEST_F(S3StoreTest, TheStoresChecksumOfAPartIsComparedWithOurs) {
  answer(200, "ETag: \"e\"\r\nx-amz-checksum-crc32c: 4waSgw==\r\n");
  fakes::ScriptedBody body("123456789");
  EXPECT_EQ(await(put_part(body)).etag, ETag("e"));
  answer(200, "ETag: \"e\"\r\nx-amz-checksum-crc32c: AAAAAA==\r\n");
  fakes::ScriptedBody again("123456789");
  EXPECT_EQ(error_of(put_part(again))->outcome(), Outcome::unknown);
}

TEST_F(S3StoreTest, WhatIsNotThereIsLookedForBesideSlowBodies) {
  HttpClient http({.connections_max = 2, .for_quick_max = 1}, buffers_, timers_);
  await(http.close());  // none of its connections outlives the loop of await_all()
  std::promise<void> over;
  const std::shared_future<void> is_over = over.get_future().share();
  std::atomic<int> bodies = 0;
  fakes::ScriptedServer server({fakes::answer_each([&](const fakes::SeenRequest& request) -> std::string {
    if (request.line().starts_with("HEAD")) return "HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n";
    if (request.line().starts_with("GET"))
      return "HTTP/1.1 404 X\r\nContent-Length: 37\r\n\r\n<Error><Code>NoSuchKey</Code></Error>";
    ++bodies;
    is_over.wait();
    return "HTTP/1.1 200 X\r\nETag: \"e\"\r\nContent-Length: 0\r\n\r\n";
  })});
  const std::string url = "http://127.0.0.1:" + std::to_string(server.port());
  S3Store store({.place = Place({.endpoint = url, .bucket = "bucket"}),
                 .profile = profile_,
                 .checksums = ChecksumChoice::none,
                 .client = options()},
                ClientTools{http, credentials_, timers_, clock_, random_, Log::none()}, findings_, metrics_);
  const auto put_one = [&]() -> Task<bool> {
    fakes::ScriptedBody body("123456789");
    co_await store.put_part({.key = kKey, .upload = kUpload, .number = PartNumber{1}, .size = 9}, body);
    co_return true;
  };
  const auto look = [&]() -> Task<bool> {
    while (bodies < 1) co_await timers_.sleep_for(Millis{1});
    std::optional<bool> is_there;
    const auto find = [&]() -> Task<void> { is_there = (co_await store.head(kKey)).has_value(); };
    try {
      co_await ends_within(timers_, Millis{5000}, find());
    } catch (const Error& error) {
      ADD_FAILURE() << error.message();
    }
    over.set_value();
    co_return is_there == false;
  };
  std::vector<Task<bool>> tasks;
  for (int i = 0; i < 3; ++i) tasks.push_back(put_one());
  tasks.push_back(look());
  EXPECT_TRUE(await_all(std::move(tasks)).back());
}

TEST_F(S3StoreTest, AnUploadKeepsThePlanThatItWasCreatedOn) {
  // None is the plan of this process.
  const StoreUploadId declared("u", "CRC32C full");
  answer(200, "ETag: \"e\"\r\n");
  fakes::ScriptedBody body("123456789");
  await(store().put_part({.key = kKey, .upload = declared, .number = PartNumber{1}, .size = 9}, body));
  answer(200, "", kCompleted);
  await(store().complete_upload({.key = kKey, .upload = declared, .parts = {part(1)}}));
  EXPECT_EQ(lines()[0], "PUT /bucket/k?partNumber=1&uploadId=u");
  EXPECT_EQ(seen()[0].field("x-amz-trailer"), "x-amz-checksum-crc32c");
  EXPECT_EQ(seen()[1].field("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(seen()[1].field("x-amz-checksum-crc32c"), "4waSgw==");
}

TEST_F(S3StoreTest, WhatWasNotDeclaredIsNotSentLater) {
  checksums_ = ChecksumChoice::automatic;
  await(findings_.keep_finding(endpoint() + "/bucket auto", "2 - CRC32C full"));
  answer(200, "", "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>");
  EXPECT_EQ(await(store().create_upload({.key = kKey})).str(), "u CRC32C full");
  EXPECT_EQ(seen()[0].field("x-amz-checksum-type"), "FULL_OBJECT");
  const StoreUploadId undeclared("v", "CRC32C none");
  answer(200, "ETag: \"e\"\r\n");
  fakes::ScriptedBody body("123456789");
  await(store().put_part({.key = kKey, .upload = undeclared, .number = PartNumber{1}, .size = 9}, body));
  answer(200, "", kCompleted);
  await(store().complete_upload({.key = kKey, .upload = undeclared, .parts = {part(1)}}));
  EXPECT_EQ(seen()[1].field("x-amz-trailer"), "");
  EXPECT_EQ(seen()[2].field("x-amz-checksum-type"), "");
}

TEST_F(S3StoreTest, AnUploadWithoutTermsIsOnTheStoresPlan) {
  checksums_ = ChecksumChoice::automatic;
  await(findings_.keep_finding(endpoint() + "/bucket auto", "2 - CRC32C full"));
  answer(200, "ETag: \"e\"\r\n");
  fakes::ScriptedBody body("123456789");
  await(put_part(body));
  EXPECT_EQ(seen()[0].field("x-amz-trailer"), "x-amz-checksum-crc32c");
}

TEST_F(S3StoreTest, TermsThatCannotBeReadAreNotTakenForNone) {
  const StoreUploadId later("u", "SHA512 full");
  fakes::ScriptedBody body("123456789");
  const auto put = error_of(
      store().put_part({.key = kKey, .upload = later, .number = PartNumber{1}, .size = 9}, body));
  ASSERT_TRUE(put);
  EXPECT_EQ(put->reason(), Reason::store_unavailable);
  EXPECT_EQ(put->outcome(), Outcome::retry);
  const auto completion = error_of(
      store().complete_upload({.key = kKey, .upload = later, .parts = {part(1)}}));
  ASSERT_TRUE(completion);
  EXPECT_EQ(completion->outcome(), Outcome::retry);
  EXPECT_TRUE(seen().empty());
}

TEST_F(S3StoreTest, AListThatFailsBeforeACompletionLeavesNoDoubt) {
  for (int i = 0; i < 4; ++i) answer_error(500, "InternalError");
  const auto error = error_of(store().complete_upload(
      {.key = kKey, .upload = StoreUploadId("u", "CRC64NVME full"), .parts = {part(1)}}));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->outcome(), Outcome::retry) << "nothing was sent that completes it";
  for (const std::string& line : lines()) EXPECT_TRUE(line.starts_with("GET ")) << line;
}

TEST_F(S3StoreTest, AChecksumOfSixtyFourBitsIsComparedPartByPartAndWhole) {
  const StoreUploadId upload("u", "CRC64NVME full");
  const auto put = [&](const char* checksum) {
    answer(200, std::string("ETag: \"e\"\r\nx-amz-checksum-crc64nvme: ") + checksum + "\r\n");
    fakes::ScriptedBody body("123456789");
    return error_of(
        store().put_part({.key = kKey, .upload = upload, .number = PartNumber{1}, .size = 9}, body));
  };
  EXPECT_FALSE(put("rosUhgp5mIg="));
  EXPECT_EQ(put("AAAAAAAAAAA=")->outcome(), Outcome::unknown);

  const auto complete = [&](const std::string& etag, const std::string& checksum) {
    answer(200, "",
           "<ListPartsResult><Part><PartNumber>1</PartNumber><ETag>" + etag +
               "</ETag><Size>9</Size><ChecksumCRC64NVME>rosUhgp5mIg=</ChecksumCRC64NVME></Part>"
               "</ListPartsResult>");
    answer(200, "",
           "<CompleteMultipartUploadResult><ETag>w</ETag><ChecksumCRC64NVME>" + checksum +
               "</ChecksumCRC64NVME></CompleteMultipartUploadResult>");
    return error_of(store().complete_upload({.key = kKey, .upload = upload, .parts = {part(1)}}));
  };
  EXPECT_FALSE(complete("e", "rosUhgp5mIg="));
  EXPECT_EQ(seen().back().field("x-amz-checksum-crc64nvme"), "rosUhgp5mIg=");
  EXPECT_EQ(complete("e", "AAAAAAAAAAA=")->reason(), Reason::integrity);
  EXPECT_FALSE(complete("another", "AAAAAAAAAAA=")) << "not known";
  EXPECT_EQ(seen().back().field("x-amz-checksum-crc64nvme"), "");
}

TEST_F(S3StoreTest, TheStoresChecksumOfAnObjectIsComparedWithOurs) {
  answer(200, "ETag: \"e\"\r\nx-amz-checksum-crc32c: AAAAAA==\r\n");
  fakes::ScriptedBody body("123456789");
  EXPECT_EQ(error_of(store().put_object({.key = kKey, .size = 9}, body))->reason(), Reason::integrity);
}

TEST_F(S3StoreTest, ACompletionTellsWhatTheObjectIs) {
  answer(200, "x-amz-version-id: v1\r\n",
         "<CompleteMultipartUploadResult><ETag>\"whole-2\"</ETag><ChecksumCRC32C>4waSgw==</ChecksumCRC32C></"
         "CompleteMultipartUploadResult>");
  const StoredObject object = await(complete({part(1), part(2)}));
  EXPECT_EQ(object,
            (StoredObject{.size = 18, .etag = ETag("whole-2"), .version_id = "v1", .crc32c = 0xE3069283}));
  answer(200, "x-amz-version-id: null\r\n", kCompleted);
  const StoredObject plain = await(complete({part(1)}));
  EXPECT_EQ(plain.version_id, "");
  EXPECT_EQ(plain.crc32c, std::nullopt);
}

TEST_F(S3StoreTest, ACompositeChecksumIsComparedWithOurs) {
  const auto body = [](const std::string& checksum) {
    return "<CompleteMultipartUploadResult><ETag>e</ETag><ChecksumCRC32C>" + checksum +
           "</ChecksumCRC32C></CompleteMultipartUploadResult>";
  };
  answer(200, "", body(crc32c_to_base64(composite_crc32c({part(1), part(2)})->crc32c) + "-2"));
  EXPECT_EQ(await(complete({part(1), part(2)})).crc32c, std::nullopt);
  answer(200, "", body("AAAAAA==-2"));
  EXPECT_EQ(error_of(complete({part(1), part(2)}))->reason(), Reason::integrity);
  answer(200, "", body("AAAAAA==-2"));
  EXPECT_FALSE(error_of(complete({part(1), part(2, std::nullopt)})));
}

TEST_F(S3StoreTest, AListThatCannotBeIsNotSent) {
  EXPECT_EQ(error_of(complete({}))->details().store_code, "MalformedXML");
  EXPECT_EQ(error_of(complete({part(2), part(1)}))->details().store_code, "InvalidPartOrder");
  EXPECT_EQ(error_of(complete({part(1), part(1)}))->details().store_code, "InvalidPartOrder");
  EXPECT_EQ(error_of(complete({part(1)}, 7))->reason(), Reason::integrity);
  fakes::ScriptedBody body("123456789");
  EXPECT_EQ(error_of(put_part(body, 0))->outcome(), Outcome::refused);
  EXPECT_EQ(error_of(put_part(body, 10'001))->outcome(), Outcome::refused);
  EXPECT_TRUE(seen().empty());
}

TEST_F(S3StoreTest, AnotherChecksumOfTheWholeIsAnIntegrityError) {
  for (int i = 0; i < 4; ++i) answer_error(400, "BadDigest");
  const auto error = error_of(complete({part(1, std::nullopt)}, 7));
  ASSERT_TRUE(error);
  EXPECT_EQ(error->reason(), Reason::integrity);
  EXPECT_EQ(error->outcome(), Outcome::refused);
}

TEST_F(S3StoreTest, AHeadTellsTheObjectAndItsMetadata) {
  answer(
      "HTTP/1.1 200 X\r\nContent-Length: 12\r\nETag: \"e\"\r\nContent-Type: a/b\r\nx-amz-version-id: v\r\n"
      "x-amz-checksum-crc32c: 4waSgw==\r\nX-Amz-Meta-Upload-Token: t\r\n\r\n");
  const auto info = await(store().head(kKey));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->object,
            (StoredObject{.size = 12, .etag = ETag("e"), .version_id = "v", .crc32c = 0xE3069283}));
  EXPECT_EQ(info->headers.content_type, "a/b");
  EXPECT_EQ(info->token, UploadToken("t"));
  answer("HTTP/1.1 200 X\r\nContent-Length: 12\r\nETag: \"e\"\r\nx-amz-checksum-crc32c: 4waSgw==-2\r\n\r\n");
  const auto strange = await(store().head(kKey));
  EXPECT_EQ(strange->token, UploadToken());
  EXPECT_EQ(strange->object.crc32c, std::nullopt);
  EXPECT_EQ(strange->composite, (CompositeChecksum{.crc32c = 0xE3069283, .parts = 2}));
}

TEST_F(S3StoreTest, AHeadsFourOhFourIsLookedAtMoreClosely) {
  answer(404);
  answer_error(404, "NoSuchKey");
  EXPECT_EQ(await(store().head(kKey)), std::nullopt);
  EXPECT_EQ(lines(), (std::vector<std::string>{"HEAD /bucket/k", "GET /bucket/k"}));
  EXPECT_EQ(seen()[1].field("range"), "bytes=0-0");
  answer(404);
  answer_error(404, "NoSuchBucket");
  EXPECT_EQ(error_of(store().head(kKey))->outcome(), Outcome::refused);
  answer(404);
  answer(404);  // a proxy's
  EXPECT_EQ(error_of(store().head(kKey))->outcome(), Outcome::unknown);
}

TEST_F(S3StoreTest, AnObjectThatComesBetweenTwoLooks) {
  for (const int status : {206, 416}) {
    answer(404);
    if (status == 206) answer(status, "", "x");
    if (status == 416) answer_error(status, "InvalidRange");
    answer("HTTP/1.1 200 X\r\nContent-Length: 1\r\nETag: \"e\"\r\n\r\n");
    EXPECT_EQ(await(store().head(kKey))->object.etag, ETag("e")) << status;
  }
}

TEST_F(S3StoreTest, AnObjectUnderACustomersKeyIsSeenInAList) {
  answer(400);
  answer_error(400, "InvalidRequest");
  answer(200, "",
         "<ListBucketResult><Contents><Key>k</Key><ETag>\"e\"</ETag><Size>12</Size></Contents></"
         "ListBucketResult>");
  const auto info = await(store().head(kKey));
  ASSERT_TRUE(info);
  EXPECT_EQ(info->object.size, 12);
  EXPECT_EQ(info->token, std::nullopt);
  answer(400);
  answer_error(400, "InvalidRequest");
  answer(200, "", "<ListBucketResult/>");
  EXPECT_TRUE(error_of(store().head(kKey)));
}

TEST_F(S3StoreTest, ARangeIsWhatWasAskedForOrRefused) {
  answer(206, "Content-Range: bytes 2-4/9\r\n", "345");
  EXPECT_EQ(await(read("", ByteRange{2, 4})), "345");
  answer(206, "Content-Range: bytes 2-8/9\r\n", "3456789");
  EXPECT_EQ(error_of(read("", ByteRange{2, 10}))->details().store_code, "InvalidRange");
  answer(200, "", "123456789");  // ignored
  EXPECT_EQ(error_of(read("", ByteRange{2, 4}))->details().store_code, "InvalidRange");
  EXPECT_EQ(error_of(read("", ByteRange{4, 2}))->outcome(), Outcome::refused);
  EXPECT_EQ(error_of(read("", ByteRange{-1, 2}))->outcome(), Outcome::refused);
  EXPECT_EQ(seen().size(), 3U);
}

TEST_F(S3StoreTest, AVersionThatCannotBeIsAbsent) {
  answer_error(400, "InvalidArgument");
  EXPECT_EQ(error_of(read("no version", std::nullopt))->outcome(), Outcome::absent);
  answer_error(400, "InvalidArgument");
  EXPECT_EQ(error_of(read("", std::nullopt))->outcome(), Outcome::refused);
}

TEST_F(S3StoreTest, ADeleteTakesAllVersions) {
  answer(200, "",
         "<ListVersionsResult><Version><Key>k</Key><VersionId>v1</VersionId></Version>"
         "<DeleteMarker><Key>k</Key><VersionId>m</VersionId></DeleteMarker></ListVersionsResult>");
  answer(204);
  answer_error(404, "NoSuchVersion");
  await(store().delete_object(kKey));
  EXPECT_EQ(lines()[1], "DELETE /bucket/k?versionId=v1");
  EXPECT_EQ(lines()[2], "DELETE /bucket/k?versionId=m");
}

TEST_F(S3StoreTest, AStoreWithoutVersionsIsAskedOnce) {
  answer_error(501, "NotImplemented");
  answer(204);
  answer(204);
  await(store().delete_object(kKey));
  await(store().delete_object(kKey));
  EXPECT_EQ(lines(), (std::vector<std::string>{lines()[0], "DELETE /bucket/k", "DELETE /bucket/k"}));
  EXPECT_NE(lines()[0].find("versions="), std::string::npos);
}

TEST_F(S3StoreTest, AStoreThatIsKnownToHaveNoVersionsIsNotAsked) {
  profile_ = find_profile("gcs");
  answer(204);
  await(store().delete_object(kKey));
  EXPECT_EQ(lines(), (std::vector<std::string>{"DELETE /bucket/k"}));
}

TEST_F(S3StoreTest, CapabilitiesAreTheProfiles) {
  profile_ = find_profile("minio");
  EXPECT_TRUE(store().capabilities().complete_twice_harmless);
  EXPECT_EQ(store().capabilities().unfinished_lifetime, std::chrono::hours{24});
  EXPECT_EQ(store().capabilities().completion_deadline, std::chrono::minutes{2});
  EXPECT_EQ(store().capabilities().completion_deadline, std::chrono::minutes{2});
  EXPECT_EQ(store().capabilities().bucket, "bucket");
  EXPECT_TRUE(store().capabilities().lists_uploads);
}

TEST_F(S3StoreTest, AStoreWhoseListsLeaveUploadsOutSaysSo) {
  profile_ = find_profile("ecs");
  EXPECT_FALSE(store().capabilities().lists_uploads);
}

TEST_F(S3StoreTest, TheOperatorKnowsBetterWhenUnfinishedUploadsEnd) {
  profile_ = find_profile("minio");
  lifetime_ = std::chrono::hours{1};
  EXPECT_EQ(store().capabilities().unfinished_lifetime, std::chrono::hours{1});
}

}  // namespace
}  // namespace longshore::s3

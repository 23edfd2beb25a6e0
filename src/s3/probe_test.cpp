#include "s3/probe.h"

#include <functional>

#include "net/race.h"
#include "s3/fixture_test.h"

namespace longshore::s3 {
namespace {

// Of the text that is sent.
constexpr const char* kText = "Longshore asks what this store can do.";

std::string checksum(ChecksumAlgorithm algorithm) {
  RunningChecksum running(algorithm);
  running.update(as_bytes(kText));
  return running.base64();
}

const std::string kCreated =
    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";

std::string completed(const std::string& checksum_element) {
  return "<CompleteMultipartUploadResult><ETag>e</ETag>" + checksum_element +
         "</CompleteMultipartUploadResult>";
}

class S3Probe : public S3Fixture {
 protected:
  Found found(ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32c) {
    return await(probe(tools_of_probe(), {algorithm}));
  }
  ProbeTools tools_of_probe() { return {client_, random_, timers_}; }
  void answer_created() { answer(200, "Server: MinIO\r\n", kCreated); }
  void answer_part(ChecksumAlgorithm algorithm = ChecksumAlgorithm::crc32c) {
    answer(200, "ETag: \"e\"\r\n" + header_name(algorithm) + ": " + checksum(algorithm) + "\r\n");
  }
  void answer_cleaned(int calls) {
    for (int i = 0; i < calls; ++i) answer(204);
  }

  Client client_{place(), options(), tools()};
};

TEST_F(S3Probe, TheBestWayThatWorks) {
  answer_created();
  answer_created();
  answer_part();
  answer(200, "", completed("<ChecksumCRC32C>" + checksum(ChecksumAlgorithm::crc32c) + "</ChecksumCRC32C>"));
  answer_cleaned(1 + 2);
  const Found seen_now = found();
  EXPECT_EQ(seen_now.checksums, (ChecksumPlan{.way = ChecksumWay::full}));
  EXPECT_EQ(seen_now.profile, find_profile("minio"));
  EXPECT_EQ(seen()[1].field("x-amz-checksum-type"), "FULL_OBJECT");
  EXPECT_EQ(seen()[2].field("x-amz-content-sha256"), "STREAMING-UNSIGNED-PAYLOAD-TRAILER");
  EXPECT_TRUE(lines()[0].starts_with("POST /bucket/longshore-probe/"));
  EXPECT_TRUE(lines()[4].starts_with("DELETE /bucket/longshore-probe/"));  // the object
  EXPECT_TRUE(lines()[5].ends_with("?uploadId=u"));                        // the simple try's upload
  EXPECT_EQ(seen().size(), 7U);
}

TEST_F(S3Probe, ACompositeOneWhereTheWholeHasNoOther) {
  answer_created();
  answer_error(400, "InvalidRequest");
  answer_created();
  answer_part();
  answer(200, "", completed("<ChecksumCRC32C>AAAAAA==-1</ChecksumCRC32C>"));
  answer_cleaned(1 + 2);
  EXPECT_EQ(found().checksums, (ChecksumPlan{.way = ChecksumWay::composite}));
}

TEST_F(S3Probe, AStoreThatIgnoresWhatWasDeclaredTakesNone) {
  answer_created();
  for (int way = 0; way < 2; ++way) {
    answer_created();
    answer(200, "ETag: \"e\"\r\n");  // a part, without a word on its checksum
    answer_cleaned(2);
  }
  answer(200, "ETag: \"e\"\r\n");
  answer_cleaned(2);
  EXPECT_EQ(found().checksums, ChecksumPlan{});
}

/// Words that stores have for a coding that they do not know.
class S3ProbeWords : public S3Probe, public testing::WithParamInterface<std::pair<int, const char*>> {};

TEST_P(S3ProbeWords, ForTrailersAreNoOutage) {
  answer_created();
  for (int way = 0; way < 2; ++way) {
    answer_created();
    const auto [status, code] = GetParam();
    const bool tried_again = std::string(code) != "NotImplemented";
    for (int i = 0; i < (tried_again ? 4 : 1); ++i) answer_error(status, code);
    answer_cleaned(2);
  }
  answer_part();
  answer(200, "", completed(""));
  answer_cleaned(1);
  const Found seen_now = found();
  EXPECT_EQ(seen_now.checksums, (ChecksumPlan{.way = ChecksumWay::header}));
  EXPECT_EQ(seen_now.in_doubt, std::string(GetParam().second) == "InternalError");
}

INSTANTIATE_TEST_SUITE_P(S3Probe, S3ProbeWords,
                         testing::Values(std::pair{400, "IncompleteBody"}, std::pair{400, "BadDigest"},
                                         std::pair{400, "XAmzContentChecksumMismatch"},
                                         std::pair{400, "RequestTimeout"}, std::pair{500, "InternalError"},
                                         std::pair{501, "NotImplemented"}));

TEST_F(S3Probe, WhatWasBegunIsEndedWhenTheTrialFails) {
  answer_created();
  answer_created();
  for (int i = 0; i < 4; ++i) answer_error(503, "SlowDown");
  answer_error(404, "NoSuchUpload");  // an abort that fails keeps nobody from the deletion
  answer_cleaned(3);
  EXPECT_EQ(error_of(probe(tools_of_probe(), {ChecksumAlgorithm::crc32c}))->details().store_code, "SlowDown");
  const auto asked = lines();
  ASSERT_EQ(asked.size(), 2U + 4 + 4);
  EXPECT_TRUE(asked[6].ends_with("?uploadId=u"));
  EXPECT_TRUE(asked[7].starts_with("DELETE /bucket/longshore-probe/"));
  EXPECT_TRUE(asked[8].ends_with("?uploadId=u"));
}

/// Runs a trial until `is_seen`, and cancels it then.
Task<void> cancel_after(ProbeTools tools, std::function<bool()> is_seen) {
  const auto run = [](ProbeTools with) -> Task<void> { co_await probe(with, {ChecksumAlgorithm::crc32c}); };
  const auto wait = [](Timers& timers, const std::function<bool()>& until) -> Task<void> {
    while (!until()) co_await timers.sleep_for(Millis{1});
  };
  EXPECT_FALSE(co_await ends_before(run(tools), wait(tools.timers, is_seen)));
}

constexpr const char* kNoEnd = "HTTP/1.1 200 X\r\nContent-Length: 5\r\n\r\n";

TEST_F(S3Probe, WhatWasBegunIsEndedWhenTheTrialIsCancelled) {
  answer_created();
  answer_created();
  answer(kNoEnd);  // of the part
  answer_cleaned(4);
  await(cancel_after(tools_of_probe(), [&] { return seen().size() == 3; }));
  const auto asked = lines();
  ASSERT_EQ(asked.size(), 3U + 4);
  EXPECT_TRUE(asked[3].starts_with("DELETE /bucket/longshore-probe/") && asked[3].ends_with("?uploadId=u"));
  EXPECT_TRUE(asked[4].starts_with("DELETE /bucket/longshore-probe/"));
  EXPECT_TRUE(asked[5].ends_with("?uploadId=u"));
}

TEST_F(S3Probe, AnUploadWhoseCreateIsCancelledIsLookedForAndEnded) {
  answer(kNoEnd);
  await(cancel_after(tools_of_probe(), [&] {
    if (seen().size() != 1) return false;
    const std::string line = lines()[0];
    const std::size_t begin = line.find("longshore-probe/");
    const std::string key = line.substr(begin, line.find('?') - begin);
    answer(200, "",
           "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated><Upload><Key>" + key +
               "</Key><UploadId>lost</UploadId></Upload></ListMultipartUploadsResult>");
    answer_cleaned(1);
    return true;
  }));
  const auto asked = lines();
  ASSERT_EQ(asked.size(), 3U);
  EXPECT_TRUE(asked[1].starts_with("GET /bucket?"));
  EXPECT_TRUE(asked[2].ends_with("?uploadId=lost"));
}

TEST_F(S3Probe, OfABucketThatKeepsVersionsTheVersionIsRemoved) {
  answer_created();
  answer_created();
  answer_part();
  answer(200, "x-amz-version-id: v1\r\n",
         completed("<ChecksumCRC32C>" + checksum(ChecksumAlgorithm::crc32c) + "</ChecksumCRC32C>"));
  answer_cleaned(1 + 2);
  found();
  EXPECT_TRUE(lines()[4].ends_with("?versionId=v1"));
}

TEST_F(S3Probe, InAHeaderWhereTrailersAreRefused) {
  answer_created();
  for (int way = 0; way < 2; ++way) {
    answer_created();
    answer_error(501, "NotImplemented");
    answer_cleaned(2);
  }
  answer_part();
  answer(200, "", completed(""));
  answer_cleaned(1);
  EXPECT_EQ(found().checksums, (ChecksumPlan{.way = ChecksumWay::header}));
  const auto requests = seen();
  EXPECT_EQ(requests[requests.size() - 3].field("x-amz-checksum-crc32c"),
            checksum(ChecksumAlgorithm::crc32c));
}

TEST_F(S3Probe, TheOtherAlgorithm) {
  answer_created();
  answer_created();
  answer_part(ChecksumAlgorithm::crc64nvme);
  answer(200, "",
         completed("<ChecksumCRC64NVME>" + checksum(ChecksumAlgorithm::crc64nvme) + "</ChecksumCRC64NVME>"));
  answer_cleaned(1 + 2);
  EXPECT_EQ(found(ChecksumAlgorithm::crc64nvme).checksums,
            (ChecksumPlan{.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc64nvme}));
}

TEST_F(S3Probe, TheOtherAlgorithmBeforeAnythingLess) {
  constexpr auto kNvme = ChecksumAlgorithm::crc64nvme;
  answer_created();
  answer_error(400, "InvalidRequest");  // a whole CRC32C
  answer_created();
  answer_part(kNvme);
  answer(200, "", completed("<ChecksumCRC64NVME>" + checksum(kNvme) + "</ChecksumCRC64NVME>"));
  answer_cleaned(1 + 2);
  const Found both = await(probe(tools_of_probe(), {ChecksumAlgorithm::crc32c, kNvme}));
  EXPECT_EQ(both.checksums, (ChecksumPlan{.way = ChecksumWay::full, .algorithm = kNvme}));
  EXPECT_FALSE(both.in_doubt);
}

TEST_F(S3Probe, ACompositeOneOfTwoAlgorithms) {
  answer_created();
  for (int whole = 0; whole < 2; ++whole) answer_error(400, "InvalidRequest");
  answer_created();
  answer_part();
  answer(200, "", completed("<ChecksumCRC32C>AAAAAA==-1</ChecksumCRC32C>"));
  answer_cleaned(1 + 2);
  const Found both = await(
      probe(tools_of_probe(), {ChecksumAlgorithm::crc32c, ChecksumAlgorithm::crc64nvme}));
  EXPECT_EQ(both.checksums, (ChecksumPlan{.way = ChecksumWay::composite}));
}

TEST_F(S3Probe, WithoutAChecksumToTryNothingIsWritten) {
  answer(200, "Server: MinIO\r\n", "<ListBucketResult/>");
  EXPECT_EQ(await(probe(tools_of_probe(), {})), (Found{.profile = find_profile("minio")}));
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_TRUE(lines()[0].starts_with("GET /bucket?"));
  answer_error(403, "AccessDenied");
  EXPECT_EQ(await(probe(tools_of_probe(), {})), Found{});
  for (int i = 0; i < 4; ++i) answer_error(503, "SlowDown");
  EXPECT_TRUE(error_of(probe(tools_of_probe(), {})));
}

TEST_F(S3Probe, WhoIsNotLetInIsToldSo) {
  answer_error(403, "AccessDenied");
  EXPECT_EQ(error_of(probe(tools_of_probe(), {ChecksumAlgorithm::crc32c}))->details().store_code,
            "AccessDenied");
  EXPECT_EQ(seen().size(), 1U);
}

TEST(FoundTest, IsKeptAsText) {
  const Found some{.checksums = {.way = ChecksumWay::full}, .profile = find_profile("minio")};
  EXPECT_EQ(text_of(some), "2 minio CRC32C full");
  const Found none{};
  EXPECT_EQ(text_of(none), "2 - CRC32C none");
  const Found other{.checksums = {.way = ChecksumWay::full, .algorithm = ChecksumAlgorithm::crc64nvme}};
  EXPECT_EQ(text_of(other), "2 - CRC64NVME full");
  for (const Found& found : {some, none, other}) EXPECT_EQ(found_of(text_of(found)), found);
  for (const char* text :
       {"", "2", "2 minio", "2 minio CRC32C", "2 minio CRC32C full ", "2 minio  full", "1 minio CRC32C full",
        "2 nobody CRC32C full", "2 minio MD5 full", "2 minio CRC32C best", " 2 minio CRC32C full"}) {
    EXPECT_FALSE(found_of(text)) << text;
  }
}

}  // namespace
}  // namespace longshore::s3

#include "s3/knowledge.h"

#include <sstream>

#include "s3/fixture_test.h"
#include "tests/fakes/manual_clock.h"

namespace longshore::s3 {
namespace {

const std::string kCreated =
    "<InitiateMultipartUploadResult><UploadId>u</UploadId></InitiateMultipartUploadResult>";
// Of the text that the trial sends.
const std::string kChecksum = [] {
  RunningChecksum running(ChecksumAlgorithm::crc32c);
  running.update(as_bytes("Longshore asks what this store can do."));
  return running.base64();
}();

class S3Knowledge : public S3Fixture {
 protected:
  static constexpr std::size_t kTrialCalls = 7;

  /// A server that has just started.
  void restart(ChecksumChoice checksums = ChecksumChoice::automatic) {
    const S3Options options{
        .place = place(), .profile = profile_, .checksums = checksums, .client = S3Fixture::options()};
    const ClientTools tools{http_,   credentials_,
                            timers_, day_,
                            random_, Log::to_stream(log_, LogFormat::kText, LogLevel::kDebug, day_)};
    client_ = std::make_unique<Client>(options.place, options.client, tools);
    knowledge_ = std::make_unique<Knowledge>(options, *client_, tools, kept_, metrics_);
  }
  ChecksumWay way() { return await(knowledge_->checksum_plan()).way; }

  void answer_trial() {
    answer(200, "Server: MinIO\r\n", kCreated);
    answer(200, "", kCreated);
    answer(200, "ETag: \"e\"\r\nx-amz-checksum-crc32c: " + kChecksum + "\r\n");
    answer(200, "",
           "<CompleteMultipartUploadResult><ETag>e</ETag><ChecksumCRC32C>" + kChecksum +
               "</ChecksumCRC32C></CompleteMultipartUploadResult>");
    for (int i = 0; i < 3; ++i) answer(204);
  }
  /// To each try of the trial's first call.
  void answer_busy() {
    for (int i = 0; i < 4; ++i) answer_error(503, "SlowDown");
  }
  /// To a trial of so many ways that declare checksums: the store meets each part with an error of its own.
  void answer_ill(int ways) {
    answer(200, "", kCreated);
    for (int way = 0; way < ways; ++way) {
      answer(200, "", kCreated);
      for (int i = 0; i < 4; ++i) answer_error(500, "InternalError");
      for (int i = 0; i < 2; ++i) answer(204);
    }
    for (int i = 0; i < 4; ++i) answer_error(500, "InternalError");
    for (int i = 0; i < 2; ++i) answer(204);
  }
  bool counted(int errors) {
    return metrics_.exposition().find("longshore_store_trial_errors_total{bucket=\"bucket\"} " +
                                      std::to_string(errors) + "\n") != std::string::npos;
  }
  bool logged(const std::string& text) { return log_.str().find(text) != std::string::npos; }

  const Profile* profile_ = nullptr;
  ManualClock day_;
  MemoryStoreFindings kept_{day_};
  std::ostringstream log_;
  std::unique_ptr<Client> client_;
  std::unique_ptr<Knowledge> knowledge_;
};

TEST_F(S3Knowledge, ARestartWithinTheDayDoesNotTryAgain) {
  answer_trial();
  restart();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_EQ(knowledge_->profile().name, "minio");
  day_.advance(Knowledge::kGoodFor - Millis{1});
  restart();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_EQ(knowledge_->profile().name, "minio");
  EXPECT_EQ(seen().size(), kTrialCalls);
}

TEST_F(S3Knowledge, AfterADayItIsTriedAnewWhileTheOldServes) {
  answer_trial();
  restart();
  EXPECT_EQ(way(), ChecksumWay::full);
  day_.advance(Knowledge::kGoodFor);
  answer(200, "", kCreated);  // this time the store takes no checksums
  for (int i = 0; i < 3; ++i) answer_error(400, "InvalidRequest");
  answer_error(400, "InvalidRequest");
  for (int i = 0; i < 2; ++i) answer(204);
  EXPECT_EQ(way(), ChecksumWay::full) << "nobody waits for the trial";
  EXPECT_GT(seen().size(), kTrialCalls);
  EXPECT_EQ(way(), ChecksumWay::none);
  const std::size_t calls = seen().size();
  restart();
  EXPECT_EQ(way(), ChecksumWay::none) << "the new one is kept";
  EXPECT_EQ(seen().size(), calls);
}

TEST_F(S3Knowledge, ATrialThatFailsLeavesWhatIsKnown) {
  answer_trial();
  restart();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_TRUE(counted(0));
  day_.advance(Knowledge::kGoodFor);
  answer_busy();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_TRUE(counted(1)) << "not tried again at once";
  EXPECT_TRUE(logged("what is known of it holds on"));

  restart();  // also where it is known from the catalog alone
  answer_busy();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_TRUE(counted(2));

  day_.advance(Knowledge::kPauseAfterFailure);
  answer_trial();
  const std::size_t calls = seen().size();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_EQ(seen().size(), calls + kTrialCalls);
  EXPECT_TRUE(counted(2));
}

TEST_F(S3Knowledge, WhereNothingIsKnownTheFailureIsTold) {
  answer_busy();
  restart();
  EXPECT_EQ(error_of(knowledge_->checksum_plan())->outcome(), Outcome::retry);
  EXPECT_TRUE(counted(1));
  EXPECT_TRUE(logged("nothing is known of it"));
  answer_trial();
  EXPECT_EQ(way(), ChecksumWay::full);
}

TEST_F(S3Knowledge, ManyWaitForOneTrial) {
  answer_trial();
  restart();
  std::vector<Task<ChecksumPlan>> tasks;
  for (int i = 0; i < 20; ++i) tasks.push_back(knowledge_->checksum_plan());
  for (const ChecksumPlan& plan : await_all(std::move(tasks))) EXPECT_EQ(plan.way, ChecksumWay::full);
  EXPECT_EQ(seen().size(), kTrialCalls);
}

TEST_F(S3Knowledge, WhatCannotBeReadIsTriedAnew) {
  await(kept_.keep_finding(endpoint() + "/bucket auto", "9 something else"));
  answer_trial();
  restart();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_EQ(await(kept_.load_finding(endpoint() + "/bucket auto"))->text, "2 minio CRC32C full");
}

TEST_F(S3Knowledge, ADateInTheFutureIsNotBelieved) {
  answer_trial();
  restart();
  way();
  day_.advance(-Millis{1});
  answer_trial();
  restart();
  way();
  EXPECT_EQ(seen().size(), 2 * kTrialCalls);
}

TEST_F(S3Knowledge, AStoreThatMustTakeChecksumsAndTakesNoneIsRefused) {
  await(kept_.keep_finding(endpoint() + "/bucket crc32c", "2 - CRC32C none"));
  restart(ChecksumChoice::crc32c);
  answer(200, "", kCreated);
  for (int i = 0; i < 2; ++i) answer_error(400, "InvalidArgument");
  answer_error(400, "InvalidArgument");
  for (int i = 0; i < 2; ++i) answer(204);
  EXPECT_EQ(error_of(knowledge_->checksum_plan())->details().store_code, "ChecksumUnsupported");
}

TEST_F(S3Knowledge, AnErrorOfTheStoresOwnIsNoWordForADay) {
  answer_ill(3);
  restart();
  EXPECT_EQ(way(), ChecksumWay::none) << "it serves meanwhile";
  EXPECT_EQ(await(kept_.load_finding(endpoint() + "/bucket auto")), std::nullopt);
  day_.advance(Knowledge::kPauseAfterFailure);
  answer_trial();
  EXPECT_EQ(way(), ChecksumWay::none);
  EXPECT_EQ(way(), ChecksumWay::full);

  day_.advance(Knowledge::kGoodFor);  // what is known is not given up for it
  answer_ill(3);
  way();
  EXPECT_EQ(way(), ChecksumWay::full);
  EXPECT_TRUE(counted(1));
}

TEST_F(S3Knowledge, AnErrorThatComesWithEachTrialIsBelievedInTheEnd) {
  restart();
  for (int trial = 1; trial <= Knowledge::kDoubtfulTrialsMax; ++trial) {
    EXPECT_EQ(await(kept_.load_finding(endpoint() + "/bucket auto")), std::nullopt) << trial;
    answer_ill(3);
    way();
    day_.advance(Knowledge::kPauseAfterFailure);
  }
  ASSERT_TRUE(await(kept_.load_finding(endpoint() + "/bucket auto")));
  const std::size_t calls = seen().size();
  way();
  EXPECT_EQ(seen().size(), calls);
}

TEST_F(S3Knowledge, AnErrorOfTheStoresOwnIsNoRefusalWhereChecksumsMustBe) {
  restart(ChecksumChoice::crc32c);
  for (int trial = 0; trial <= Knowledge::kDoubtfulTrialsMax; ++trial) {
    answer_ill(2);
    const auto error = error_of(knowledge_->checksum_plan());
    ASSERT_TRUE(error) << trial;
    EXPECT_EQ(error->outcome(), Outcome::retry) << trial;
  }
}

TEST_F(S3Knowledge, WhoIsToldToUseNoneWaitsForNoName) {
  restart(ChecksumChoice::none);
  for (int i = 0; i < 4; ++i) answer(500);
  EXPECT_EQ(way(), ChecksumWay::none);
  EXPECT_EQ(knowledge_->profile().name, "any");
  EXPECT_TRUE(counted(1));
  EXPECT_EQ(way(), ChecksumWay::none);
  EXPECT_TRUE(counted(1)) << "not looked for again at once";
}

TEST_F(S3Knowledge, WhoIsToldToUseNoneAsksForTheServersNameAlone) {
  restart(ChecksumChoice::none);
  answer(200, "Server: MinIO\r\n", "<ListBucketResult/>");
  EXPECT_EQ(way(), ChecksumWay::none);
  EXPECT_EQ(knowledge_->profile().name, "minio");
  EXPECT_EQ(seen().size(), 1U);
  EXPECT_TRUE(logged("nothing guards the bytes"));
  restart(ChecksumChoice::none);
  way();
  EXPECT_EQ(knowledge_->profile().name, "minio");
  EXPECT_EQ(seen().size(), 1U) << "kept";
}

TEST_F(S3Knowledge, WhoIsToldToUseNoneAndTheProfileAsksNobody) {
  profile_ = find_profile("ceph");
  restart(ChecksumChoice::none);
  EXPECT_EQ(way(), ChecksumWay::none);
  EXPECT_TRUE(seen().empty());
  EXPECT_TRUE(logged("nothing guards the bytes"));
}

TEST_F(S3Knowledge, WhatNoClientNamesIsNotGuardedInAHeader) {
  await(kept_.keep_finding(endpoint() + "/bucket auto", "2 - CRC32C header"));
  restart();
  EXPECT_EQ(way(), ChecksumWay::header);
  EXPECT_TRUE(logged("where the client does not name"));
}

}  // namespace
}  // namespace longshore::s3

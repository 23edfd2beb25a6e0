#include <filesystem>
#include <memory>
#include <string>

#include "base/random.h"
#include "directory/directory_store.h"
#include "tests/contract/in_bucket.h"
#include "tests/contract/object_store_completion_suite.h"
#include "tests/contract/object_store_object_suite.h"
#include "tests/contract/object_store_part_suite.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/manual_clock.h"

namespace longshore {
namespace {

class InMemory final : public ObjectStoreUnderTest {
 public:
  explicit InMemory(fakes::StoreProfile profile) : store_(clock_, profile) {}
  ObjectStore& store() override { return store_; }

 private:
  ManualClock clock_;
  fakes::FakeObjectStore store_;
};

class InFolder final : public ObjectStoreUnderTest {
 public:
  InFolder() : store_(directory::DirectoryStore::open(root_, {pool_, buffers_, random_})) {}
  ~InFolder() override {
    store_.reset();
    std::filesystem::remove_all(root_);
  }
  ObjectStore& store() override { return *store_; }

 private:
  static std::string fresh_folder() {
    std::string name = testing::TempDir() + "longshore-contract-XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) throw std::runtime_error("no temporary folder");
    return name;
  }

  std::string root_ = fresh_folder();
  BlockingPool pool_{4};
  BufferPool buffers_{16 * 1024 * 1024};
  SystemRandom random_;
  std::unique_ptr<directory::DirectoryStore> store_;
};

using Profile = fakes::StoreProfile;

// The least that S3 takes of a part that is not the last one.
constexpr std::size_t kS3PartBytes = 5 * MiB;

ObjectStoreKind minio(const char* name, MinioProcess::Tls tls, InBucket::Versions versions) {
  return ObjectStoreKind{.name = name,
                         .make = [=] { return std::make_unique<InBucket>(tls, versions); },
                         .part_bytes = kS3PartBytes,
                         .key_segment_bytes_max = 255,  // a folder's name on its disks
                         .key_conflict_code = "XMinioParentIsObject",
                         .key_conflicts_at_create = false};
}

ObjectStoreKind memory(const char* name, Profile profile) {
  return ObjectStoreKind{.name = name,
                         .make = [profile] { return std::make_unique<InMemory>(profile); },
                         .head_shows_metadata = profile.head_shows_metadata};
}

const auto kKinds = testing::Values(
    memory("memory", {}),
    memory("memory_like_minio",
           {.abort_of_unknown_succeeds = true, .lists_checksums = false, .versioned = true}),
    memory("memory_like_r2", {.failed_resend_destroys_part = true,
                              .complete_again = Profile::CompleteAgain::success,
                              .etags = Profile::ETags::of_try}),
    memory("memory_that_hides", {.parts_in_flight_survive_abort = true,
                                 .complete_again = Profile::CompleteAgain::invalid_part,
                                 .head_shows_metadata = false}),
    ObjectStoreKind{.name = "folder", .make = [] { return std::make_unique<InFolder>(); }},
    ObjectStoreKind{.name = "folder_fixed_places",
                    .make = [] { return std::make_unique<InFolder>(); },
                    .fixed_chunk_size = true},
    minio("minio", MinioProcess::Tls::no, InBucket::Versions::none),
    minio("minio_tls_versions", MinioProcess::Tls::yes, InBucket::Versions::kept));

std::string kind_name(const testing::TestParamInfo<ObjectStoreKind>& info) { return info.param.name; }

INSTANTIATE_TEST_SUITE_P(ObjectStore, ObjectStorePartSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(ObjectStore, ObjectStoreCompletionSuite, kKinds, kind_name);
INSTANTIATE_TEST_SUITE_P(ObjectStore, ObjectStoreObjectSuite, kKinds, kind_name);

TEST(ObjectStoreWithVersions, ADeleteTakesThemAll) {
  InBucket bucket(MinioProcess::Tls::no, InBucket::Versions::kept);
  const auto put = [&](const char* key) {
    fakes::ScriptedBody body("x");
    await(bucket.store().put_object({.key = ObjectKey(key), .size = 1}, body));
  };
  put("k");
  put("k");
  put("k2");
  EXPECT_EQ(bucket.versions_of(ObjectKey("k")), 2U);
  await(bucket.store().delete_object(ObjectKey("k")));
  EXPECT_EQ(bucket.versions_of(ObjectKey("k")), 0U);
  EXPECT_EQ(bucket.versions_of(ObjectKey("k2")), 1U);
}

}  // namespace
}  // namespace longshore

#include "apps/longshore/put.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "apps/longshore/client_fixture.h"
#include "base/file.h"
#include "base/hash.h"

namespace longshore::cli {
namespace {

using testing::FakeServer;
using testing::Redirected;
using Put = testing::Client;

TEST_F(Put, PutsAFileInParallelParts) {
  const std::string file = make_file("film.mkv", 10'500);
  token_ = "secret";
  ASSERT_EQ(run({"put", file, "--json", "--path", "films"}), 0) << err_.str();
  EXPECT_EQ(stored("films", "film.mkv"), contents_["film.mkv"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 11);

  const boost::json::object result = json_out();
  Crc32c crc;
  crc.update(as_bytes(contents_["film.mkv"]));
  std::vector<std::string> keys;
  for (const auto& [key, value] : result) keys.emplace_back(key);
  EXPECT_EQ(keys, (std::vector<std::string>{"nodeId", "state", "size", "etag", "versionId", "crc32c", "file",
                                            "name", "seconds"}));
  EXPECT_EQ(result.at("file").as_string(), file);
  EXPECT_EQ(result.at("name"), "film.mkv");
  EXPECT_EQ(result.at("state"), "COMPLETED");
  EXPECT_EQ(result.at("size"), 10'500);
  EXPECT_EQ(result.at("crc32c").as_string(), crc32c_to_base64(crc.value()));
  EXPECT_TRUE(result.at("seconds").is_double());
  EXPECT_EQ(out_.str().find('E', out_.str().find("seconds")), std::string::npos) << out_.str();

  server_.look([](FakeServer::State& state) {
    for (const auto& seen : state.seen)
      EXPECT_EQ(seen.fields.at("authorization"), "Bearer secret") << seen.target;
    EXPECT_LE(state.connections, 5);  // kept alive: one a sender, one for the rest
    EXPECT_LE(state.most_parts_at_once, 4);
  });
}

TEST_F(Put, PutsSizesAtTheEdges) {
  for (const std::size_t size : {0U, 1U, 999U, 1000U, 1001U, 2000U}) {
    const std::string file = make_file("file-" + std::to_string(size), size);
    ASSERT_EQ(run({"put", file}), 0) << err_.str();
    EXPECT_EQ(stored("", "file-" + std::to_string(size)), contents_["file-" + std::to_string(size)]);
  }
}

TEST_F(Put, PutsPartsLargerThanItsBuffers) {
  const std::string file = make_file("large", 3'000'000);
  ASSERT_EQ(run({"put", file, "--part-size", "1MB", "--parallel", "2"}), 0) << err_.str();
  EXPECT_EQ(stored("", "large"), contents_["large"]);
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 3);
}

TEST_F(Put, PutsFoldersAndGoesOnAfterAFailure) {
  make_file("photos/a.jpg", 1'500);
  make_file("photos/2026/b.jpg", 10);
  const std::string note = make_file("note.txt", 5);
  EXPECT_EQ(run({"put", (folder_.path() / "missing").string(), (folder_.path() / "photos").string(), note}),
            1);
  EXPECT_EQ(stored("photos", "a.jpg"), contents_["photos/a.jpg"]);
  EXPECT_EQ(stored("photos/2026", "b.jpg"), contents_["photos/2026/b.jpg"]);
  EXPECT_EQ(stored("", "note.txt"), contents_["note.txt"]);
  EXPECT_NE(err_.str().find("4 files: 3 done, 1 failed"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("No such file"), std::string::npos) << err_.str();
}

TEST_F(Put, NothingToUploadIsAFailure) {
  std::filesystem::create_directory(folder_.path() / "empty");
  EXPECT_EQ(run({"put", (folder_.path() / "empty").string(), "--json"}), 1);
  EXPECT_EQ(json_out().at("error").at("reason"), "FILE_ERROR");
}

TEST_F(Put, SaysWhatItSkips) {
  make_file("photos/a.jpg", 10);
  std::filesystem::create_directory(folder_.path() / "only");
  for (const char* fifo : {"photos/pipe", "only/pipe"})
    ASSERT_EQ(::mkfifo((folder_.path() / fifo).c_str(), 0600), 0);
  EXPECT_EQ(run({"put", (folder_.path() / "photos").string()}), 0);
  EXPECT_NE(err_.str().find("photos/pipe: skipped: it is a FIFO"), std::string::npos) << err_.str();
  EXPECT_NE(err_.str().find("1 file: 1 done, 0 failed; skipped, being no files: 1"), std::string::npos)
      << err_.str();
  EXPECT_EQ(run({"put", (folder_.path() / "only").string()}), 1);
  EXPECT_NE(err_.str().find("there is no file to upload"), std::string::npos) << err_.str();
}

TEST_F(Put, PutsTheStandardInput) {
  const std::string file = make_file("dump", 700'000);
  const Fd input(::open(file.c_str(), O_RDONLY | O_CLOEXEC));
  const auto put = [&](std::vector<std::string> more) {
    ASSERT_EQ(::lseek(input.get(), 0, SEEK_SET), 0);
    more.insert(more.begin(), {"put", "-", "--name", "shop.sql", "--path", "a b"});
    const Redirected standard_input(STDIN_FILENO, input.get());
    ASSERT_EQ(run(more), 0) << err_.str();
  };
  put({});
  EXPECT_EQ(out_.str().substr(0, 14), "- (shop.sql): ");
  put({"--json"});
  EXPECT_EQ(stored("a b", "shop.sql"), contents_["dump"]);
  EXPECT_EQ(json_out().at("state"), "COMPLETED");
  EXPECT_EQ(json_out().at("file"), "-");
  EXPECT_EQ(json_out().at("name"), "shop.sql");
  server_.look([](FakeServer::State& state) {
    EXPECT_EQ(state.seen.back().fields.at("transfer-encoding"), "chunked");
  });
}

TEST_F(Put, KnowsWhatIsThereAlready) {
  const std::string file = make_file("film", 5'000);
  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  ASSERT_EQ(run({"put", file}), 0) << err_.str();
  EXPECT_NE(out_.str().find("was there already"), std::string::npos) << out_.str();
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 5);

  ASSERT_EQ(run({"rm", node_id("film")}), 0) << err_.str();
  ASSERT_EQ(run({"put", file}), 0) << err_.str();  // deleted meanwhile: sent again
  EXPECT_EQ(server_.count_seen("PUT", "/parts/"), 10);
  EXPECT_EQ(stored("", "film"), contents_["film"]);
}

}  // namespace
}  // namespace longshore::cli

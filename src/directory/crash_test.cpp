#include <algorithm>
#include <chrono>
#include <csignal>
#include <map>
#include <poll.h>
#include <set>
#include <sstream>
#include <sys/wait.h>
#include <unistd.h>

#include "directory/directory_store.h"
#include "directory/folder_fixture_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

/// A process is killed at random moments while it stores parts, completes, replaces and deletes. Whatever it
/// had acknowledged must be there afterwards, and whatever is visible must be whole.
namespace longshore::directory {
namespace {

constexpr int kRounds = 50;
constexpr std::uint64_t kLinesMax = 40;  // two uploads and what goes with them
constexpr std::int64_t kPartBytes = 20'000;
constexpr std::int32_t kParts = 4;

/// One line that the child says: before a call ("creating", "begin", "completing", "deleting") and after it
/// ("created", "part", "object").
struct Line {
  std::string word;
  std::string key;
  std::string upload = "-";
  std::int32_t number = 0;
  int attempt = 0;
  std::string etag = "-";
};

std::string bytes_of(const std::string& what, std::int64_t size) {
  std::string bytes;
  while (std::ssize(bytes) < size) bytes += what + ";";
  bytes.resize(static_cast<std::size_t>(size));
  return bytes;
}
std::string part_bytes(const std::string& key, std::int32_t number, int attempt) {
  const std::int64_t size = number == kParts ? kPartBytes / 3 : kPartBytes;
  return bytes_of(key + "#" + std::to_string(number) + "#" + std::to_string(attempt), size);
}
std::string small_object(const std::string& key) { return bytes_of(key, 5000); }
bool is_small(const std::string& key) { return key.ends_with("-small"); }

/// An opened folder store with its threads; made anew by each process, so that no thread is there when one
/// forks.
class Process {
 public:
  explicit Process(const std::string& root)
      : store_(DirectoryStore::open(root, {pool_, buffers_, random_})) {}

  DirectoryStore& store() { return *store_; }
  CompletePart put(const std::string& key, const StoreUploadId& upload, std::int32_t number, int attempt) {
    const std::string bytes = part_bytes(key, number, attempt);
    fakes::ScriptedBody body(bytes, 3000);
    const PutPart request{
        .key = ObjectKey(key), .upload = upload, .number = PartNumber{number}, .size = std::ssize(bytes)};
    const StoredPart stored = await(store().put_part(request, body));
    return CompletePart{.number = request.number, .etag = stored.etag, .size = request.size};
  }
  std::string get(const std::string& key) {
    const auto body = await(store().get(ObjectKey(key), "", std::nullopt));
    return await(fakes::read_all(*body));
  }

 private:
  BlockingPool pool_{2};
  BufferPool buffers_{8 * 1024 * 1024};
  SystemRandom random_;
  std::unique_ptr<DirectoryStore> store_;
};

/// What the child does until it is killed.
class Worker {
 public:
  Worker(const std::string& root, int report_fd) : process_(root), report_fd_(report_fd) {}

  [[noreturn]] void run(const std::string& prefix) {
    for (int i = 0;; ++i) {
      const std::string key = prefix + "/" + std::to_string(i);
      upload(key, i % 2 == 0);
      if (i % 3 == 0) remove(key);
      for (int again = 0; again < 2; ++again) put_small(key + "-small");
    }
  }

 private:
  void upload(const std::string& key, bool fixed_places) {
    say({.word = "creating", .key = key});
    CreateUpload request{.key = ObjectKey(key), .headers = {.user_metadata = {{kUploadTokenMetadata, key}}}};
    if (fixed_places) request.chunk_size = kPartBytes;
    const StoreUploadId id = await(process_.store().create_upload(request));
    say({.word = "created", .key = key, .upload = id.str()});
    std::vector<CompletePart> parts;
    for (const std::int32_t number : {2, 1, 4, 3}) parts.push_back(send(key, id, number, 1));
    parts[1] = send(key, id, 1, 2);
    std::sort(parts.begin(), parts.end(), [](const auto& a, const auto& b) { return a.number < b.number; });
    say({.word = "completing", .key = key, .upload = id.str()});
    await(process_.store().complete_upload({.key = ObjectKey(key), .upload = id, .parts = parts}));
    say({.word = "object", .key = key, .upload = id.str()});
  }

  CompletePart send(const std::string& key, const StoreUploadId& id, std::int32_t number, int attempt) {
    say({.word = "begin", .key = key, .upload = id.str(), .number = number, .attempt = attempt});
    const CompletePart part = process_.put(key, id, number, attempt);
    say({"part", key, id.str(), number, attempt, part.etag.str()});
    return part;
  }

  void remove(const std::string& key) {
    say({.word = "deleting", .key = key});
    await(process_.store().delete_object(ObjectKey(key)));
  }

  void put_small(const std::string& key) {
    fakes::ScriptedBody body(small_object(key), 1000);
    const ObjectHeaders headers{.user_metadata = {{kUploadTokenMetadata, key}}};
    await(process_.store().put_object({.key = ObjectKey(key), .headers = headers, .size = 5000}, body));
    say({.word = "object", .key = key});
  }

  void say(const Line& line) const {
    std::ostringstream text;
    text << line.word << ' ' << line.key << ' ' << line.upload << ' ' << line.number << ' ' << line.attempt
         << ' ' << line.etag << '\n';
    const std::string bytes = text.str();
    if (::write(report_fd_, bytes.data(), bytes.size()) != std::ssize(bytes))
      ::_exit(1);  // one write: never torn
  }

  Process process_;
  int report_fd_;
};

/// When to kill: after so many lines, and then in the middle of what follows; so disks may be slow or fast.
struct Moment {
  std::uint64_t lines = 0;
  std::uint64_t percent = 0;  // of the time that a line has taken so far
};

/// Runs a worker up to that moment, kills it, and returns what it said.
std::string run_and_kill(const std::string& root, const std::string& prefix, Moment moment) {
  int ends[2];
  if (::pipe(ends) != 0) throw std::runtime_error("no pipe");
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    try {
      Worker(root, ends[1]).run(prefix);
    } catch (...) {
      ::_exit(1);
    }
  }
  ::close(ends[1]);
  std::string said;
  bool killed = false;
  for (;;) {
    const auto lines = static_cast<std::uint64_t>(std::count(said.begin(), said.end(), '\n'));
    if (!killed && lines >= moment.lines) {
      const auto elapsed = std::chrono::steady_clock::now() - start;
      const auto wait = std::chrono::ceil<std::chrono::milliseconds>(elapsed * moment.percent /
                                                                     (100 * lines));
      ::poll(nullptr, 0, static_cast<int>(wait.count()));
      ::kill(child, SIGKILL);
      killed = true;
    }
    char buffer[4096];
    const ssize_t n = ::read(ends[0], buffer, sizeof buffer);
    if (n <= 0) break;
    said.append(buffer, static_cast<std::size_t>(n));
  }
  ::close(ends[0]);
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_TRUE(WIFSIGNALED(status)) << "the child ended by itself";
  return said;
}

/// What must be so, after all that the children have said.
class Expectation {
 public:
  void note(const std::string& said) {
    std::istringstream in(said);
    Line line;
    while (in >> line.word >> line.key >> line.upload >> line.number >> line.attempt >> line.etag) note(line);
  }

  void check(Process& process, const std::string& root) {
    for (const std::string& key : objects_) {
      EXPECT_TRUE(await(process.store().head(ObjectKey(key)))) << key << " was acknowledged and is not there";
    }
    check_visible(process, root);
    for (const auto& [id, upload] : uploads_) check_upload(process, id, upload);
    uploads_.clear();
    for (const std::string& key : created_)
      abort_all(process, ObjectKey(key));  // of a create that was not answered
    created_.clear();
  }

  [[nodiscard]] std::size_t finished() const { return finished_; }

 private:
  struct Upload {
    std::string key;
    std::map<std::int32_t, std::pair<int, ETag>> parts;  // acknowledged, and not begun again since
    bool completing = false;
  };

  void note(const Line& line) {
    Upload& upload = uploads_[line.upload];
    if (line.word == "creating") created_.insert(line.key);
    if (line.word == "created") upload.key = line.key;
    if (line.word == "begin") upload.parts.erase(line.number);
    if (line.word == "part") upload.parts[line.number] = {line.attempt, ETag(line.etag)};
    if (line.word == "completing") upload.completing = true;
    if (line.word == "deleting") objects_.erase(line.key);
    if (line.word == "object") {
      objects_.insert(line.key);
      uploads_.erase(line.upload);
      ++finished_;
    }
    uploads_.erase("-");
  }

  static void check_visible(Process& process, const std::string& root) {
    const std::filesystem::path objects = std::filesystem::path(root) / "objects";
    for (const auto& entry : std::filesystem::recursive_directory_iterator(objects)) {
      if (entry.is_directory()) continue;
      const std::string key = std::filesystem::relative(entry.path(), objects).string();
      EXPECT_EQ(process.get(key), whole(key)) << key << " is not whole";
      const auto info = await(process.store().head(ObjectKey(key)));
      ASSERT_TRUE(info) << key;
      EXPECT_EQ(info->token, UploadToken(key)) << key << " has lost its metadata";
    }
  }
  static std::string whole(const std::string& key) {
    if (is_small(key)) return small_object(key);
    std::string bytes;
    for (std::int32_t number = 1; number <= kParts; ++number)
      bytes += part_bytes(key, number, number == 1 ? 2 : 1);
    return bytes;
  }

  /// Every acknowledged part is listed, and has its bytes: they are completed and read.
  static void check_upload(Process& process, const std::string& id, const Upload& upload) {
    const ObjectKey key(upload.key);
    const StoreUploadId store_id(id);
    if (upload.completing && await(process.store().head(key))) {
      EXPECT_TRUE(await(process.store().list_uploads(key)).empty()) << "a completed upload is still there";
      return;
    }
    const auto listed = await(process.store().list_parts(key, store_id));
    std::vector<CompletePart> parts;
    std::string bytes;
    for (const auto& [number, acked] : upload.parts) {
      const auto found = std::find_if(listed.begin(), listed.end(), [n = number](const ListedPart& part) {
        return part.number.value() == n;
      });
      ASSERT_NE(found, listed.end()) << upload.key << " part " << number
                                     << " was acknowledged and is not listed";
      EXPECT_EQ(found->etag, acked.second);
      parts.push_back({.number = found->number, .etag = found->etag, .size = found->size});
      bytes += part_bytes(upload.key, number, acked.first);
    }
    if (parts.empty()) {
      await(process.store().abort_upload(key, store_id));
      return;
    }
    await(process.store().complete_upload({.key = key, .upload = store_id, .parts = parts}));
    EXPECT_EQ(process.get(upload.key), bytes) << upload.key << " has other bytes than were acknowledged";
    await(process.store().delete_object(key));
  }

  static void abort_all(Process& process, const ObjectKey& key) {
    for (const StoreUploadId& id : await(process.store().list_uploads(key))) {
      await(process.store().abort_upload(key, id));
    }
  }

  std::map<std::string, Upload> uploads_;
  std::set<std::string> created_;  // keys of uploads since the last check
  std::set<std::string> objects_;  // acknowledged, and no delete has begun
  std::size_t finished_ = 0;
};

class CrashTest : public FolderFixture {};

TEST_F(CrashTest, KilledAtAnyMomentItLosesNothing) {
  Expectation expectation;
  for (int round = 0; round < kRounds; ++round) {
    const Moment moment{.lines = 1 + random_.below(kLinesMax), .percent = random_.below(150)};
    expectation.note(run_and_kill(path_, "round-" + std::to_string(round), moment));
    Process process(path_);
    expectation.check(process, path_);
    EXPECT_TRUE(process.store().open_report().set_aside.empty());
    if (HasFailure())
      FAIL() << "in round " << round << ", killed after " << moment.lines << " lines, " << moment.percent
             << " %";
  }
  EXPECT_GT(expectation.finished(), 0U) << "no object was ever made";
  EXPECT_TRUE(files_in("staging").empty());
}

}  // namespace
}  // namespace longshore::directory

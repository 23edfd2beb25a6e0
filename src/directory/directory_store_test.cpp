#include "directory/directory_store.h"

#include <csignal>
#include <fcntl.h>
#include <future>
#include <limits>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/steady_timer.hpp>

#include "directory/disk_spy_test.h"
#include "directory/folder_fixture_test.h"
#include "tests/fakes/await.h"
#include "tests/fakes/scripted_body.h"

namespace longshore::directory {
namespace {

namespace asio = boost::asio;

/// A whole folder store, that can be opened again.
class DirectoryStoreTest : public FolderFixture {
 protected:
  DirectoryStore& store() {
    if (!store_) store_ = DirectoryStore::open(path_, tools());
    return *store_;
  }
  DirectoryStore& reopen() {
    store_.reset();
    return store();
  }
  Tools tools() { return Tools{pool_, buffers_, random_}; }

  StoreUploadId create(const std::string& key, std::optional<std::int64_t> chunk_size = std::nullopt) {
    return await(store().create_upload({.key = ObjectKey(key), .chunk_size = chunk_size}));
  }
  CompletePart put(const std::string& key, const StoreUploadId& upload, std::int32_t number,
                   const std::string& bytes) {
    fakes::ScriptedBody body(bytes, 1000);
    const PutPart request{
        .key = ObjectKey(key), .upload = upload, .number = PartNumber{number}, .size = std::ssize(bytes)};
    const StoredPart stored = await(store().put_part(request, body));
    return CompletePart{.number = request.number, .etag = stored.etag, .size = request.size};
  }
  void complete(const std::string& key, const StoreUploadId& upload, std::vector<CompletePart> parts) {
    await(store().complete_upload({.key = ObjectKey(key), .upload = upload, .parts = std::move(parts)}));
  }
  void put_object(const std::string& key, const std::string& bytes) {
    fakes::ScriptedBody body(bytes, 1000);
    await(store().put_object({.key = ObjectKey(key), .size = std::ssize(bytes)}, body));
  }
  std::string get(const std::string& key) {
    const auto body = await(store().get(ObjectKey(key), "", std::nullopt));
    return await(fakes::read_all(*body));
  }
  static std::vector<std::string> set_aside_by(const DirectoryStore& store) {
    std::vector<std::string> folders;
    for (const auto& one : store.open_report().set_aside) folders.push_back(one.folder);
    return folders;
  }
  /// What a process leaves that dies behind the rename: the text is the object, if the key's folder is there.
  StoreUploadId complete_and_die(const std::string& key, const std::string& text) {
    const StoreUploadId upload = create(key, std::ssize(text));
    put(key, upload, 1, text);
    const std::string folder = "staging/" + upload.str();
    const std::string log = read_file(folder + "/parts.log");
    write_file(folder + "/parts.log", log + complete_line("data"));
    std::filesystem::rename(path(folder + "/data"), path("objects/" + key));
    return upload;
  }
  std::size_t parts(const std::string& key, const StoreUploadId& upload) {
    return await(store().list_parts(ObjectKey(key), upload)).size();
  }

  BlockingPool pool_{3};
  BufferPool buffers_{16 * 1024 * 1024};

 private:
  std::unique_ptr<DirectoryStore> store_;
};

// ---- the start

TEST_F(DirectoryStoreTest, MakesItsFoldersInAnEmptyOne) {
  for (const char* folder : {"objects", "metadata", "staging"}) std::filesystem::remove(path(folder));
  store();
  EXPECT_TRUE(std::filesystem::is_directory(path("objects")));
  EXPECT_TRUE(std::filesystem::is_directory(path("metadata")));
  EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
}

TEST_F(DirectoryStoreTest, ObjectsAndUploadsAreThereAgain) {
  put_object("a/object", "text");
  const StoreUploadId fixed = create("one", 4);
  const StoreUploadId own = create("two");
  const CompletePart one = put("one", fixed, 1, "1111");
  const CompletePart two = put("two", own, 1, "2222");

  EXPECT_EQ(reopen().open_report().unfinished_uploads, 2);
  EXPECT_EQ(store().open_report().leftovers_removed, 0);
  EXPECT_EQ(get("a/object"), "text");
  EXPECT_EQ(await(store().list_uploads(ObjectKey("one"))), std::vector<StoreUploadId>{fixed});
  complete("one", fixed, {one, put("one", fixed, 2, "3")});
  complete("two", own, {two, put("two", own, 2, "4")});
  EXPECT_EQ(reopen().open_report().unfinished_uploads, 0);
  EXPECT_EQ(get("one"), "11113");
  EXPECT_EQ(get("two"), "22224");
}

TEST_F(DirectoryStoreTest, LeftoversGoAndWhatIsNotOursStays) {
  const StoreUploadId upload = create("k");
  put("k", upload, 1, "x");
  write_file("staging/put-00ff", "half an object");
  write_file("staging/notes.txt", "a person's");
  std::filesystem::create_directory(path("staging/00000000000000000000000000000000"));
  write_file("staging/00000000000000000000000000000000/upload.json.new", "half");

  EXPECT_EQ(reopen().open_report().leftovers_removed, 2);
  EXPECT_EQ(store().open_report().unfinished_uploads, 1);
  EXPECT_FALSE(std::filesystem::exists(path("staging/put-00ff")));
  EXPECT_FALSE(std::filesystem::exists(path("staging/00000000000000000000000000000000")));
  EXPECT_EQ(read_file("staging/notes.txt"), "a person's");
  EXPECT_EQ(parts("k", upload), 1U);
}

TEST_F(DirectoryStoreTest, ADamagedUploadIsReportedAndTheOthersWork) {
  const StoreUploadId bad = create("bad");
  const StoreUploadId good = create("good");
  put("good", good, 1, "x");
  write_file("staging/" + bad.str() + "/upload.json", "{");
  EXPECT_EQ(set_aside_by(reopen()), std::vector<std::string>{"staging/" + bad.str()});
  EXPECT_EQ(parts("good", good), 1U);
  EXPECT_TRUE(std::filesystem::exists(path("staging/" + bad.str())));
  EXPECT_TRUE(await(store().list_uploads(ObjectKey("bad"))).empty());
}

TEST_F(DirectoryStoreTest, ADamagedUploadStandsUntilItIsAborted) {
  const StoreUploadId bad = create("bad");
  const CompletePart part = put("bad", bad, 1, "x");
  write_file("staging/" + bad.str() + "/parts.log", "not ours\nnor this\n");
  reopen();
  for (const auto& error : {error_of([&] { parts("bad", bad); }), error_of([&] { put("bad", bad, 2, "y"); }),
                            error_of([&] { complete("bad", bad, {part}); })}) {
    ASSERT_TRUE(error);
    EXPECT_EQ(error->reason(), Reason::store_unavailable);
    EXPECT_EQ(error->outcome(), Outcome::retry);
  }
  await(store().abort_upload(ObjectKey("bad"), bad));
  EXPECT_EQ(error_of([&] { parts("bad", bad); })->outcome(), Outcome::absent);
  EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
  EXPECT_TRUE(set_aside_by(reopen()).empty());
}

TEST_F(DirectoryStoreTest, ACompletionCutOffBehindTheRenameIsFinished) {
  const StoreUploadId upload = complete_and_die("k", "text");
  EXPECT_EQ(reopen().open_report().leftovers_removed, 1);
  EXPECT_EQ(store().open_report().unfinished_uploads, 0);
  EXPECT_EQ(get("k"), "text");
  EXPECT_FALSE(std::filesystem::exists(path("staging/" + upload.str())));
}

TEST_F(DirectoryStoreTest, WhatIsLeftOfAnUploadWhoseObjectHasGoneSinceStopsNothing) {
  std::filesystem::create_directories(path("objects/a/b"));
  const StoreUploadId upload = complete_and_die("a/b/k", "text");
  await(store().delete_object(ObjectKey("a/b/k")));
  ASSERT_FALSE(std::filesystem::exists(path("objects/a"))) << "its folders have become empty";
  EXPECT_EQ(reopen().open_report().leftovers_removed, 1);
  EXPECT_FALSE(std::filesystem::exists(path("staging/" + upload.str())));
}

TEST_F(DirectoryStoreTest, AnUploadThatCannotBeLoadedStopsNoOther) {
  const StoreUploadId good = create("good");
  put("good", good, 1, "x");
  const StoreUploadId bad = complete_and_die("bad", "text");
  {
    DiskSpy spy;
    spy.fail_sync_of(path("objects"));
    EXPECT_EQ(set_aside_by(reopen()), std::vector<std::string>{"staging/" + bad.str()});
    EXPECT_NE(store().open_report().set_aside.front().why.find("Input/output error"), std::string::npos);
    EXPECT_EQ(parts("good", good), 1U);
    EXPECT_EQ(error_of([&] { parts("bad", bad); })->outcome(), Outcome::retry);
  }
  EXPECT_TRUE(set_aside_by(reopen()).empty()) << "the disk works again";
  EXPECT_EQ(store().open_report().leftovers_removed, 1);
  EXPECT_EQ(get("bad"), "text");
}

TEST_F(DirectoryStoreTest, AFolderBelongsToOneProcess) {
  store();
  EXPECT_EQ(code_of([&] { DirectoryStore::open(path_, tools()); }), "FolderInUse");
  reopen();
}

TEST_F(DirectoryStoreTest, AFolderThatIsNotFitIsRefusedClearly) {
  const auto missing = error_of([&] { DirectoryStore::open(path("missing"), tools()); });
  ASSERT_TRUE(missing);
  EXPECT_EQ(missing->message(), "the folder store cannot open its folder: No such file or directory");
  write_file("file", "");
  EXPECT_EQ(code_of([&] { DirectoryStore::open(path("file"), tools()); }), "ENOTDIR");

  std::filesystem::remove(path("staging"));
  write_file("staging", "a file in the way");
  const auto in_the_way = error_of([&] { store(); });
  ASSERT_TRUE(in_the_way);
  EXPECT_EQ(in_the_way->reason(), Reason::store_refused);
  EXPECT_NE(in_the_way->message().find("not fit for a store"), std::string::npos) << in_the_way->message();
}

TEST_F(DirectoryStoreTest, AFolderThatCannotBeWrittenToIsRefusedClearly) {
  using std::filesystem::perms;
  constexpr perms kReadOnly = perms::owner_read | perms::owner_exec | perms::group_read | perms::group_exec |
                              perms::others_read | perms::others_exec;
  for (const char* folder : {"staging", "."}) std::filesystem::permissions(path(folder), kReadOnly);
  const pid_t child = ::fork();
  if (child == 0) {  // as another user than root, who may write anywhere
    constexpr uid_t kNobody = 65534;
    if (::getuid() == 0 && ::setuid(kNobody) != 0) ::_exit(2);
    const auto error = error_of([&] { DirectoryStore::open(path_, tools()); });
    const bool clear = error && error->details().store_code == "EACCES" &&
                       error->reason() == Reason::store_refused &&
                       error->message().find("not fit for a store") != std::string::npos;
    ::_exit(clear ? 0 : 1);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(WEXITSTATUS(status), 0);
  for (const char* folder : {".", "staging"}) std::filesystem::permissions(path(folder), perms::owner_all);
}

// ---- calls

TEST_F(DirectoryStoreTest, AnObjectIsAFileAtItsKey) {
  put_object("connectors/acme/01.pb", "text");
  EXPECT_EQ(read_file("objects/connectors/acme/01.pb"), "text");
  EXPECT_EQ(files_in("objects").size(), 1U);
  EXPECT_TRUE(files_in("staging").empty());
}

TEST_F(DirectoryStoreTest, AFileThatSomebodyElseHasWrittenHasNoToken) {
  write_file("objects/by-hand", "x");
  EXPECT_EQ(await(store().head(ObjectKey("by-hand")))->token, UploadToken());
  fakes::ScriptedBody body("ours");
  await(store().put_object(
      {.key = ObjectKey("k"), .headers = {.user_metadata = {{kUploadTokenMetadata, "t"}}}, .size = 4}, body));
  EXPECT_EQ(await(store().head(ObjectKey("k")))->token, UploadToken("t"));
  write_file("objects/k", "changed by hand");
  EXPECT_EQ(await(store().head(ObjectKey("k")))->token, UploadToken());
}

TEST_F(DirectoryStoreTest, NothingStaysOfAnUploadThatHasEnded) {
  for (const std::optional<std::int64_t> chunk_size :
       {std::optional<std::int64_t>(4), std::optional<std::int64_t>()}) {
    const StoreUploadId completed = create("k", chunk_size);
    complete("k", completed, {put("k", completed, 1, "aaaa"), put("k", completed, 2, "b")});
    const StoreUploadId aborted = create("k", chunk_size);
    put("k", aborted, 1, "aaaa");
    await(store().abort_upload(ObjectKey("k"), aborted));
    EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
    EXPECT_EQ(get("k"), "aaaab");
  }
}

TEST_F(DirectoryStoreTest, AReaderKeepsWhatItHasOpened) {
  const std::string bytes(600'000, 'a');
  put_object("k", bytes);
  const auto before_replaced = await(store().get(ObjectKey("k"), "", std::nullopt));
  put_object("k", "other");
  const auto before_deleted = await(store().get(ObjectKey("k"), "", std::nullopt));
  await(store().delete_object(ObjectKey("k")));
  EXPECT_EQ(await(fakes::read_all(*before_replaced)), bytes);
  EXPECT_EQ(await(fakes::read_all(*before_deleted)), "other");
}

TEST_F(DirectoryStoreTest, KeysThatAreNoPathsAreRefusedByEveryCall) {
  const ObjectKey key("../outside");
  fakes::ScriptedBody body("x");
  const auto code = [&](auto task) { return code_of([&] { await(std::move(task)); }); };
  EXPECT_EQ(code(store().create_upload({.key = key})), "InvalidKey");
  EXPECT_EQ(code(store().put_object({.key = key, .size = 1}, body)), "InvalidKey");
  EXPECT_EQ(code(store().head(key)), "InvalidKey");
  EXPECT_EQ(code(store().get(key, "", std::nullopt)), "InvalidKey");
  EXPECT_EQ(code(store().delete_object(key)), "InvalidKey");
  EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
}

TEST_F(DirectoryStoreTest, ChunkSizesHaveLimits) {
  for (const std::int64_t size :
       {std::int64_t{0}, std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    EXPECT_EQ(code_of([&] { create("k", size); }), "InvalidArgument") << size;
  }
}

TEST_F(DirectoryStoreTest, PartsAtOffsetsBeyondFourGigabytes) {
  constexpr std::int64_t kGiB = std::int64_t{1} << 30;
  const StoreUploadId upload = create("k", kGiB);
  const CompletePart at_2gib = put("k", upload, 3, "at 2^31, ");
  const CompletePart at_4gib = put("k", upload, 5, "at 2^32");
  complete("k", upload, {at_2gib, at_4gib});
  EXPECT_EQ(get("k"), "at 2^31, at 2^32");
}

TEST_F(DirectoryStoreTest, AnObjectBeyondFourGigabytes) {
  constexpr std::int64_t kFourGiB = std::int64_t{1} << 32;
  put_object("k", "start");
  {
    const Fd file = root().open("objects/k", O_WRONLY);
    write_all(file.get(), kFourGiB, as_bytes("end"));
  }
  EXPECT_EQ(await(store().head(ObjectKey("k")))->object.size, kFourGiB + 3);
  const auto body = await(store().get(ObjectKey("k"), "", ByteRange{kFourGiB, kFourGiB + 2}));
  EXPECT_EQ(await(fakes::read_all(*body)), "end");
}

TEST_F(DirectoryStoreTest, ANewerTryEndsTheOlderOne) {
  const StoreUploadId upload = create("k", 4000);
  const std::string newer(3000, 'n');
  fakes::ScriptedBody older(std::string(3000, 'o'), 1000);
  CompletePart part;
  older.before_piece([&](std::size_t given) {
    if (given == 2000) part = put("k", upload, 1, newer);
  });
  const PutPart request{.key = ObjectKey("k"), .upload = upload, .number = PartNumber{1}, .size = 3000};
  const auto error = error_of([&] { await(store().put_part(request, older)); });
  ASSERT_TRUE(error);
  EXPECT_EQ(error->outcome(), Outcome::retry);
  complete("k", upload, {part});
  EXPECT_EQ(get("k"), newer);
}

TEST_F(DirectoryStoreTest, AWriteThatFailsLeavesNothing) {
  const StoreUploadId upload = create("k");
  const StoreUploadId fixed = create("k", 1 << 21);
  const std::string bytes(1 << 21, 'x');
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto ignored = std::signal(SIGXFSZ, SIG_IGN);
  rlimit small = before;
  small.rlim_cur = 1 << 20;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &small), 0);
  const std::string own_code = code_of([&] { put("k", upload, 1, bytes); });
  const std::string fixed_code = code_of([&] { put("k", fixed, 1, bytes); });
  const std::string object_code = code_of([&] { put_object("k", bytes); });
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  std::signal(SIGXFSZ, ignored);

  for (const std::string& code : {own_code, fixed_code, object_code}) EXPECT_EQ(code, "EFBIG");
  EXPECT_EQ(parts("k", upload), 0U);
  EXPECT_EQ(parts("k", fixed), 0U);
  EXPECT_FALSE(await(store().head(ObjectKey("k"))));
  EXPECT_EQ(files_in("staging/" + upload.str()).size(), 2U);  // upload.json, parts.log
  put("k", upload, 1, bytes);
  put("k", fixed, 1, bytes);
}

/// Gives one piece, then waits for ever.
class StallingBody final : public BodySource {
 public:
  explicit StallingBody(std::function<void()> stalled) : stalled_(std::move(stalled)) {}
  [[nodiscard]] std::optional<std::int64_t> length() const override { return std::nullopt; }
  Task<ByteView> next() override {
    if (!std::exchange(given_, true)) co_return as_bytes("piece");
    stalled_();
    asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
    co_await never.async_wait(asio::use_awaitable);
    co_return ByteView();
  }

 private:
  std::function<void()> stalled_;
  bool given_ = false;
};

TEST_F(DirectoryStoreTest, ACancelledCallLeavesNothing) {
  const StoreUploadId upload = create("k");
  asio::io_context loop;
  asio::cancellation_signal cancel;
  StallingBody body([&] { asio::post(loop, [&] { cancel.emit(asio::cancellation_type::terminal); }); });
  const PutPart request{.key = ObjectKey("k"), .upload = upload, .number = PartNumber{1}, .size = 10};
  std::exception_ptr ended;
  asio::co_spawn(
      loop, store().put_part(request, body),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e, StoredPart) { ended = e; }));
  loop.run();
  ASSERT_TRUE(ended);
  EXPECT_THROW(std::rethrow_exception(ended), boost::system::system_error);
  EXPECT_EQ(files_in("staging/" + upload.str()).size(), 2U);
  EXPECT_EQ(parts("k", upload), 0U);
}

TEST_F(DirectoryStoreTest, ACancelledCompletionLeavesTheTidyingToThePool) {
  const StoreUploadId upload = create("k", 4);
  std::vector<CompletePart> parts;
  for (std::int32_t number = 1; number <= 8; ++number)
    parts.push_back(put("k", upload, number, "x"));  // short ones: they are joined by a copy
  const std::string folder = "staging/" + upload.str();
  const std::size_t files = files_in(folder).size();

  DiskSpy spy;
  asio::io_context loop;
  asio::cancellation_signal cancel;
  std::exception_ptr ended;
  asio::co_spawn(
      loop, store().complete_upload({.key = ObjectKey("k"), .upload = upload, .parts = parts}),
      asio::bind_cancellation_slot(cancel.slot(), [&](std::exception_ptr e, StoredObject) { ended = e; }));
  while (files_in(folder).size() == files) ASSERT_EQ(loop.run_one(), 1U);
  cancel.emit(asio::cancellation_type::terminal);
  loop.run();
  ASSERT_TRUE(ended);
  EXPECT_THROW(std::rethrow_exception(ended), boost::system::system_error);
  EXPECT_EQ(files_in(folder).size(), files);
  EXPECT_EQ(spy.removed_here(), std::vector<std::string>());
  complete("k", upload, parts);
  EXPECT_EQ(get("k"), "xxxxxxxx");
}

TEST_F(DirectoryStoreTest, ManyCallersAtOnce) {
  constexpr int kCallers = 8;
  std::vector<std::future<std::string>> callers;
  for (int i = 0; i < kCallers; ++i) {
    const std::string key = "shared/" + std::to_string(i % 4) + "/" + std::to_string(i);
    store();
    callers.push_back(std::async(std::launch::async, [this, key, i] {
      std::string seen;
      for (int round = 0; round < 5; ++round) {
        const StoreUploadId upload = create(
            key, round % 2 == 0 ? std::optional<std::int64_t>(5000) : std::nullopt);
        const std::string a(5000, static_cast<char>('a' + i));
        const CompletePart first = put(key, upload, 1, a);
        complete(key, upload, {first, put(key, upload, 2, key)});
        seen = get(key) == a + key ? "right" : "wrong";
        await(store().delete_object(ObjectKey(key)));
        if (seen == "wrong") break;
      }
      return seen;
    }));
  }
  for (auto& caller : callers) EXPECT_EQ(caller.get(), "right");
  EXPECT_TRUE(std::filesystem::is_empty(path("objects")));
  EXPECT_TRUE(files_in("metadata").empty());
  EXPECT_TRUE(std::filesystem::is_empty(path("staging")));
}

}  // namespace
}  // namespace longshore::directory

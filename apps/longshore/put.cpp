#include "apps/longshore/put.h"

#include <array>
#include <charconv>
#include <cmath>
#include <unistd.h>

#include <boost/json/object.hpp>
#include <boost/system/system_error.hpp>

#include "apps/longshore/api_json.h"
#include "apps/longshore/file_upload.h"
#include "apps/longshore/sources.h"
#include "apps/longshore/stream_body.h"
#include "apps/longshore/text.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

/// One run of `put`.
class Put {
 public:
  Put(Tools& tools, const PutOptions& options, bool json) : tools_(tools), options_(options), json_(json) {}

  asio::awaitable<ExitCode> run();

 private:
  asio::awaitable<void> put_one(const Source& source);
  void skip(const Source& source, const Source::NoFile& found);
  asio::awaitable<Uploaded> upload(const Source& source);
  asio::awaitable<Uploaded> upload_file(const Source& source, const std::filesystem::path& file);
  asio::awaitable<Uploaded> upload_stream(const Source& source);
  asio::awaitable<void> put_object(const Source& source, HttpBody& body, std::optional<Node>& node);
  void report(const Source& source, const Uploaded& uploaded);
  void report(const Source& source, const Failure& failure);

  Tools& tools_;
  const PutOptions& options_;
  const bool json_;
  std::size_t done_ = 0;
  std::size_t failed_ = 0;
  std::size_t skipped_ = 0;
};

/// The seconds are written by hand: the library knows doubles as 3.21E0 only.
std::string result_line(const Source& source, const Uploaded& uploaded) {
  std::string line = json_line(boost::json::object{{"nodeId", uploaded.node_id},
                                                   {"state", "COMPLETED"},
                                                   {"size", uploaded.size},
                                                   {"etag", uploaded.etag},
                                                   {"versionId", uploaded.version_id},
                                                   {"crc32c", uploaded.crc32c},
                                                   {"file", source.shown},
                                                   {"name", source.name}});
  std::array<char, 32> seconds{};
  const auto end =
      std::to_chars(seconds.begin(), seconds.end(), uploaded.seconds, std::chars_format::fixed, 3).ptr;
  line.insert(line.size() - 1, ",\"seconds\":" + std::string(seconds.begin(), end));
  return line;
}

asio::awaitable<ExitCode> Put::run() {
  const std::vector<Source> sources = co_await tools_.pool.run([this] { return find_sources(options_); });
  for (const Source& source : sources) {
    if (const auto* found = std::get_if<Source::NoFile>(&source.origin)) {
      skip(source, *found);
    } else {
      co_await put_one(source);
    }
  }
  const std::size_t files = done_ + failed_;
  if (files == 0) throw Failure(reasons::kFileError, "there is no file to upload");
  if (sources.size() > 1) {
    tools_.console.note(std::to_string(files) + (files == 1 ? " file: " : " files: ") +
                        std::to_string(done_) + " done, " + std::to_string(failed_) + " failed" +
                        (skipped_ == 0 ? "" : "; skipped, being no files: " + std::to_string(skipped_)));
  }
  co_return failed_ == 0 ? kDone : kFailed;
}

asio::awaitable<void> Put::put_one(const Source& source) {
  try {
    const Uploaded uploaded = co_await upload(source);
    report(source, uploaded);
    ++done_;
  } catch (const Failure& failure) {
    report(source, failure);
    ++failed_;
  }
}

/// Nobody can cure it, so it is no failure; but nobody shall believe that it was uploaded.
void Put::skip(const Source& source, const Source::NoFile& found) {
  tools_.console.note(source.shown + ": skipped: it is " + found.what);
  ++skipped_;
}

asio::awaitable<Uploaded> Put::upload(const Source& source) {
  if (const auto* failure = std::get_if<Failure>(&source.origin)) throw *failure;
  if (const auto* file = std::get_if<std::filesystem::path>(&source.origin))
    co_return co_await upload_file(source, *file);
  co_return co_await upload_stream(source);
}

asio::awaitable<Uploaded> Put::upload_file(const Source& source, const std::filesystem::path& file) {
  FileUpload upload(tools_, {.file = file,
                             .connector = options_.connector,
                             .path = source.path,
                             .name = source.name,
                             .part_bytes = options_.part_bytes,
                             .parallel = options_.parallel});
  co_return co_await upload.run();
}

asio::awaitable<void> Put::put_object(const Source& source, HttpBody& body, std::optional<Node>& node) {
  node = co_await tools_.api.put_object(options_.connector, source.path, source.name, body);
}

asio::awaitable<Uploaded> Put::upload_stream(const Source& source) {
  Transfer transfer(tools_.console, tools_.timers, source.name, std::nullopt);
  const ShownWaits waits(tools_.api, transfer);
  StreamBody body(STDIN_FILENO, tools_.pool, transfer.bytes());
  std::optional<Node> node;
  try {
    co_await transfer.show_during(put_object(source, body, node));
  } catch (const boost::system::system_error& error) {
    if (error.code() == asio::error::operation_aborted) {
      tools_.console.note("interrupted; what came by the standard input is dropped: it cannot be read twice");
    }
    throw;
  }
  co_return Uploaded{.node_id = node->node_id,
                     .size = node->size,
                     .etag = node->etag,
                     .version_id = node->version_id,
                     .crc32c = node->crc32c,
                     .sent = node->size,
                     .seconds = transfer.seconds()};
}

void Put::report(const Source& source, const Uploaded& uploaded) {
  if (json_) {
    tools_.console.result(result_line(source, uploaded));
    return;
  }
  const bool is_stream = std::holds_alternative<Source::StandardInput>(source.origin);
  std::string line = source.shown + (is_stream ? " (" + source.name + ")" : "") + ": " + uploaded.node_id +
                     "  " + format_size(uploaded.size);
  if (uploaded.was_there) {
    line += ", was there already";
  } else {
    line += " in " + format_duration(Millis{std::llround(uploaded.seconds * 1000)});
    if (uploaded.seconds >= 1) {
      line += " (" + format_size(std::llround(static_cast<double>(uploaded.sent) / uploaded.seconds)) + "/s)";
    }
  }
  tools_.console.result(line);
}

void Put::report(const Source& source, const Failure& failure) {
  if (json_) {
    boost::json::object line = failure_to_json(failure);
    line["file"] = source.shown;
    tools_.console.result(json_line(line));
  } else {
    tools_.console.note(source.shown + ": failed: " + failure.detail() + " [" + failure.reason + "]");
  }
}

}  // namespace

asio::awaitable<ExitCode> put(Tools& tools, const PutOptions& options, bool json) {
  Put run(tools, options, json);
  co_return co_await run.run();
}

}  // namespace longshore::cli

#include "apps/longshore/inspect.h"

#include <algorithm>
#include <ctime>
#include <optional>
#include <set>

#include <boost/json/object.hpp>

#include "apps/longshore/api_json.h"
#include "apps/longshore/sources.h"
#include "apps/longshore/text.h"
#include "base/units.h"

namespace longshore::cli {

namespace asio = boost::asio;

namespace {

constexpr Millis kWatchPeriod{1000};
constexpr std::size_t kSizeColumns = 10;
constexpr std::size_t kStateColumns = 10;
constexpr std::size_t kConnectorColumns = 8;

bool has_ended(UploadState state) {
  return state == UploadState::completed || state == UploadState::failed || state == UploadState::cancelled ||
         state == UploadState::expired;
}

/// "2026-11-23 14:57:03Z"; "" for 0.
std::string format_time(std::int64_t epoch_ms) {
  if (epoch_ms <= 0) return "";
  const std::time_t seconds = epoch_ms / 1000;
  std::tm fields{};
  char out[32];
  if (::gmtime_r(&seconds, &fields) == nullptr || std::strftime(out, sizeof out, "%F %TZ", &fields) == 0)
    return "";
  return out;
}

std::string left_padded(std::string text, std::size_t width) {
  text.insert(0, width - std::min(width, columns(text)), ' ');
  return text;
}

std::string right_padded(std::string text, std::size_t width) {
  text.append(width - std::min(width, columns(text)), ' ');
  return text;
}

std::string format_ranges(const std::vector<ChunkRange>& ranges) {
  constexpr std::size_t kShown = 10;
  std::string out;
  for (std::size_t i = 0; i < ranges.size() && i < kShown; ++i) {
    out += (i == 0 ? "" : ", ") + std::to_string(ranges[i].first);
    if (ranges[i].last != ranges[i].first) out += "-" + std::to_string(ranges[i].last);
  }
  return ranges.size() > kShown ? out + ", …" : out;
}

std::string progress_of(const UploadStatus& status) {
  const std::string done = format_size(status.bytes_uploaded);
  return status.total_bytes > 0 ? done + " of " + format_size(status.total_bytes) : done;
}

void show(Console& console, const UploadStatus& status) {
  const auto line = [&console](const char* label, const std::string& value) {
    if (!value.empty()) console.result(right_padded(label, 12) + value);
  };
  line("upload", status.upload_id);
  line("node", status.node_id);
  line("name", status.name);
  line("connector", status.connector_id);
  line("state", to_string(status.state));
  line("bytes", progress_of(status));
  line("parts", std::to_string(status.chunks_received));
  line("missing", format_ranges(status.missing_chunks));
  line("changed", format_time(status.updated_at_epoch_ms));
  if (!has_ended(status.state)) line("expires", format_time(status.expires_at_epoch_ms));
  line("etag", status.etag);
  line("crc32c", status.crc32c);
  line("sha256", status.sha256);
  line("error", status.error_code + (status.error_message.empty() ? "" : " " + status.error_message));
}

std::string full_name(const Node& node) {
  return node.path.empty() ? node.name : node.path + "/" + node.name;
}

void show_row(Console& console, const Node& node) {
  console.result(node.node_id + "  " + left_padded(format_size(node.size), kSizeColumns) + "  " +
                 format_time(node.updated_at_epoch_ms) + "  " +
                 right_padded(node.connector_id, kConnectorColumns) + "  " + full_name(node));
}

void show_row(Console& console, const UploadStatus& status) {
  console.result(status.upload_id + "  " + right_padded(to_string(status.state), kStateColumns) + "  " +
                 progress_of(status) + "  " + right_padded(status.connector_id, kConnectorColumns) + "  " +
                 status.name);
}

boost::json::object to_json(const Node& node) { return node_to_json(node); }
boost::json::object to_json(const UploadStatus& status) { return status_to_json(status); }

template <class Item>
void show_page(Console& console, const Page<Item>& page, bool json) {
  for (const Item& item : page.items) {
    if (json) {
      console.result(json_line(to_json(item)));
    } else {
      show_row(console, item);
    }
  }
}

/// Whether to ask for another page: the same one again would never end.
template <class Item>
bool turn(std::string& token, const Page<Item>& page) {
  if (page.next_page_token.empty() || page.next_page_token == token) return false;
  token = page.next_page_token;
  return true;
}

/// In that folder or below it. (To the server a prefix is letters: "a" also begins "ab/c".)
bool is_below(const Node& node, const std::string& folder) {
  return folder.empty() || node.path == folder || node.path.starts_with(folder + "/");
}

asio::awaitable<void> list_nodes(Tools& tools, const ListOptions& options, bool json) {
  const std::string folder = trimmed_path(options.path);
  std::string token;
  Page<Node> page;
  do {
    page = co_await tools.api.list_nodes(options.connector, folder, token);
    std::erase_if(page.items, [&folder](const Node& node) { return !is_below(node, folder); });
    show_page(tools.console, page, json);
  } while (turn(token, page));
}

/// State by state in the order of a life, so that none is missed that goes on meanwhile; it may be in two
/// lists.
asio::awaitable<void> list_open_uploads(Tools& tools, const std::string& connector, bool json) {
  std::set<std::string> shown;
  for (const UploadState state : {UploadState::pending, UploadState::uploading, UploadState::completing}) {
    std::string token;
    Page<UploadStatus> page;
    do {
      page = co_await tools.api.list_uploads(connector, state, token);
      std::erase_if(page.items,
                    [&shown](const UploadStatus& one) { return !shown.insert(one.upload_id).second; });
      show_page(tools.console, page, json);
    } while (turn(token, page));
  }
}

/// Shows how the upload goes until it has ended.
asio::awaitable<UploadStatus> watch_until_ended(Tools& tools, UploadStatus status) {
  RateMeter meter;
  const auto started = std::chrono::steady_clock::now();
  std::int64_t shown = -1;
  while (!has_ended(status.state)) {
    meter.sample(std::chrono::duration_cast<Millis>(std::chrono::steady_clock::now() - started),
                 status.bytes_uploaded);
    if (tools.console.draws_bars() || status.bytes_uploaded != shown) {
      tools.console.draw({.name = status.name.empty() ? status.upload_id : status.name,
                          .done = status.bytes_uploaded,
                          .total = status.total_bytes > 0 ? std::optional(status.total_bytes) : std::nullopt,
                          .bytes_per_second = meter.bytes_per_second()});
    }
    shown = status.bytes_uploaded;
    co_await tools.timers.sleep_for(kWatchPeriod);
    status = co_await tools.api.status(status.upload_id);
  }
  tools.console.clear();
  co_return status;
}

}  // namespace

asio::awaitable<ExitCode> status(Tools& tools, const StatusOptions& options, bool json) {
  UploadStatus known = co_await tools.api.status(options.upload_id);
  if (options.watch) known = co_await watch_until_ended(tools, known);
  if (json) {
    tools.console.result(json_line(status_to_json(known)));
  } else {
    show(tools.console, known);
  }
  co_return options.watch&& known.state != UploadState::completed ? kFailed : kDone;
}

asio::awaitable<ExitCode> list(Tools& tools, const ListOptions& options, bool json) {
  if (options.uploads) {
    co_await list_open_uploads(tools, options.connector, json);
  } else {
    co_await list_nodes(tools, options, json);
  }
  co_return kDone;
}

asio::awaitable<ExitCode> cancel(Tools& tools, const CancelOptions& options, bool json) {
  const UploadState state = co_await tools.api.cancel(options.upload_id);
  if (json) {
    tools.console.result(
        json_line(boost::json::object{{"uploadId", options.upload_id}, {"state", to_string(state)}}));
  } else {
    tools.console.result(options.upload_id + ": cancelled");
  }
  co_return kDone;
}

asio::awaitable<ExitCode> remove(Tools& tools, const RemoveOptions& options, bool json) {
  const Node node = co_await tools.api.delete_node(options.node_id, options.purge);
  if (json) {
    tools.console.result(json_line(node_to_json(node)));
  } else {
    tools.console.result(options.node_id + ": " + (options.purge ? "deleted, with its bytes" : "deleted"));
  }
  co_return kDone;
}

}  // namespace longshore::cli

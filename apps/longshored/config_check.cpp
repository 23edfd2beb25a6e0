#include "apps/longshored/config_check.h"

#include <algorithm>
#include <array>
#include <stdexcept>
#include <unistd.h>

#include <boost/asio/ip/address.hpp>
#include <fmt/format.h>

#include "apps/longshored/config_table.h"
#include "apps/longshored/config_value.h"
#include "aws/credentials_config.h"
#include "domain/error.h"
#include "net/blocking_pool.h"
#include "net/buffer_pool.h"
#include "net/http_client.h"
#include "net/timers.h"
#include "net/tls_context.h"
#include "sqlite/data_folder.h"

namespace longshore::server {
namespace {

namespace fs = std::filesystem;

// The server's own files in the data folder (docs/operators-guide.md); SQLite adds two to each database.
constexpr std::array kOwnFiles = {"lock",           "events.jsonl", "catalog.db",   "catalog.db-wal",
                                  "catalog.db-shm", "state.db",     "state.db-wal", "state.db-shm"};

/// Absolute, without links as far as it exists, without a slash at its end.
fs::path resolved(const fs::path& path) {
  std::error_code error;
  fs::path found = fs::weakly_canonical(fs::absolute(path), error);
  if (error) found = fs::absolute(path).lexically_normal();
  return found.has_filename() ? found : found.parent_path();
}

/// Also where they are the same. Both resolved.
bool lies_in(const fs::path& inner, const fs::path& outer) {
  const auto [end, unused] = std::mismatch(outer.begin(), outer.end(), inner.begin(), inner.end());
  return end == outer.end();
}

class Check {
 public:
  Check(const Config& config, const Settings& settings) : config_(config), settings_(settings) {}

  std::vector<std::string> run() {
    listening("http.listen", config_.http.listen);
    listening("grpc.listen", config_.grpc.listen);
    differ("grpc.listen", config_.grpc.listen, "http.listen", config_.http.listen);
    if (config_.metrics.separate) {
      listening("metrics.listen", config_.metrics.listen);
      differ("metrics.listen", config_.metrics.listen, "http.listen", config_.http.listen);
      differ("metrics.listen", config_.metrics.listen, "grpc.listen", config_.grpc.listen);
    }
    public_url();
    trusted_proxies();
    if (config_.state == StateKind::redis) redis();
    if (config_.catalog == CatalogKind::postgres && config_.postgres.url.empty())
      problem({"catalog.kind"},
              "catalog.url says where PostgreSQL is, such as \"postgresql://me@127.0.0.1/uploads\"");
    if (config_.events == EventsKind::kafka && config_.kafka.brokers.empty())
      problem({"events.kind"}, "events.brokers says where Kafka is, such as \"127.0.0.1:9092\"");
    data_folder();
    for (const DriveConfig& drive : config_.drives) {
      if (drive.kind == StoreKind::s3)
        bucket(drive);
      else
        folder(drive);
      limits(drive);
    }
    return std::move(problems_);
  }

 private:
  void listening(const std::string& key, const Endpoint& endpoint) {
    if (config_.insecure || is_loopback(endpoint)) return;
    problem({key}, fmt::format("{} can be reached from other machines, and this release has neither TLS nor "
                               "authentication: listen on 127.0.0.1 behind a proxy, or say --insecure",
                               to_string(endpoint)));
  }

  void differ(const std::string& key, const Endpoint& endpoint, const std::string& other_key,
              const Endpoint& other) {
    if (endpoint == other && other.port != 0)
      problem({key, other_key}, fmt::format("{} and {} must be different ports", key, other_key));
  }

  void public_url() {
    const std::string& url = config_.http.public_url;
    if (url.empty()) return;
    const bool http = url.starts_with("http://") || url.starts_with("https://");
    const bool plain = url.find_first_of(" \t\r\n?#\"<>\\") == std::string::npos &&
                       url.find("//") == url.rfind("//");
    if (!http || !plain || url.back() == '/') {
      problem({"http.public_url"},
              "write scheme and host, and no slash at the end, such as \"https://files.example.org\"");
    }
  }

  void trusted_proxies() {
    for (const std::string& proxy : config_.http.trusted_proxies) {
      boost::system::error_code error;
      boost::asio::ip::make_address(proxy, error);
      if (error)
        problem({"http.trusted_proxies"},
                fmt::format("\"{}\" is no numeric address, such as \"192.0.2.1\"", proxy));
    }
  }

  void data_folder() {
    const std::string name = config_.data_dir.string();
    if (const auto why = why_not_writable(config_.data_dir))
      problems_.push_back(fmt::format("data folder {}: {}; name another one with --data-dir", name, *why));
    else if (const auto unsafe = sqlite::DataFolder::why_unsafe(name))
      problems_.push_back(fmt::format("{}: {}", name, *unsafe));
  }

  void redis() {
    const redis::Options& redis = config_.redis;
    if (redis.url.addresses.empty())
      problem({"state.kind"}, "state.url says where Redis is, such as \"redis://127.0.0.1:6379/0\"");
    if (redis.certificate_file.empty() != redis.key_file.empty())
      return problem({"state.tls_cert", "state.tls_key"}, "tls_cert and tls_key go together");
    authorities("state.ca_file", redis.ca_file);
    const bool cert = readable("state.tls_cert", redis.certificate_file);
    if (readable("state.tls_key", redis.key_file) && cert) {
      usable("state.tls_cert", {.ca_file = {},
                                .certificate_file = redis.certificate_file,
                                .key_file = redis.key_file,
                                .protocol = {}});
    }
  }

  bool readable(const std::string& key, const fs::path& file) {
    if (file.empty() || ::access(file.c_str(), R_OK) == 0) return true;
    problem({key},
            fmt::format("{} cannot be read: {}", file.string(), std::generic_category().message(errno)));
    return false;
  }

  void authorities(const std::string& key, const fs::path& file) {
    if (readable(key, file))
      usable(key, {.ca_file = file.string(), .certificate_file = {}, .key_file = {}, .protocol = {}});
  }

  void usable(const std::string& key, const TlsContext::Options& options) {
    try {
      const TlsContext context(options);
    } catch (const std::runtime_error& error) {
      problem({key}, error.what());
    }
  }

  void folder(const DriveConfig& drive) {
    const std::string key = section_of(drive.name) + ".directory.path";
    if (const auto why = why_not_writable(drive.directory)) {
      problem({key}, fmt::format("{}: {}; name a folder that this user may write to",
                                 drive.directory.string(), *why));
    }
    const fs::path mine = resolved(drive.directory);
    const fs::path data = resolved(config_.data_dir);
    if (lies_in(data, mine)) {
      problem({key}, "it must not be the data folder, nor one around it; a folder in it will do");
    }
    for (const char* name : kOwnFiles) {
      if (lies_in(mine, data / name))
        problem({key}, fmt::format("{} in the data folder is a file of the server's own", name));
    }
    for (const DriveConfig& other : config_.drives) {
      if (&other == &drive) break;
      if (other.kind != StoreKind::directory) continue;
      const fs::path theirs = resolved(other.directory);
      if (lies_in(mine, theirs) || lies_in(theirs, mine)) {
        problem({key}, fmt::format("the drives {} and {} must not share a folder, nor lie in one another's",
                                   other.name.str(), drive.name.str()));
      }
    }
  }

  void bucket(const DriveConfig& drive) {
    const std::string section = section_of(drive.name) + ".s3.";
    const std::string kind = section_of(drive.name) + ".kind";
    if (drive.s3.place.bucket.empty()) {
      problem({section + "bucket", kind}, fmt::format("s3 needs {}bucket, the bucket's name", section));
    } else {
      try {
        const s3::Place place(drive.s3.place);
      } catch (const Error& error) {
        problem({section + error.details().field, kind}, error.message());
      }
    }
    authorities(section + "ca_file", drive.s3.ca_file);
    const aws::CredentialsConfig& credentials = drive.s3.credentials;
    const bool has_key = !credentials.access_key_id.empty();
    const bool has_secret = !credentials.secret_access_key.empty();
    const bool needs_both = credentials.kind == aws::CredentialsKind::fixed;
    if (has_key != has_secret || (needs_both && !has_key)) {
      problem({section + (has_key ? "access_key" : "secret_key"), section + "credentials", kind},
              "access_key and secret_key go together");
    } else if (const auto why = why_no_credentials(credentials)) {
      problem({section + "credentials", kind}, *why);
    }
  }

  /// Sends nothing: what it is made with is there for its calls.
  std::optional<std::string> why_no_credentials(const aws::CredentialsConfig& credentials) {
    AsioTimers timers;
    BufferPool buffers(config_.limits.memory_budget_bytes);
    HttpClient endpoints({}, buffers, timers);
    BlockingPool files(1);
    try {
      aws::make_source(credentials, config_.aws_environment, endpoints, files);
    } catch (const Error& error) {
      return error.message();
    }
    return std::nullopt;
  }

  void limits(const DriveConfig& drive) {
    const std::string section = section_of(drive.name) + ".";
    const std::string min = section + "part_bytes_min";
    const std::string max = section + "part_bytes_max";
    const std::string unknown = section + "part_bytes_unknown_length";
    const std::string budget = "limits.memory_budget";
    const StoreLimits& l = drive.limits;
    if (l.part_bytes_min > l.part_bytes_max) problem({min, max}, "part_bytes_min is above part_bytes_max");
    if (l.part_bytes_unknown_length < l.part_bytes_min || l.part_bytes_unknown_length > l.part_bytes_max) {
      problem({unknown, min, max},
              "part_bytes_unknown_length must lie between part_bytes_min and part_bytes_max");
    }
    if (l.part_bytes_unknown_length > config_.limits.memory_budget_bytes / 2) {
      problem(
          {unknown, budget},
          "a part of part_bytes_unknown_length is held in memory: half of limits.memory_budget is the most");
    }
    if (l.single_put_threshold > l.object_bytes_max) {
      problem({section + "single_put_threshold", section + "object_bytes_max"},
              "single_put_threshold is above object_bytes_max");
    }
  }

  /// Of the keys at odds, the first that somebody wrote is where to look.
  void problem(const std::vector<std::string>& keys, const std::string& what) {
    for (const std::string& key : keys) {
      const auto found = settings_.find(key);
      if (found == settings_.end()) continue;
      problems_.push_back(fmt::format("{}{}: {}", found->second.origin.prefix(), found->second.name, what));
      return;
    }
    problems_.push_back(fmt::format("{}: {}", keys.front(), what));
  }

  const Config& config_;
  const Settings& settings_;
  std::vector<std::string> problems_;
};

}  // namespace

std::vector<std::string> check_config(const Config& config, const Settings& settings) {
  return Check(config, settings).run();
}

std::optional<std::string> why_not_writable(const fs::path& folder) {
  fs::path nearest = fs::absolute(folder).lexically_normal();
  std::error_code error;
  while (!fs::exists(nearest, error) && nearest.has_relative_path()) {
    if (error) return fmt::format("{}: {}", nearest.string(), error.message());
    nearest = nearest.parent_path();
  }
  if (!fs::is_directory(nearest, error)) return fmt::format("{} is not a folder", nearest.string());
  if (::access(nearest.c_str(), W_OK | X_OK) != 0) {
    return fmt::format("{} cannot be written: {}", nearest.string(), std::generic_category().message(errno));
  }
  return std::nullopt;
}

}  // namespace longshore::server

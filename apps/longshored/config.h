#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "aws/credentials_config.h"
#include "aws/environment.h"
#include "base/clock.h"
#include "base/units.h"
#include "domain/ids.h"
#include "domain/key_template.h"
#include "domain/limits.h"
#include "events/kafka/kafka_sink.h"
#include "kafka/options.h"
#include "obs/log.h"
#include "postgres/options.h"
#include "redis/options.h"
#include "s3/profile.h"
#include "s3/s3_store.h"

namespace longshore::server {

/// A numeric address and a port; port 0 lets the kernel choose.
struct Endpoint {
  std::string address;  // "127.0.0.1", "::1"
  std::uint16_t port = 0;
  bool operator==(const Endpoint&) const = default;
};

enum class StoreKind { directory, s3 };

/// A bucket and the way to it.
struct S3Config {
  s3::PlaceOptions place;
  aws::CredentialsConfig credentials;
  std::filesystem::path ca_file;  // empty: the system's
  std::int64_t connections_max = 0;
  Millis connect_timeout{};
  Millis read_timeout{};
  std::int32_t retries = 0;
  s3::ChecksumChoice checksums = s3::ChecksumChoice::automatic;
  s3::ExpectContinue expect_continue = s3::ExpectContinue::automatic;
  const s3::Profile* profile = nullptr;       // null: as the store shows itself
  std::optional<Millis> unfinished_lifetime;  // where the profile does not know better
  Millis completion_deadline{};
};

/// A named store of objects.
struct DriveConfig {
  DriveName name;
  StoreKind kind = StoreKind::directory;
  std::filesystem::path directory;  // of that kind
  S3Config s3;                      // likewise
  KeyTemplate key_template;
  StoreLimits limits;
};

enum class CatalogKind { sqlite, postgres };
enum class StateKind { sqlite, redis };
enum class EventsKind { file, kafka, none };

/// Everything that an operator can choose, read once (config_load.h) and handed on as values. What each of it
/// means, and its default, stands in config_table.cpp; the fields have no defaults of their own.
struct Config {
  std::filesystem::path data_dir;
  bool insecure = false;  // may listen beyond loopback

  struct Http {
    Endpoint listen;
    std::string public_url;  // "" or without a slash at its end
    std::vector<std::string> trusted_proxies;
  } http;

  struct Grpc {
    Endpoint listen;
    std::int64_t message_bytes_max = 0;
  } grpc;

  struct Limits {
    std::int64_t memory_budget_bytes = 0;
    std::int64_t connections_max = 0;
    std::int64_t request_rate = 0;  // a second, an address; 0: no limit
    Millis header_timeout{};
    std::int64_t body_rate_min_bytes = 0;  // a second
    Millis idle_timeout{};
    Millis drain_timeout{};
  } limits;

  std::vector<DriveConfig> drives;   // the default one first, then by name
  aws::Environment aws_environment;  // where credentials are looked for
  CatalogKind catalog = CatalogKind::sqlite;
  postgres::Options postgres;  // of that kind
  StateKind state = StateKind::sqlite;
  redis::Options redis;  // of that kind
  EventsKind events = EventsKind::file;
  kafka::Options kafka;  // of that kind
  event_kafka::Format event_format = event_kafka::Format::protobuf;
  UploadPolicy policy;  // of [limits], [catalog] and [sweep]
  Millis sweep_interval{};

  struct Metrics {
    bool separate = false;  // else /metrics is served beside the API
    Endpoint listen;
  } metrics;

  struct Log {
    LogFormat format = LogFormat::kText;
    LogLevel level = LogLevel::kInfo;
  } log;

  // What lies in the data folder (docs/operators-guide.md).
  [[nodiscard]] std::filesystem::path state_db() const { return data_dir / "state.db"; }
  [[nodiscard]] std::filesystem::path catalog_db() const { return data_dir / "catalog.db"; }
  [[nodiscard]] std::filesystem::path event_file() const { return data_dir / "events.jsonl"; }
};

}  // namespace longshore::server

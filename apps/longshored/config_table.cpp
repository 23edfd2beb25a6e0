#include "apps/longshored/config_table.h"

#include <limits>

#include "domain/error.h"
#include "domain/times.h"
#include "kafka/settings.h"
#include "postgres/conninfo.h"

namespace longshore::server {
namespace {

// Bounds that keep arithmetic and the kernel safe; what is sensible is the operator's to choose.
constexpr std::int64_t kDay = Millis{std::chrono::hours{24}}.count();
constexpr std::int64_t kHour = Millis{std::chrono::hours{1}}.count();
constexpr std::int64_t kSecond = 1000;
constexpr std::int64_t kYear = 365 * kDay;
constexpr std::int64_t kMemoryBudgetMin = 8 * MiB;  // two buffers for each of a few connections
constexpr std::int64_t kObjectBytesMax = 50 * TiB;  // what no known store exceeds
constexpr std::int64_t kManyParts = 100'000;

std::vector<ServerKey> http_keys() {
  using enum ValueKind;
  return {
      {"http.listen",
       {endpoint, "127.0.0.1:7070"},
       "Where the HTTP API listens. An address other than a loopback one needs --insecure.",
       [](Config& c, const Value& v) { c.http.listen = v.endpoint; }},
      {"http.public_url",
       {text, ""},
       "How clients reach this server, such as \"https://files.example.org\": the beginning of the URLs that "
       "it hands out. Empty: URLs without scheme and host.",
       [](Config& c, const Value& v) { c.http.public_url = v.text; }},
      {"http.trusted_proxies",
       {list, ""},
       "Numeric addresses of the proxies in front of it. The last address of X-Forwarded-For counts as the "
       "client's only when one of these sent it.",
       [](Config& c, const Value& v) { c.http.trusted_proxies = v.list; }},
  };
}

std::vector<ServerKey> grpc_keys() {
  using enum ValueKind;
  return {
      {"grpc.listen",
       {endpoint, "127.0.0.1:7071"},
       "Where gRPC listens. An address other than a loopback one needs --insecure.",
       [](Config& c, const Value& v) { c.grpc.listen = v.endpoint; }},
      {"grpc.message_bytes_max",
       {size, "64MiB", 64 * KiB, GiB},
       "The largest message; but none that must be held in memory gets more than half of "
       "limits.memory_budget. Chunks of any size go by UploadChunkStream.",
       [](Config& c, const Value& v) { c.grpc.message_bytes_max = v.number; }},
  };
}

std::vector<ServerKey> limits_keys() {
  using enum ValueKind;
  return {
      {"limits.parts_in_flight_per_upload",
       {count, "10", 1, 1000},
       "Parts of one upload that may be sent at the same time.",
       [](Config& c, const Value& v) {
         c.policy.parts_in_flight_per_upload = static_cast<std::int32_t>(v.number);
       }},
      {"limits.uploads_open_max",
       {count, "100000", 1, 100'000'000},
       "Open uploads a connector.",
       [](Config& c, const Value& v) { c.policy.uploads_open_max = v.number; }},
      {"limits.memory_budget",
       {size, "256MiB", kMemoryBudgetMin, TiB},
       "All memory for bodies on their way. When it is used up the server stops reading sockets until some "
       "is free.",
       [](Config& c, const Value& v) { c.limits.memory_budget_bytes = v.number; }},
      {"limits.connections_max",
       {count, "10000", 1, 1'000'000},
       "Connections at the same time, and calls over one gRPC connection beyond its first. A quarter for one "
       "client address, three quarters for one protocol; more are closed at once. Fewer where the limit of "
       "open files does not allow as many.",
       [](Config& c, const Value& v) { c.limits.connections_max = v.number; }},
      {"limits.header_timeout",
       {duration, "10s", 100, kHour},
       "From the first byte of a request to the end of its header.",
       [](Config& c, const Value& v) { c.limits.header_timeout = Millis{v.number}; }},
      {"limits.body_rate_min",
       {size, "1KiB", 0, GiB},
       "A second: a body that comes slower on average is REQUEST_TIMEOUT.",
       [](Config& c, const Value& v) { c.limits.body_rate_min_bytes = v.number; }},
      {"limits.idle_timeout",
       {duration, "60s", 100, kDay},
       "Without a byte: in a body it is REQUEST_TIMEOUT, between two requests the connection is closed.",
       [](Config& c, const Value& v) { c.limits.idle_timeout = Millis{v.number}; }},
      {"limits.drain_timeout",
       {duration, "60s", 0, kDay},
       "After SIGTERM: how long requests under way may take to finish.",
       [](Config& c, const Value& v) { c.limits.drain_timeout = Millis{v.number}; }},
      {"limits.request_rate",
       {count, "0", 0, 1'000'000},
       "Requests a second of one client address, and as many probes of health and metrics beside them; more "
       "are "
       "429 RATE_LIMITED. On metrics.listen there is no limit. 0: no limit anywhere.",
       [](Config& c, const Value& v) { c.limits.request_rate = v.number; }},
  };
}

/// The session store.
std::vector<ServerKey> state_keys() {
  using enum ValueKind;
  return {
      {"state.kind",
       {choice, "sqlite", 0, 0, {"sqlite", "redis"}},
       "Where part receipts are kept: sqlite is the file state.db in the data folder, redis is state.url.",
       [](Config& c, const Value& v) { c.state = v.number == 0 ? StateKind::sqlite : StateKind::redis; }},
      {"state.url",
       {text, ""},
       "Of redis: redis://HOST:PORT/DATABASE; several HOST:PORT with commas between them: the one that is "
       "the "
       "master. redis+sentinel://HOST:PORT,.../MASTER/DATABASE, redis+cluster://HOST:PORT,..., "
       "unix:///FILE?db=DATABASE; rediss, rediss+sentinel and rediss+cluster for TLS.",
       [](Config& c, const Value& v) {
         if (!v.text.empty()) c.redis.url = redis::parse_url(v.text);
       }},
      {"state.username",
       {text, ""},
       "The ACL user. Empty: the default one.",
       [](Config& c, const Value& v) { c.redis.username = v.text; }},
      {"state.password",
       {secret, ""},
       "The user's password. It is never printed or logged; better in the environment than in a file.",
       [](Config& c, const Value& v) { c.redis.password = Secret(v.text); }},
      {"state.sentinel_password",
       {secret, ""},
       "The Sentinels' own password.",
       [](Config& c, const Value& v) { c.redis.sentinel_password = Secret(v.text); }},
      {"state.ca_file",
       {file, ""},
       "A PEM file of the authorities that the servers' certificates may come from. Empty: the system's.",
       [](Config& c, const Value& v) { c.redis.ca_file = v.text; }},
      {"state.tls_cert",
       {file, ""},
       "A PEM file with a certificate of this server, where Redis wants one.",
       [](Config& c, const Value& v) { c.redis.certificate_file = v.text; }},
      {"state.tls_key",
       {file, ""},
       "A PEM file with that certificate's key.",
       [](Config& c, const Value& v) { c.redis.key_file = v.text; }},
      {"state.timeout",
       {duration, "2s", 100, kHour},
       "For one call to Redis. Until then a call that was not done is tried again, on whichever server is "
       "the "
       "master by then.",
       [](Config& c, const Value& v) { c.redis.timeout = Millis{v.number}; }},
  };
}

/// The catalog, whichever it is.
std::vector<ServerKey> catalog_keys() {
  using enum ValueKind;
  return {
      {"catalog.kind",
       {choice, "sqlite", 0, 0, {"sqlite", "postgres"}},
       "Where nodes, uploads and waiting events are kept: sqlite is the file catalog.db in the data folder, "
       "postgres is catalog.url.",
       [](Config& c, const Value& v) {
         c.catalog = v.number == 0 ? CatalogKind::sqlite : CatalogKind::postgres;
       }},
      {"catalog.retention",
       {duration, "90d", kHour, 100 * kYear},
       "How long the rows of ended uploads are kept. The node of a stored object is never dropped.",
       [](Config& c, const Value& v) { c.policy.retention = Millis{v.number}; }},
  };
}

/// The catalog in PostgreSQL.
std::vector<ServerKey> postgres_keys() {
  using enum ValueKind;
  return {
      {"catalog.url",
       {text, ""},
       "Of postgres: as libpq takes it, postgresql://USER@HOST:PORT/DATABASE?sslmode=verify-full or "
       "key=value; "
       "of several HOST:PORT with commas between them, the one that takes writes. What it says nothing of "
       "comes "
       "from libpq's own environment variables and files.",
       [](Config& c, const Value& v) {
         postgres::check_url(v.text);
         c.postgres.url = v.text;
       }},
      {"catalog.password",
       {secret, ""},
       "The user's password. It is never printed or logged; better in the environment, or in a file that the "
       "URL "
       "names (passfile), than here.",
       [](Config& c, const Value& v) { c.postgres.password = Secret(v.text); }},
      {"catalog.schema",
       {text, "longshore"},
       "The schema in which the tables are; made if it is not there. Servers of one fleet name the same one.",
       [](Config& c, const Value& v) {
         if (!postgres::is_schema_name(v.text))
           throw Error(Reason::invalid_request, "lower case letters, digits and _, beginning with a letter");
         c.postgres.schema = v.text;
       }},
      {"catalog.connections",
       {count, "8", 1, 200},
       "Connections of this server, each with a thread; more calls wait. One more listens.",
       [](Config& c, const Value& v) { c.postgres.connections = static_cast<std::size_t>(v.number); }},
      {"catalog.timeout",
       {duration, "5s", 100, kHour},
       "For one call, and for each statement at the server. Until then a call that was not done is tried "
       "again.",
       [](Config& c, const Value& v) { c.postgres.timeout = Millis{v.number}; }},
  };
}

void set_kafka_option(Config& config, const std::string& name, const std::string& text) {
  const Secret value(text);
  if (const auto why = kafka::why_not(name, value)) throw Error(Reason::invalid_request, *why);
  config.kafka.settings.insert_or_assign(name, value);
}

std::vector<ServerKey> events_keys() {
  using enum ValueKind;
  return {
      {"events.kind",
       {choice, "file", 0, 0, {"file", "kafka", "none"}},
       "Where events go: file is events.jsonl in the data folder, kafka is events.brokers, none drops them.",
       [](Config& c, const Value& v) { c.events = static_cast<EventsKind>(v.number); }},
      {"events.brokers",
       {text, ""},
       "Of kafka: HOST:PORT with commas between them; some of the brokers, which name the others.",
       [](Config& c, const Value& v) { c.kafka.brokers = v.text; }},
      {"events.format",
       {choice, "protobuf", 0, 0, {"protobuf", "json"}},
       "Of kafka: what the records hold (docs/formats/events-kafka.md).",
       [](Config& c, const Value& v) { c.event_format = static_cast<event_kafka::Format>(v.number); }},
      {"events.options",
       {table, ""},
       "Of kafka: settings of librdkafka, such as \"security.protocol\" = \"SASL_SSL\".",
       [](Config& c, const Value& v) {
         for (const auto& [name, text] : v.table) {
           if (kafka::holds_a_secret(name))
             throw Error(Reason::invalid_request, name + " belongs into events.secret_options");
           set_kafka_option(c, name, text);
         }
       }},
      {"events.secret_options",
       {secret_table, ""},
       "Of kafka: further ones that are never printed or logged, such as \"sasl.password\"; better in the "
       "environment than in a file.",
       [](Config& c, const Value& v) {
         for (const auto& [name, text] : v.table) set_kafka_option(c, name, text);
       }},
      {"events.timeout",
       {duration, "5s", 100, (kDrainClaim - kDrainTime).count() - kSecond},
       "Of kafka: until then an event is sent again by itself; later the outbox tries again.",
       [](Config& c, const Value& v) { c.kafka.timeout = Millis{v.number}; }},
  };
}

std::vector<ServerKey> sweep_keys() {
  using enum ValueKind;
  return {
      {"sweep.idle",
       {duration, "24h", kSecond, kYear},
       "An upload without a byte for so long is EXPIRED.",
       [](Config& c, const Value& v) { c.policy.idle = Millis{v.number}; }},
      {"sweep.lifetime",
       {duration, "6d", kSecond, kYear},
       "An upload that is not complete after so long is EXPIRED.",
       [](Config& c, const Value& v) { c.policy.lifetime = Millis{v.number}; }},
      {"sweep.orphan_age",
       {duration, "24h", kSecond, kYear},
       "How long after an upload has ended the store is looked at once more for late leftovers.",
       [](Config& c, const Value& v) { c.policy.orphan_age = Millis{v.number}; }},
      {"sweep.sha256",
       {choice, "off", 0, 0, {"off", "read-back"}},
       "Objects whose SHA-256 is not known because their parts did not come in order: read-back reads each "
       "of them once, after its "
       "completion.",
       [](Config& c, const Value& v) { c.policy.sha256_in_background = v.number == 1; }},
      {"sweep.interval",
       {duration, "1m", 100, kDay},
       "How often the sweep looks for what is due.",
       [](Config& c, const Value& v) { c.sweep_interval = Millis{v.number}; }},
  };
}

/// For those who watch it.
std::vector<ServerKey> watching_keys() {
  using enum ValueKind;
  return {
      {"metrics.listen",
       {endpoint, ""},
       "A second port that serves /metrics, /healthz and /readyz alone; then the first one no longer serves "
       "/metrics. Empty: none.",
       [](Config& c, const Value& v) {
         c.metrics.separate = !v.text.empty();
         c.metrics.listen = v.endpoint;
       }},
      {"log.format",
       {choice, "text", 0, 0, {"text", "json"}},
       "How a line of the log looks; the log goes to standard error.",
       [](Config& c, const Value& v) { c.log.format = parse_log_format(v.text).value(); }},
      {"log.level",
       {choice, "info", 0, 0, {"debug", "info", "warn", "error"}},
       "Lines below this level are not written.",
       [](Config& c, const Value& v) { c.log.level = parse_log_level(v.text).value(); }},
  };
}

/// The bucket, and who we are there.
std::vector<DriveKey> bucket_keys() {
  using enum ValueKind;
  return {
      {"s3.endpoint",
       {text, ""},
       "The store's URL, such as \"https://minio.example.org:9000\". Empty: AWS, by the region.",
       [](DriveConfig& d, const Value& v) { d.s3.place.endpoint = v.text; }},
      {"s3.region",
       {text, "us-east-1"},
       "Where the bucket is; part of every signature.",
       [](DriveConfig& d, const Value& v) { d.s3.place.region = v.text; }},
      {"s3.bucket",
       {text, ""},
       "The bucket. It must be there.",
       [](DriveConfig& d, const Value& v) { d.s3.place.bucket = v.text; }},
      {"s3.addressing",
       {choice, "auto", 0, 0, {"auto", "path", "virtual"}},
       "Where the bucket's name stands: in the path or before the host. auto: before the host at AWS, unless "
       "it has dots.",
       [](DriveConfig& d, const Value& v) { d.s3.place.addressing = static_cast<s3::Addressing>(v.number); }},
      {"s3.accelerate",
       {yes_no, "false"},
       "AWS's accelerated endpoint.",
       [](DriveConfig& d, const Value& v) { d.s3.place.accelerate = v.number == 1; }},
      {"s3.dual_stack",
       {yes_no, "false"},
       "AWS's endpoint that speaks IPv6 too.",
       [](DriveConfig& d, const Value& v) { d.s3.place.dual_stack = v.number == 1; }},
      {"s3.credentials",
       {choice, "auto", 0, 0, {"auto", "static", "env", "profile", "web_identity", "container", "instance"}},
       "Where the credentials come from. static: access_key and secret_key; the others as AWS's own tools "
       "have "
       "them. auto: static where access_key is set, else the first of the others that is configured. What "
       "was "
       "chosen once is never left for another one.",
       [](DriveConfig& d, const Value& v) {
         d.s3.credentials.kind = static_cast<aws::CredentialsKind>(v.number);
       }},
      {"s3.access_key",
       {text, ""},
       "The name of the key, of static credentials.",
       [](DriveConfig& d, const Value& v) { d.s3.credentials.access_key_id = v.text; }},
      {"s3.secret_key",
       {secret, ""},
       "The key itself. It is never printed or logged; better in the environment than in a file.",
       [](DriveConfig& d, const Value& v) { d.s3.credentials.secret_access_key = Secret(v.text); }},
  };
}

/// How the bucket is spoken to.
std::vector<DriveKey> wire_keys() {
  using enum ValueKind;
  return {
      {"s3.ca_file",
       {file, ""},
       "A PEM file of the authorities that the store's certificate may come from. Empty: the system's.",
       [](DriveConfig& d, const Value& v) { d.s3.ca_file = v.text; }},
      {"s3.connections",
       {count, "50", 1, 10'000},
       "Connections to the store at the same time; more requests wait.",
       [](DriveConfig& d, const Value& v) { d.s3.connections_max = v.number; }},
      {"s3.connect_timeout",
       {duration, "10s", 100, kHour},
       "For a new connection. The addresses of the endpoint's name are tried one beside the other, each "
       "250 ms after the one before, until one answers.",
       [](DriveConfig& d, const Value& v) { d.s3.connect_timeout = Millis{v.number}; }},
      {"s3.read_timeout",
       {duration, "60s", 100, kHour},
       "Without a byte from the store. Completions may take 15 minutes all the same.",
       [](DriveConfig& d, const Value& v) { d.s3.read_timeout = Millis{v.number}; }},
      {"s3.checksum",
       {choice, "auto", 0, 0, {"auto", "crc32c", "crc64nvme", "none"}},
       "What guards the bytes on their way besides TLS. auto: CRC32C or CRC64NVME in the best way that the "
       "store takes, found out at the start with objects named longshore-probe/...; a name: this one, and a "
       "store that does not take it is refused. Open uploads keep what they were begun with.",
       [](DriveConfig& d, const Value& v) { d.s3.checksums = static_cast<s3::ChecksumChoice>(v.number); }},
      {"s3.expect_continue",
       {choice, "auto", 0, 0, {"auto", "on", "off"}},
       "Whether large bodies wait for the store to say that it wants them, so that a refusal costs no bytes. "
       "auto: while it does say so; some proxies never let it. on: always, but for an hour after the store "
       "has refused the question itself (417).",
       [](DriveConfig& d, const Value& v) {
         d.s3.expect_continue = static_cast<s3::ExpectContinue>(v.number);
       }},
      {"s3.retries",
       {count, "3", 0, 20},
       "How often a request that may succeed later is sent again, where its bytes are still there.",
       [](DriveConfig& d, const Value& v) { d.s3.retries = static_cast<std::int32_t>(v.number); }},
  };
}

std::vector<DriveKey> drive_own_keys() {
  using enum ValueKind;
  return {
      {"kind",
       {choice, "directory", 0, 0, {"directory", "s3"}},
       "What the objects are kept in: a folder, or a bucket of S3 or of a store that speaks its protocol.",
       [](DriveConfig& d, const Value& v) { d.kind = v.number == 0 ? StoreKind::directory : StoreKind::s3; }},
      {"directory.path",
       {folder, ""},
       "The folder; made if it is not there. Empty: store in the data folder, for [drives.NAME] "
       "store-NAME.",
       [](DriveConfig& d, const Value& v) { d.directory = v.text; }},
      {"key_template",
       {text, "connectors/{connector}/{upload}.pb"},
       "The name of each object in its store. Words: {connector} {upload} {node} {drive} {path} {name} "
       "{yyyy} {mm} {dd}; {upload} must be there.",
       [](DriveConfig& d, const Value& v) { d.key_template = KeyTemplate(v.text); }},
      {"single_put_threshold",
       {size, "100MiB", 0, 5 * GiB},
       "Up to here an object of known size is stored in one step, without parts.",
       [](DriveConfig& d, const Value& v) { d.limits.single_put_threshold = v.number; }},
      {"part_bytes_min",
       {size, "5MiB", 1, 5 * GiB},
       "The smallest part, but for the last one.",
       [](DriveConfig& d, const Value& v) { d.limits.part_bytes_min = v.number; }},
      {"part_bytes_max",
       {size, "5GiB", 1, 5 * GiB},
       "The largest part.",
       [](DriveConfig& d, const Value& v) { d.limits.part_bytes_max = v.number; }},
      {"part_bytes_unknown_length",
       {size, "16MiB", 1, GiB},
       "The part size of a body whose length is not known beforehand. One such part is held in memory; times "
       "parts_max it is the largest such object.",
       [](DriveConfig& d, const Value& v) { d.limits.part_bytes_unknown_length = v.number; }},
      {"parts_max",
       {count, "10000", 1, kManyParts},
       "Parts an object.",
       [](DriveConfig& d, const Value& v) { d.limits.parts_max = static_cast<std::int32_t>(v.number); }},
      {"object_bytes_max",
       {size, "5TiB", 1, kObjectBytesMax},
       "The largest object.",
       [](DriveConfig& d, const Value& v) { d.limits.object_bytes_max = v.number; }},
      {"profile",
       {choice,
        "auto",
        0,
        0,
        {"auto", "aws", "minio", "garage", "ceph", "r2", "b2", "gcs", "wasabi", "scaleway", "ecs",
         "storagegrid"}},
       "Of a bucket: which store it is, where stores differ and cannot be asked. Narrows the limits above. "
       "auto: by "
       "the endpoint's name, or by what the server calls itself.",
       [](DriveConfig& d, const Value& v) { d.s3.profile = s3::find_profile(v.text); }},
      {"unfinished_lifetime",
       {duration, "0s", 0, kYear},
       "Of a bucket: after how long the store itself ends unfinished uploads, by a rule of yours for "
       "instance; "
       "uploads expire before that. 0s: as the profile knows.",
       [](DriveConfig& d, const Value& v) {
         if (v.number > 0) d.s3.unfinished_lifetime = Millis{v.number};
       }},
      {"completion_deadline",
       {duration, "15m", 10'000, kCompletionDeadline.count()},
       "Of a bucket: so long a completion may take at the store. For twice that time after one was sent "
       "whose answer was lost, "
       "nothing else is done with that upload where its outcome cannot be seen.",
       [](DriveConfig& d, const Value& v) { d.s3.completion_deadline = Millis{v.number}; }},
  };
}

}  // namespace

const std::vector<ServerKey>& server_keys() {
  static const std::vector<ServerKey> keys = [] {
    std::vector<ServerKey> all;
    for (const auto& section : {http_keys(), grpc_keys(), limits_keys(), state_keys(), catalog_keys(),
                                postgres_keys(), events_keys(), sweep_keys(), watching_keys()}) {
      all.insert(all.end(), section.begin(), section.end());
    }
    return all;
  }();
  return keys;
}

const std::vector<DriveKey>& drive_keys() {
  static const std::vector<DriveKey> keys = [] {
    std::vector<DriveKey> all;
    for (const auto& section : {drive_own_keys(), bucket_keys(), wire_keys()})
      all.insert(all.end(), section.begin(), section.end());
    return all;
  }();
  return keys;
}

std::string section_of(const DriveName& name) {
  return name.str() == kDefaultDrive ? "store" : "drives." + name.str();
}

std::string environment_name(std::string_view full_key) {
  std::string name = "LONGSHORE_";
  for (const char c : full_key) {
    if (c == '.')
      name += '_';
    else
      name += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  }
  return name;
}

}  // namespace longshore::server

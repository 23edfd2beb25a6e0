#pragma once

#include <concepts>
#include <cstdint>
#include <initializer_list>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/clock.h"

namespace longshore {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

std::optional<LogLevel> parse_log_level(std::string_view text);    // "debug", "info", "warn", "error"
std::optional<LogFormat> parse_log_format(std::string_view text);  // "text", "json"

/// A name and a value of a record. Refers to the caller's text: made in the call, not kept. Units stand last
/// in the name
/// ("duration_ms", "part_bytes").
class LogField {
 public:
  using Value = std::variant<std::string_view, std::int64_t, double, bool>;

  LogField(std::string_view name, std::string_view value) : name_(name), value_(value) {}
  LogField(std::string_view name, const char* value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, const std::string& value) : LogField(name, std::string_view(value)) {}
  LogField(std::string_view name, bool value) : name_(name), value_(value) {}
  LogField(std::string_view name, double value) : name_(name), value_(value) {}
  LogField(std::string_view name, Millis value) : LogField(name, std::int64_t{value.count()}) {}
  template <std::integral T>
  LogField(std::string_view name, T value) : name_(name), value_(static_cast<std::int64_t>(value)) {}

  [[nodiscard]] std::string_view name() const { return name_; }
  [[nodiscard]] const Value& value() const { return value_; }

 private:
  std::string_view name_;
  Value value_;
};

using LogFields = std::initializer_list<LogField>;

/// Structured logging: one line a record, as text ("TIME LEVEL message name=value ...") or as a JSON object.
/// Whatever a client put into a value, it cannot begin a new line, drive a terminal or break the JSON; values
/// are cut at kValueBytesMax. Secrets do not get through: text values of fields named like one are masked,
/// and so are query strings and passwords of URLs in all texts (redact.h).
///
/// A value type, cheap to copy; with() gives one that adds fields to each record, as the request id.
/// Thread-safe.
///
///     const Log log = server_log.with({{"request_id", id}});
///     log.info("part stored", {{"upload", upload.str()}, {"part_bytes", size}});
class Log {
 public:
  static constexpr std::size_t kValueBytesMax = 2048;  // a line stays readable, and a client cannot fill the
                                                       // disk with one

  /// To standard error, written at once: nothing is lost when the process dies.
  static Log to_stderr(LogFormat format, LogLevel level, const Clock& clock);
  /// To a stream, for tests; it and the clock must outlive all copies.
  static Log to_stream(std::ostream& stream, LogFormat format, LogLevel level, const Clock& clock);
  /// Takes everything and writes nothing.
  static Log none();

  [[nodiscard]] Log with(LogFields fields) const;

  void debug(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kDebug, message, fields);
  }
  void info(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kInfo, message, fields);
  }
  void warn(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kWarn, message, fields);
  }
  void error(std::string_view message, LogFields fields = {}) const {
    write(LogLevel::kError, message, fields);
  }

  void write(LogLevel level, std::string_view message, LogFields fields) const;
  [[nodiscard]] bool enabled(LogLevel level) const;  // to spare the making of costly fields

 private:
  struct Target;
  explicit Log(std::shared_ptr<const Target> target) : target_(std::move(target)) {}

  std::shared_ptr<const Target> target_;  // null: none()
  std::string bound_;                     // the fields of with(), formatted
};

}  // namespace longshore

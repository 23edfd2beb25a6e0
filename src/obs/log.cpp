#include "obs/log.h"

#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/sinks/stdout_sinks.h>

#include "obs/log_format.h"

namespace longshore {

std::optional<LogLevel> parse_log_level(std::string_view text) {
  if (text == "debug") return LogLevel::kDebug;
  if (text == "info") return LogLevel::kInfo;
  if (text == "warn") return LogLevel::kWarn;
  if (text == "error") return LogLevel::kError;
  return std::nullopt;
}

std::optional<LogFormat> parse_log_format(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return std::nullopt;
}

/// spdlog writes the lines, whole and one after the other, flushing each; what is in them is made by
/// format_record().
struct Log::Target {
  Target(spdlog::sink_ptr sink, LogFormat as, LogLevel from, const Clock& time)
      : logger("longshore", std::move(sink)), format(as), level(from), clock(time) {
    logger.set_pattern("%v");
    logger.set_level(spdlog::level::trace);  // the level is checked before a line is made
    logger.flush_on(spdlog::level::trace);
  }

  mutable spdlog::logger logger;
  const LogFormat format;
  const LogLevel level;
  const Clock& clock;
};

Log Log::to_stderr(LogFormat format, LogLevel level, const Clock& clock) {
  return Log(
      std::make_shared<Target>(std::make_shared<spdlog::sinks::stderr_sink_mt>(), format, level, clock));
}

Log Log::to_stream(std::ostream& stream, LogFormat format, LogLevel level, const Clock& clock) {
  return Log(std::make_shared<Target>(std::make_shared<spdlog::sinks::ostream_sink_mt>(stream), format, level,
                                      clock));
}

Log Log::none() { return Log(nullptr); }

Log Log::with(LogFields fields) const {
  Log more = *this;
  if (target_) more.bound_ += format_fields(target_->format, fields);
  return more;
}

bool Log::enabled(LogLevel level) const { return target_ && level >= target_->level; }

void Log::write(LogLevel level, std::string_view message, LogFields fields) const {
  if (!enabled(level)) return;
  const std::string line = format_record(target_->format, target_->clock.now(), level, message, bound_,
                                         fields);
  target_->logger.log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace longshore

#include "wire/json_syntax.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace longshore {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;

/// "fileName" and "file_name" are one key: compared without underscores, as protobuf's reader maps the one to
/// the other.
std::string normal_key(std::string_view key) {
  std::string normal;
  bool upper_next = false;
  for (const char c : key) {
    if (c == '_') {
      upper_next = true;
      continue;
    }
    normal += upper_next && c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
    upper_next = false;
  }
  return normal;
}

/// The message that stands under `key` in a `message`; nullptr: something else, a map for instance.
const Descriptor* message_under(const Descriptor& message, const std::string& key) {
  for (int i = 0; i < message.field_count(); ++i) {
    const auto& field = *message.field(i);
    if (normal_key(field.name()) != normal_key(key)) continue;
    return field.is_map() ? nullptr : field.message_type();
  }
  return nullptr;
}

/// Receives the parser's events and refuses what protobuf's own reader lets through. Builds nothing but the
/// path of open keys.
class StrictHandler {
 public:
  explicit StrictHandler(const Descriptor& message) : message_(message) {}

  static constexpr std::size_t max_object_size = 1024;  // keys in one object: far above any message, metadata
                                                        // included
  static constexpr std::size_t max_array_size = 1024;
  static constexpr std::size_t max_key_size = 64 * 1024;           // the texts are bounded by the caller;
  static constexpr std::size_t max_string_size = 4 * 1024 * 1024;  // these only have to be above that

  std::optional<JsonProblem> problem;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& ec) {
    if (in_array()) return refuse(ec, "a list of objects is not expected here");
    const Descriptor* message = &message_;
    if (!levels_.empty()) {
      const Level& outer = levels_.back();
      message = outer.message == nullptr ? nullptr : message_under(*outer.message, outer.key);
    }
    levels_.push_back({.message = message});
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    levels_.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code& ec) {
    if (levels_.empty()) return refuse(ec, "a JSON object is expected");
    if (in_array()) return refuse(ec, "a list within a list is not expected here");
    levels_.back().in_array = true;
    return true;
  }
  bool on_array_end(std::size_t, json::error_code&) {
    levels_.back().in_array = false;
    return true;
  }

  bool on_key_part(json::string_view part, std::size_t, json::error_code& ec) {
    key_.append(part);
    return check_text(part, ec);
  }
  bool on_key(json::string_view part, std::size_t, json::error_code& ec) {
    key_.append(part);
    if (!check_text(part, ec)) return false;
    Level& level = levels_.back();
    level.key = std::exchange(key_, {});
    // In a map (metadata, tags) the keys are the client's own words: there "a_b" and "aB" are two.
    if (!level.seen.insert(level.message != nullptr ? normal_key(level.key) : level.key).second) {
      return refuse(ec, "the key stands here twice");
    }
    return true;
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code& ec) {
    return check_text(part, ec);
  }
  bool on_string(json::string_view part, std::size_t, json::error_code& ec) {
    return check_text(part, ec) && check_place(ec);
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t, json::string_view, json::error_code& ec) { return check_place(ec); }
  bool on_uint64(std::uint64_t, json::string_view, json::error_code& ec) { return check_place(ec); }
  bool on_double(double, json::string_view, json::error_code& ec) {
    return refuse(ec, "a whole number of 64 bits is expected, without fraction or exponent");
  }
  bool on_bool(bool, json::error_code& ec) { return check_place(ec); }
  bool on_null(json::error_code& ec) { return check_place(ec); }
  bool on_comment_part(json::string_view, json::error_code&) { return true; }
  bool on_comment(json::string_view, json::error_code&) { return true; }

  /// Where the parser is, for messages: the open keys, joined by dots.
  [[nodiscard]] std::string path() const {
    std::string path;
    for (const Level& level : levels_) {
      if (level.key.empty()) continue;
      if (!path.empty()) path += '.';
      path += level.key;
    }
    return path;
  }

 private:
  struct Level {
    const Descriptor* message;  // whose keys these are; nullptr: of none
    std::string key = {};
    std::set<std::string> seen = {};
    bool in_array = false;
  };

  [[nodiscard]] bool in_array() const { return !levels_.empty() && levels_.back().in_array; }

  bool check_place(json::error_code& ec) {
    return levels_.empty() ? refuse(ec, "a JSON object is expected") : true;
  }
  bool check_text(json::string_view part, json::error_code& ec) {
    return part.find('\0') == json::string_view::npos ? true : refuse(ec, "U+0000 is not taken in a text");
  }
  bool refuse(json::error_code& ec, std::string what) {
    problem = JsonProblem{path(), std::move(what)};
    ec = json::error::extra_data;  // any error stops the parser; `problem` says which
    return false;
  }

  const Descriptor& message_;
  std::vector<Level> levels_;
  std::string key_;
};

}  // namespace

std::optional<JsonProblem> check_json_syntax(std::string_view text, const Descriptor& message) {
  json::parse_options options;  // RFC 8259: no comments, no trailing commas, no invalid UTF-8
  options.max_depth = kJsonDepthMax;
  json::basic_parser<StrictHandler> parser(options, message);
  json::error_code ec;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
  StrictHandler& handler = parser.handler();
  if (handler.problem) return handler.problem;
  if (ec == json::error::too_deep) return JsonProblem{"", "nested deeper than 16"};
  if (ec) return JsonProblem{handler.path(), "this is not JSON: " + ec.message()};
  if (text.find_first_not_of(" \t\r\n", consumed) != std::string_view::npos) {
    return JsonProblem{"", "something follows the JSON object"};
  }
  return std::nullopt;
}

}  // namespace longshore

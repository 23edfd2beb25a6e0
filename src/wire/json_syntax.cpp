#include "wire/json_syntax.h"

#include <charconv>
#include <cstdint>
#include <functional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/json/basic_parser_impl.hpp>

namespace longshore {
namespace {

namespace json = boost::json;
using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;

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

const FieldDescriptor* field_of(const Descriptor& message, const std::string& key) {
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor* field = message.field(i);
    if (field->json_name() == key || field->name() == key) return field;
  }
  return nullptr;
}

std::string names_of(const EnumDescriptor& values) {
  std::string names;
  for (int i = 0; i < values.value_count(); ++i) {
    names += (names.empty() ? "" : ", ") + values.value(i)->name();
  }
  return names;
}

/// What a field takes, for people.
std::string expected(const FieldDescriptor& field) {
  if (field.is_map()) return "must be an object whose values are texts";
  if (field.is_repeated()) return "must be a list";
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return "must be an object";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "must be true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return "must be one of " + names_of(*field.enum_type());
    case FieldDescriptor::CPPTYPE_STRING:
      return field.type() == FieldDescriptor::TYPE_BYTES ? "must be a text in base64" : "must be a text";
    default:
      return "must be a whole number, as a number or as a text of digits";
  }
}

template <class Number>
bool is_whole(std::string_view text) {
  Number number{};
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const std::string_view digits = text.substr(text.starts_with('-') ? 1 : 0);
  const bool one_spelling = digits == "0" || !digits.starts_with('0');
  return error == std::errc{} && stop == text.data() + text.size() && one_spelling;
}

/// Whether `text`, a number or a text of digits, fits into the field.
bool is_whole_for(const FieldDescriptor& field, std::string_view text) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_INT32:
      return is_whole<std::int32_t>(text);
    case FieldDescriptor::CPPTYPE_INT64:
      return is_whole<std::int64_t>(text);
    case FieldDescriptor::CPPTYPE_UINT32:
      return is_whole<std::uint32_t>(text);
    case FieldDescriptor::CPPTYPE_UINT64:
      return is_whole<std::uint64_t>(text);
    default:
      return false;
  }
}

/// Whether a number as such may stand there: of an enum, one that has a name.
bool takes_number(const FieldDescriptor& field, std::string_view number) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) return is_whole_for(field, number);
  int value = 0;
  const auto [stop, error] = std::from_chars(number.data(), number.data() + number.size(), value);
  return error == std::errc{} && stop == number.data() + number.size() &&
         field.enum_type()->FindValueByNumber(value) != nullptr;
}

bool takes_text(const FieldDescriptor& field, const std::string& text) {
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) return true;
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM)
    return field.enum_type()->FindValueByName(text) != nullptr;
  return is_whole_for(field, text);
}

/// Receives the parser's events and refuses what protobuf's own reader lets through. Builds nothing but the
/// path of open keys.
class StrictHandler {
 public:
  StrictHandler(std::string_view text, const Descriptor& message) : text_(text), message_(message) {}

  static constexpr std::size_t max_object_size = 1024;  // keys in one object: far above any message, metadata
                                                        // included
  static constexpr std::size_t max_array_size = 1024;
  static constexpr std::size_t max_key_size = 1024;                // above any key of metadata or tags
  static constexpr std::size_t max_string_size = 4 * 1024 * 1024;  // the caller has bounded the whole text

  std::optional<JsonProblem> problem;
  std::optional<BytesText> bytes;

  bool on_document_begin(json::error_code&) { return true; }
  bool on_document_end(json::error_code&) { return true; }

  bool on_object_begin(json::error_code& ec) {
    if (levels_.empty()) {
      levels_.push_back({.message = &message_});
      return true;
    }
    const FieldDescriptor* field = levels_.back().field;
    if (field == nullptr || in_array() || field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
        (field->is_repeated() && !field->is_map())) {
      return refuse_kind(ec);
    }
    levels_.push_back({.message = field->is_map() ? nullptr : field->message_type()});
    return true;
  }
  bool on_object_end(std::size_t, json::error_code&) {
    levels_.pop_back();
    return true;
  }
  bool on_array_begin(json::error_code& ec) {
    if (levels_.empty()) return refuse(ec, "a JSON object is expected");
    const FieldDescriptor* field = levels_.back().field;
    if (field == nullptr || in_array() || !field->is_repeated() || field->is_map()) return refuse_kind(ec);
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
    if (level.message == nullptr) return true;
    level.field = field_of(*level.message, level.key);
    return level.field != nullptr ? true : refuse(ec, "there is no such field");
  }

  bool on_string_part(json::string_view part, std::size_t, json::error_code& ec) {
    keep_word(part);
    return check_text(part, ec);
  }
  bool on_string(json::string_view part, std::size_t whole, json::error_code& ec) {
    keep_word(part);
    const std::string word = std::exchange(word_, {});
    if (!check_text(part, ec) || !check_place(ec)) return false;
    const Level& level = levels_.back();
    if (level.message == nullptr) return true;  // a map's value
    if (!is_single(level) || !takes_text(*level.field, word)) return refuse_kind(ec);
    if (levels_.size() == 1 && !level.in_array && level.field->type() == FieldDescriptor::TYPE_BYTES &&
        part.size() == whole && is_in_text(part)) {
      bytes = BytesText{level.field, std::string_view(part.data(), part.size())};
    }
    return true;
  }
  bool on_number_part(json::string_view, json::error_code&) { return true; }
  bool on_int64(std::int64_t number, json::string_view, json::error_code& ec) {
    return check_number(std::to_string(number), ec);
  }
  bool on_uint64(std::uint64_t number, json::string_view, json::error_code& ec) {
    return check_number(std::to_string(number), ec);
  }
  bool on_double(double, json::string_view, json::error_code& ec) {
    return refuse(ec, "a number must be whole, of 64 bits, without fraction or exponent");
  }
  bool on_bool(bool, json::error_code& ec) {
    if (!check_place(ec)) return false;
    const Level& level = levels_.back();
    const bool taken = level.field != nullptr && is_single(level) &&
                       level.field->cpp_type() == FieldDescriptor::CPPTYPE_BOOL;
    return taken ? true : refuse_kind(ec);
  }
  /// As if the field were absent (so says the mapping); in a map or a list it would be a value.
  bool on_null(json::error_code& ec) {
    if (!check_place(ec)) return false;
    return levels_.back().field != nullptr && !in_array() ? true : refuse_kind(ec);
  }
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
  static constexpr std::size_t kWordMax = 64;

  struct Level {
    const Descriptor* message;               // whose keys these are; nullptr: a map's, whose values are texts
    const FieldDescriptor* field = nullptr;  // under the key; nullptr: in a map
    std::string key = {};
    std::set<std::string> seen = {};
    bool in_array = false;
  };

  /// Not put together elsewhere by the parser, as texts with escapes are.
  [[nodiscard]] bool is_in_text(json::string_view part) const {
    const std::less<> before;
    return !before(part.data(), text_.data()) && before(part.data(), text_.data() + text_.size());
  }

  [[nodiscard]] bool in_array() const { return !levels_.empty() && levels_.back().in_array; }

  bool check_place(json::error_code& ec) {
    return levels_.empty() ? refuse(ec, "a JSON object is expected") : true;
  }
  bool check_number(const std::string& number, json::error_code& ec) {
    if (!check_place(ec)) return false;
    const Level& level = levels_.back();
    const bool taken = level.field != nullptr && is_single(level) && takes_number(*level.field, number);
    return taken ? true : refuse_kind(ec);
  }
  /// Not a list or a map as a whole. Messages have fields that take neither number nor text.
  [[nodiscard]] static bool is_single(const Level& level) {
    return !level.field->is_repeated() || level.in_array;
  }
  /// Of a text that shall be a number or a name; what is longer is neither.
  void keep_word(json::string_view part) {
    if (word_.size() <= kWordMax) word_.append(part.substr(0, kWordMax + 1));
  }
  bool refuse_kind(json::error_code& ec) {
    const FieldDescriptor* field = levels_.back().field;
    return refuse(ec, field == nullptr ? "must be a text" : expected(*field));
  }
  bool check_text(json::string_view part, json::error_code& ec) {
    return part.find('\0') == json::string_view::npos ? true : refuse(ec, "U+0000 is not taken in a text");
  }
  bool refuse(json::error_code& ec, std::string what) {
    problem = JsonProblem{path(), std::move(what)};
    ec = json::error::extra_data;  // any error stops the parser; `problem` says which
    return false;
  }

  const std::string_view text_;
  const Descriptor& message_;
  std::vector<Level> levels_;
  std::string key_;
  std::string word_;
};

}  // namespace

std::optional<JsonProblem> check_json_syntax(std::string_view text, const Descriptor& message,
                                             std::optional<BytesText>& bytes) {
  json::parse_options options;  // RFC 8259: no comments, no trailing commas, no invalid UTF-8
  options.max_depth = kJsonDepthMax;
  json::basic_parser<StrictHandler> parser(options, text, message);
  json::error_code ec;
  const std::size_t consumed = parser.write_some(false, text.data(), text.size(), ec);
  StrictHandler& handler = parser.handler();
  if (handler.problem) return handler.problem;
  if (ec == json::error::too_deep) return JsonProblem{"", "nested deeper than 16"};
  if (ec) return JsonProblem{handler.path(), "this is not JSON: " + ec.message()};
  if (text.find_first_not_of(" \t\r\n", consumed) != std::string_view::npos) {
    return JsonProblem{"", "something follows the JSON object"};
  }
  bytes = handler.bytes;
  return std::nullopt;
}

}  // namespace longshore

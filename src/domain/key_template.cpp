#include "domain/key_template.h"

#include <array>
#include <cstdio>
#include <functional>

#include "base/encoding.h"
#include "domain/error.h"

namespace longshore {
namespace {

constexpr std::string_view kDefault = "connectors/{connector}/{upload}.pb";
constexpr std::size_t kKeyBytesMax = 1024;  // S3 "Object key names"

// One path segment: nothing in it can end it or climb out of it.
std::string segment(std::string_view value) {
  if (value == ".") return "%2E";
  if (value == "..") return "%2E%2E";
  return percent_encode(value);
}

std::string path_segments(std::string_view path) {
  std::string out;
  while (!path.empty()) {
    const auto slash = path.find('/');
    const auto part = path.substr(0, slash);
    if (!part.empty()) out += (out.empty() ? "" : "/") + segment(part);
    path = slash == std::string_view::npos ? std::string_view{} : path.substr(slash + 1);
  }
  return out;
}

struct Word {
  std::string_view name;
  std::string (*value)(const KeyWords&);
};

std::string date_part(const KeyWords& words, std::string_view which) {
  const std::chrono::year_month_day date{std::chrono::floor<std::chrono::days>(words.now)};
  char text[8];
  if (which == "yyyy") std::snprintf(text, sizeof text, "%04d", static_cast<int>(date.year()));
  if (which == "mm") std::snprintf(text, sizeof text, "%02u", static_cast<unsigned>(date.month()));
  if (which == "dd") std::snprintf(text, sizeof text, "%02u", static_cast<unsigned>(date.day()));
  return text;
}

constexpr std::array<Word, 9> kWords{{
    {"connector", [](const KeyWords& w) { return segment(w.connector.str()); }},
    {"upload", [](const KeyWords& w) { return segment(w.upload.str()); }},
    {"node", [](const KeyWords& w) { return segment(w.node.str()); }},
    {"drive", [](const KeyWords& w) { return segment(w.drive.str()); }},
    {"path", [](const KeyWords& w) { return path_segments(w.path); }},
    {"name", [](const KeyWords& w) { return segment(w.name); }},
    {"yyyy", [](const KeyWords& w) { return date_part(w, "yyyy"); }},
    {"mm", [](const KeyWords& w) { return date_part(w, "mm"); }},
    {"dd", [](const KeyWords& w) { return date_part(w, "dd"); }},
}};

const Word* find_word(std::string_view name) {
  for (const Word& word : kWords)
    if (word.name == name) return &word;
  return nullptr;
}

// Calls `text` for each literal stretch and `word` for each {word}, in order.
void walk(std::string_view rest, const std::function<void(std::string_view)>& text,
          const std::function<void(std::string_view)>& word) {
  while (!rest.empty()) {
    const auto open = rest.find('{');
    text(rest.substr(0, open));
    if (open == std::string_view::npos) return;
    const auto close = rest.find('}', open);
    if (close == std::string_view::npos)
      throw invalid_field("key_template", "key_template: a '{' without its '}'");
    word(rest.substr(open + 1, close - open - 1));
    rest.remove_prefix(close + 1);
  }
}

}  // namespace

KeyTemplate::KeyTemplate() : text_(kDefault) {}

KeyTemplate::KeyTemplate(std::string_view text) : text_(text) {
  bool has_upload = false;
  std::string bare = "/";  // what is left where the words that can be empty are
  walk(
      text_,
      [&](std::string_view literal) {
        if (literal.find('}') != std::string_view::npos)
          throw invalid_field("key_template", "key_template: a '}' without its '{'");
        if (has_control_characters(literal) || !is_valid_utf8(literal))
          throw invalid_field("key_template", "key_template holds control characters or is not UTF-8");
        bare += literal;
      },
      [&](std::string_view word) {
        if (find_word(word) == nullptr)
          throw invalid_field("key_template",
                              "key_template: unknown word {" + std::string(word) +
                                  "}; known are {connector} {upload} {node} {drive} {path} {name} "
                                  "{yyyy} {mm} {dd}");
        has_upload = has_upload || word == "upload";
        if (word != "path" && word != "name") bare += 'x';
      });
  if (!has_upload)
    throw invalid_field("key_template",
                        "key_template must hold {upload}: every upload writes to a key of its own");
  if (text_.starts_with('/') || text_.find("//") != std::string::npos)
    throw invalid_field("key_template", "key_template must not begin with a slash nor hold two in a row");
  bare += '/';
  if (bare.find("/./") != std::string::npos || bare.find("/../") != std::string::npos)
    throw invalid_field("key_template", "key_template must not hold the segments . or ..");
}

ObjectKey KeyTemplate::expand(const KeyWords& words) const {
  std::string key;
  walk(
      text_,
      [&](std::string_view literal) {
        // A word that came out empty ({path}) leaves no empty segment behind.
        if (literal.starts_with('/') && (key.empty() || key.ends_with('/'))) literal.remove_prefix(1);
        key += literal;
      },
      [&](std::string_view word) { key += find_word(word)->value(words); });
  if (key.size() > kKeyBytesMax)
    throw out_of_limits("name", kKeyBytesMax,
                        "path and name make a key of more than 1024 bytes with this drive's key_template; "
                        "shorten them");
  return ObjectKey{key};
}

}  // namespace longshore

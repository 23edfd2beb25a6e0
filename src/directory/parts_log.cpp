#include "directory/parts_log.h"

#include <charconv>
#include <cstdio>
#include <vector>

#include "base/hash.h"
#include "domain/error.h"

namespace longshore::directory {

namespace {

constexpr std::size_t kCrcDigits = 8;

std::string hex8(std::uint32_t value) {
  char text[kCrcDigits + 1];
  std::snprintf(text, sizeof text, "%08x", value);
  return text;
}

std::uint32_t crc_of(std::string_view text) {
  Crc32c crc;
  crc.update(as_bytes(text));
  return crc.value();
}

std::string line_of(const std::string& record) { return hex8(crc_of(record)) + " " + record + "\n"; }

template <class Number>
bool number_of(std::string_view text, Number& out, int base = 10) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out, base);
  return error == std::errc() && end == text.data() + text.size();
}

std::vector<std::string_view> words_of(std::string_view record) {
  std::vector<std::string_view> words;
  for (auto space = record.find(' '); space != std::string_view::npos; space = record.find(' ')) {
    words.push_back(record.substr(0, space));
    record.remove_prefix(space + 1);
  }
  words.push_back(record);
  return words;
}

bool apply_put(const std::vector<std::string_view>& words, Replayed& state) {
  std::int32_t number = 0;
  PartRow row;
  if (words.size() != 7 || !number_of(words[1], number) || !number_of(words[2], row.size) ||
      !number_of(words[3], row.crc32c, 16) || !number_of(words[6], row.place.offset)) {
    return false;
  }
  row.etag = ETag(std::string(words[4]));
  row.place.file = words[5];
  state.parts[PartNumber{number}] = std::move(row);
  return true;
}

/// False: not a record of this grammar.
bool apply(std::string_view record, Replayed& state) {
  const auto words = words_of(record);
  state.completed.reset();
  if (words[0] == "put") return apply_put(words, state);
  if (words[0] == "drop" && words.size() == 2) {
    std::int32_t number = 0;
    if (!number_of(words[1], number)) return false;
    state.parts.erase(PartNumber{number});
    return true;
  }
  if (words[0] == "complete" && words.size() == 2) {
    state.completed = std::string(words[1]);
    return true;
  }
  return words[0] == "open" && words.size() == 1;
}

bool is_whole(std::string_view line) {
  std::uint32_t crc = 0;
  return line.size() > kCrcDigits && line[kCrcDigits] == ' ' &&
         number_of(line.substr(0, kCrcDigits), crc, 16) && crc == crc_of(line.substr(kCrcDigits + 1));
}

}  // namespace

std::string put_line(PartNumber number, const PartRow& row) {
  return line_of("put " + std::to_string(number.value()) + " " + std::to_string(row.size) + " " +
                 hex8(row.crc32c) + " " + row.etag.str() + " " + row.place.file + " " +
                 std::to_string(row.place.offset));
}

std::string drop_line(PartNumber number) { return line_of("drop " + std::to_string(number.value())); }

std::string complete_line(std::string_view file) { return line_of("complete " + std::string(file)); }

std::string open_line() { return line_of("open"); }

Replayed replay(std::string_view log) {
  Replayed state;
  while (!log.empty()) {
    const auto end = log.find('\n');
    const bool last = end == std::string_view::npos || end + 1 == log.size();
    const std::string_view line = log.substr(0, end);
    const bool whole = end != std::string_view::npos && is_whole(line);
    if (!whole && last) break;  // torn by a crash: it was never answered for
    if (!whole || !apply(line.substr(kCrcDigits + 1), state)) {
      throw Error(Reason::integrity, "the list of an upload's parts is damaged");
    }
    state.good_bytes += static_cast<std::int64_t>(line.size()) + 1;
    log.remove_prefix(line.size() + 1);
  }
  return state;
}

}  // namespace longshore::directory

#include "tests/s3_script/case_file.h"

#include <charconv>
#include <fstream>
#include <limits>
#include <optional>
#include <sstream>
#include <stdexcept>

namespace longshore::s3_script {
namespace {

int number_of(std::string_view text) {
  int number = 0;
  const auto [stop, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || stop != text.data() + text.size())
    throw std::invalid_argument("no number: " + std::string(text));
  return number;
}

std::vector<std::string> words_of(const std::string& text) {
  std::istringstream in(text);
  std::vector<std::string> words;
  for (std::string word; in >> word;) words.push_back(word);
  return words;
}

/// "CALL WHICH ACTION ARGUMENTS": WHICH is a number, "N-M", "N-" or "*".
Rule rule_of(const std::string& text) {
  std::istringstream in(text);
  Rule rule{.call = {}, .action = {}, .arguments = {}};
  std::string which;
  in >> rule.call >> which >> rule.action;
  std::getline(in >> std::ws, rule.arguments);
  if (!is_call(rule.call)) throw std::invalid_argument("no such call: " + rule.call);
  if (!is_action(rule.action)) throw std::invalid_argument("no such action: " + rule.action);
  const std::size_t dash = which.find('-');
  if (which == "*") {
    rule.last = std::numeric_limits<int>::max();
  } else {
    rule.first = rule.last = number_of(which.substr(0, dash));
    if (dash != std::string::npos)
      rule.last = dash + 1 < which.size() ? number_of(which.substr(dash + 1))
                                          : std::numeric_limits<int>::max();
  }
  return rule;
}

Checksums checksums_of(const std::string& word) {
  if (word == "untaken") return Checksums::untaken;
  if (word == "taken") return Checksums::taken;
  if (word == "only-nvme") return Checksums::only_nvme;
  if (word == "only-composite") return Checksums::only_composite;
  throw std::invalid_argument("checksums are not " + word);
}

/// False: it is no setting.
bool set(WorldOptions& options, const std::vector<std::string>& words) {
  if (words.size() != 2) return false;
  if (words[0] == "profile") {
    if (s3::find_profile(words[1]) == nullptr) throw std::invalid_argument("no such profile: " + words[1]);
    options.profile = words[1];
  } else if (words[0] == "page") {
    options.s3.page = number_of(words[1]);
  } else if (words[0] == "read-timeout-ms") {
    options.read_timeout = Millis{number_of(words[1])};
  } else if (words[0] == "habit") {
    if (words[1] != "abort-of-unknown-succeeds") throw std::invalid_argument("no such habit: " + words[1]);
    options.s3.profile.abort_of_unknown_succeeds = true;
  } else if (words[0] == "checksums") {
    options.s3.checksums = checksums_of(words[1]);
    options.checksums = s3::ChecksumChoice::automatic;
  } else {
    return false;
  }
  return true;
}

Step step_of(const std::string& text) {
  const std::size_t arrow = text.find(" => ");
  Step step{.words = words_of(text.substr(0, arrow)), .expected = {}};
  if (arrow != std::string::npos)
    step.expected = text.substr(arrow + 4);
  else if (step.words[0] == "put")
    step.expected = "stored";
  return step;
}

}  // namespace

CaseFile read_case(const std::filesystem::path& file) {
  std::ifstream in(file);
  CaseFile read;
  std::string text;
  for (int line = 1; std::getline(in, text); ++line) {
    if (text.empty() || text[0] == '#') continue;
    try {
      if (text.starts_with("on ")) {
        read.options.s3.rules.push_back(rule_of(text.substr(3)));
        read.options.s3.rules.back().line = line;
      } else if (!set(read.options, words_of(text))) {
        read.steps.push_back(step_of(text));
        read.steps.back().line = line;
        World::check(read.steps.back().words);
      }
    } catch (const std::invalid_argument& error) {
      throw std::invalid_argument(file.filename().string() + ":" + std::to_string(line) + ": " +
                                  error.what());
    }
  }
  if (read.steps.empty()) throw std::invalid_argument(file.filename().string() + ": it says nothing");
  return read;
}

}  // namespace longshore::s3_script

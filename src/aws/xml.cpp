#include "aws/xml.h"

#include <algorithm>
#include <charconv>
#include <cstdint>

#include "base/encoding.h"

namespace longshore::aws {
namespace {

constexpr std::string_view kBlanks = " \t\r\n";
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

std::string_view without_blanks(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return {};
  text = text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

bool is_xml_character(std::uint32_t c) {
  if (c < 0x20) return c == '\t' || c == '\n' || c == '\r';
  return c != 0x7F && !(c >= 0xD800 && c <= 0xDFFF) && c != 0xFFFE && c != 0xFFFF && c <= 0x10FFFF;
}

// "&#...;", after the "&#": the library would let a NUL end the text.
bool is_good_reference(std::string_view rest) {
  const std::size_t end = rest.find(';');
  if (end == std::string_view::npos) return false;
  rest = rest.substr(0, end);
  const bool hex = rest.starts_with('x');
  if (hex) rest.remove_prefix(1);
  std::uint32_t value = 0;
  const auto [stop, error] = std::from_chars(rest.data(), rest.data() + rest.size(), value, hex ? 16 : 10);
  return error == std::errc() && stop == rest.data() + rest.size() && is_xml_character(value);
}

bool has_good_marks(std::string_view text) {
  std::size_t marks = 0;
  for (std::size_t at = 0; (at = text.find_first_of("<&", at)) != std::string_view::npos; ++at) {
    if (++marks > XmlDocument::kMarksMax) return false;
    const std::string_view rest = text.substr(at + 1);
    if (text[at] == '&' && rest.starts_with('#') && !is_good_reference(rest.substr(1))) return false;
  }
  return true;
}

bool has_good_characters(std::string_view text) {
  return is_valid_utf8(text) &&
         std::ranges::all_of(text, [](char c) { return is_xml_character(static_cast<unsigned char>(c)); });
}

bool is_allowed(pugi::xml_node_type type) {
  return type == pugi::node_element || type == pugi::node_pcdata || type == pugi::node_cdata;
}

// Comments, instructions and document types have no business in an answer; a comment would cut a text in two.
bool has_only_elements_and_text(const pugi::xml_node& root) {
  for (pugi::xml_node node = root.first_child(); node;) {
    if (!is_allowed(node.type())) return false;
    if (node.first_child()) {
      node = node.first_child();
      continue;
    }
    while (node != root && !node.next_sibling()) node = node.parent();
    if (node == root) break;
    node = node.next_sibling();
  }
  return true;
}

bool has_one_root(const pugi::xml_document& document) {
  int roots = 0;
  for (const pugi::xml_node& node : document.children()) {
    if (node.type() == pugi::node_declaration && node == document.first_child()) continue;
    if (node.type() != pugi::node_element || ++roots > 1) return false;
  }
  return roots == 1;
}

}  // namespace

std::optional<std::string> XmlElement::text(const char* child) const {
  const pugi::xml_node found = node_.child(child);
  if (!found || found.next_sibling(child)) return std::nullopt;
  std::string text;
  for (const pugi::xml_node& piece : found.children()) {
    if (piece.type() == pugi::node_element) return std::nullopt;
    text += piece.value();
  }
  return text;
}

std::optional<XmlElement> XmlElement::child(const char* name) const {
  const pugi::xml_node found = node_.child(name);
  if (!found || found.next_sibling(name)) return std::nullopt;
  return XmlElement(found);
}

std::vector<XmlElement> XmlElement::children(const char* name) const {
  std::vector<XmlElement> found;
  for (const pugi::xml_node& child : node_.children(name)) found.emplace_back(child);
  return found;
}

std::optional<XmlDocument> XmlDocument::parse(std::string_view text) {
  text = without_blanks(text);
  if (!has_good_characters(text) || !has_good_marks(text)) return std::nullopt;
  // Whatever the library would skip in silence is made a node, and so seen. A fragment: text beside the root
  // too.
  constexpr unsigned kFlags = pugi::parse_fragment | pugi::parse_declaration | pugi::parse_doctype |
                              pugi::parse_comments | pugi::parse_pi | pugi::parse_cdata |
                              pugi::parse_escapes | pugi::parse_ws_pcdata_single;
  XmlDocument result;
  const auto parsed = result.document_->load_buffer(text.data(), text.size(), kFlags, pugi::encoding_utf8);
  if (!parsed || !has_one_root(*result.document_)) return std::nullopt;
  if (!has_only_elements_and_text(result.document_->document_element())) return std::nullopt;
  return result;
}

}  // namespace longshore::aws

#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <pugixml.hpp>

namespace longshore::aws {

/// An element of an XmlDocument, which must outlive it.
class XmlElement {
 public:
  explicit XmlElement(pugi::xml_node node) : node_(node) {}

  [[nodiscard]] std::string_view name() const { return node_.name(); }
  /// All text of the one child of that name; nullopt: there is no such child, more than one, or it holds
  /// elements.
  [[nodiscard]] std::optional<std::string> text(const char* child) const;
  /// The one child of that name; nullopt: there is none, or more than one.
  [[nodiscard]] std::optional<XmlElement> child(const char* name) const;
  [[nodiscard]] std::vector<XmlElement> children(const char* name) const;

 private:
  pugi::xml_node node_;
};

/// XML that a server has sent, read strictly: the library accepts more than XML, and whoever reads more than
/// was meant takes a cut or forged answer for a whole one. Blanks around it are skipped, as S3 sends them
/// to keep a connection alive.
class XmlDocument {
 public:
  /// Elements and references that a text may have: above all lists that we ask for, and a bound on the memory
  /// of the tree.
  static constexpr std::size_t kMarksMax = 64 * 1024;

  /// nullopt: not well-formed, not UTF-8, cut off, more than one root, text beside the root, a DOCTYPE, a
  /// comment, a processing instruction, a control character, or too many elements.
  static std::optional<XmlDocument> parse(std::string_view text);

  [[nodiscard]] XmlElement root() const { return XmlElement(document_->document_element()); }

 private:
  XmlDocument() : document_(std::make_unique<pugi::xml_document>()) {}

  std::unique_ptr<pugi::xml_document> document_;
};

}  // namespace longshore::aws

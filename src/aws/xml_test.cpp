#include "aws/xml.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::aws {
namespace {

std::optional<std::string> key_of(const std::string& text) {
  const auto document = XmlDocument::parse(text);
  return document ? document->root().text("Key") : std::nullopt;
}

TEST(Xml, ReadsWhatStoresSend) {
  EXPECT_EQ(key_of("<R><Key>a</Key></R>"), "a");
  EXPECT_EQ(
      key_of("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<R xmlns=\"http://x/\">\n <Key>a</Key>\n</R>\n"),
      "a");
  EXPECT_EQ(key_of("<R><Key>&quot;a&amp;b&#34;&#x1F980;</Key></R>"), "\"a&b\"\U0001F980");
  EXPECT_EQ(key_of("<R><Key> </Key></R>"), " ");
  EXPECT_EQ(key_of("<R><Key/></R>"), "");
  EXPECT_EQ(key_of("<R><Key>a<![CDATA[<b>]]>c</Key></R>"), "a<b>c");
}

TEST(Xml, BlanksThatKeepAConnectionAliveAreSkipped) {
  EXPECT_EQ(key_of("  \n \r\n  <?xml version=\"1.0\"?><R><Key>a</Key></R>  \n"), "a");
  EXPECT_EQ(key_of("\xEF\xBB\xBF<R><Key>a</Key></R>"), "a");
  EXPECT_FALSE(XmlDocument::parse("   "));
  EXPECT_FALSE(XmlDocument::parse(""));
}

TEST(Xml, NothingIsReadOfWhatIsCutOff) {
  const std::string whole = "<?xml version=\"1.0\"?><R><Key>abc</Key><List><A>1</A></List></R>";
  for (std::size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(XmlDocument::parse(whole.substr(0, length))) << length;
  }
  EXPECT_TRUE(XmlDocument::parse(whole));
}

TEST(Xml, WhatIsNoXmlIsRefused) {
  for (const std::string text :
       {"<R></R><R></R>", "<R></R>text", "text<R></R>", "<?xml version=\"1.0\"?>text<R></R>", "<R></S>",
        "<!DOCTYPE html><R></R>", "<!DOCTYPE R [<!ENTITY a \"b\">]><R>&a;</R>", "<R><!DOCTYPE R></R>",
        "<!-- c --><R></R>", "<R><Key>a<!--x-->b</Key></R>", "<R><?php echo ?></R>", "<R></R><?pi?>",
        "<R><?xml version=\"1.0\"?></R>", "plain", "{\"a\":1}"}) {
    EXPECT_FALSE(XmlDocument::parse(text)) << text;
  }
}

TEST(Xml, CharactersThatAreNoneAreRefused) {
  for (const std::string& text :
       {std::string("<R>\xC3</R>"), std::string("<R>\xED\xA0\x80</R>"), std::string("<R>\x01</R>"),
        std::string("<R>\0</R>", 8), std::string("<R>&#0;</R>"), std::string("<R>&#x0;</R>"),
        std::string("<R>&#8;</R>"), std::string("<R>&#xD800;</R>"), std::string("<R>&#x110000;</R>"),
        std::string("<R>&#99999999999;</R>"), std::string("<R>&#;</R>"), std::string("<R>&#34</R>")}) {
    EXPECT_FALSE(XmlDocument::parse(text)) << text;
  }
}

TEST(Xml, AnElementThatStandsTwiceIsNeither) {
  EXPECT_EQ(key_of("<R><Key>a</Key><Key>b</Key></R>"), std::nullopt);
  EXPECT_EQ(key_of("<R><Key>a<b/></Key></R>"), std::nullopt);
  EXPECT_EQ(key_of("<R><Other>a</Other></R>"), std::nullopt);
  EXPECT_EQ(XmlDocument::parse("<R><Key>a</Key><Key>b</Key></R>")->root().children("Key").size(), 2U);
}

TEST(Xml, DepthAndNumberAreBounded) {
  std::string deep;
  for (int i = 0; i < 30'000; ++i) deep += "<a>";
  for (int i = 0; i < 30'000; ++i) deep += "</a>";
  EXPECT_TRUE(XmlDocument::parse(deep));
  std::string many = "<R>";
  for (std::size_t i = 0; i < XmlDocument::kMarksMax; ++i) many += "<a/>";
  EXPECT_FALSE(XmlDocument::parse(many + "</R>"));
}

}  // namespace
}  // namespace longshore::aws

#include "front/http/download_headers.h"

#include <string>

#include <gtest/gtest.h>

namespace longshore::http {
namespace {

Attributes attributes(std::string name, std::string type, std::string disposition = "") {
  Attributes out;
  out.name = std::move(name);
  out.mime_type = std::move(type);
  out.content_disposition = std::move(disposition);
  return out;
}

TEST(DownloadHeaders, OnlyHarmlessTypesAreShown) {
  EXPECT_EQ(content_disposition(attributes("", "text/plain; charset=utf-8")), "inline");
  EXPECT_EQ(content_disposition(attributes("", "Image/PNG")), "inline");
  for (const char* type :
       {"", "text/html", "image/svg+xml", "application/xhtml+xml", "text/xml", "application/pdf",
        "text/plainx", "application/javascript", "multipart/x-mixed-replace"}) {
    EXPECT_EQ(content_disposition(attributes("", type, "inline")), "attachment") << type;
  }
}

TEST(DownloadHeaders, TheUploaderMayOnlyAskForLess) {
  EXPECT_EQ(content_disposition(attributes("", "text/plain", "Attachment")), "attachment");
  EXPECT_EQ(content_disposition(attributes("", "text/html", "inline")), "attachment");
}

TEST(DownloadHeaders, TheUploadersFileNameComesBack) {
  EXPECT_EQ(content_disposition(attributes("n", "text/plain", "inline; filename=\"a b.txt\"")),
            "inline; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
  EXPECT_EQ(content_disposition(attributes("n", "text/html", "inline; filename*=UTF-8''%e2%82%ac")),
            "attachment; filename=\"___\"; filename*=UTF-8''%E2%82%AC");
  EXPECT_EQ(content_disposition(attributes("n", "text/plain", "inline; filename=\"../../x")),
            "attachment; filename=\"n\"; filename*=UTF-8''n");
}

TEST(DownloadHeaders, NamesStayInTheirPlace) {
  EXPECT_EQ(content_disposition(attributes("a b.txt", "text/plain")),
            "inline; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt");
  EXPECT_EQ(content_disposition(attributes("\"><script>", "")),
            "attachment; filename=\"___script_\"; filename*=UTF-8''%22%3E%3Cscript%3E");
  EXPECT_EQ(content_disposition(attributes("../../etc/passwd", "")),
            "attachment; filename=\".._.._etc_passwd\"; filename*=UTF-8''..%2F..%2Fetc%2Fpasswd");
  EXPECT_EQ(content_disposition(attributes("\xe2\x80\xae"
                                           "fdp.exe",
                                           "")),
            "attachment; filename=\"___fdp.exe\"; filename*=UTF-8''%E2%80%AEfdp.exe");
}

TEST(DownloadHeaders, TypeFallsBackToBytes) {
  EXPECT_EQ(content_type(attributes("", "")), "application/octet-stream");
  EXPECT_EQ(content_type(attributes("", "text/html")), "text/html");
}

}  // namespace
}  // namespace longshore::http

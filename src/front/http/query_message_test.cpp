#include "front/http/query_message.h"

#include <string>

#include "longshore/v1/longshore.pb.h"
#include <gtest/gtest.h>

#include "domain/error.h"

namespace longshore::http {
namespace {

template <class Message>
Message read(const std::string& query) {
  Message message;
  read_query(parse_target("/x?" + query, "h"), message);
  return message;
}

TEST(QueryMessage, FillsEachKindOfField) {
  const auto uploads = read<v1::ListUploadsRequest>(
      "state=COMPLETED&connector_id=a+b&older_than_epoch_ms=9223372036854775807&page_size=7&page_token=");
  EXPECT_EQ(uploads.state(), v1::COMPLETED);
  EXPECT_EQ(uploads.connector_id(), "a b");
  EXPECT_EQ(uploads.older_than_epoch_ms(), 9223372036854775807);
  EXPECT_EQ(uploads.page_size(), 7);
  EXPECT_TRUE(read<v1::DeleteNodeRequest>("purge=true").purge());
  EXPECT_FALSE(read<v1::DeleteNodeRequest>("purge=").purge());
  EXPECT_TRUE(read<v1::GetUploadLimitsRequest>("expected_size=0").has_expected_size());
  EXPECT_FALSE(read<v1::GetUploadLimitsRequest>("expected_size=").has_expected_size());
}

TEST(QueryMessage, NamesTheFieldThatIsWrong) {
  for (const std::string query : {"page_size=x", "page_size=1e3", "page_size=2147483648", "page_size=+1",
                                  "older_than_epoch_ms=9223372036854775808", "state=completed", "state=4"}) {
    try {
      read<v1::ListUploadsRequest>(query);
      ADD_FAILURE() << query;
    } catch (const Error& error) {
      EXPECT_EQ(error.reason(), Reason::invalid_request);
      EXPECT_EQ(error.details().field, query.substr(0, query.find('=')));
    }
  }
  EXPECT_THROW(read<v1::DeleteNodeRequest>("purge=1"), Error);
}

}  // namespace
}  // namespace longshore::http

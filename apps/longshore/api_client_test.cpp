#include "apps/longshore/api_client.h"

#include <gtest/gtest.h>

#include "net/http_error.h"

namespace longshore::cli {
namespace {

using Cure = Failure::Cure;

HttpResponse problem(int status, const std::string& reason) {
  return {.status = status, .body = R"({"reason": ")" + reason + R"(", "detail": "because"})"};
}

TEST(FailureFrom, KnowsWhatPasses) {
  struct Row {
    int status;
    const char* reason;
    Cure cure;
  };
  for (const Row& row :
       {Row{503, "DRAINING", Cure::later}, Row{503, "STORE_UNAVAILABLE", Cure::later},
        Row{500, "INTERNAL", Cure::later}, Row{429, "RATE_LIMITED", Cure::later},
        Row{409, "PART_IN_PROGRESS", Cure::later}, Row{409, "UPLOAD_COMPLETING", Cure::later},
        Row{400, "BODY_CUT_OFF", Cure::later}, Row{408, "REQUEST_TIMEOUT", Cure::later},
        Row{502, "STORE_REFUSED", Cure::none}, Row{500, "INTEGRITY", Cure::none},
        Row{404, "NOT_FOUND", Cure::none}, Row{409, "UPLOAD_ENDED", Cure::none},
        Row{401, "UNAUTHENTICATED", Cure::none}, Row{400, "DIGEST_MISMATCH", Cure::none}}) {
    const Failure failure = failure_from(problem(row.status, row.reason));
    EXPECT_EQ(failure.cure, row.cure) << row.reason;
    EXPECT_EQ(failure.reason, row.reason);
    EXPECT_EQ(failure.detail(), "because");
  }
}

TEST(FailureFrom, NamesTheStatusWhereAProxyAnswered) {
  const Failure failure = failure_from({.status = 502, .body = "<html>Bad Gateway</html>"});
  EXPECT_EQ(failure.reason, "HTTP_502");
  EXPECT_EQ(failure.cure, Cure::later);
  EXPECT_EQ(failure.detail(), "the server answered with status 502");
}

TEST(FailureFrom, ReadsRetryAfter) {
  HttpResponse response = problem(503, "BUSY");
  response.fields = {{"retry-after", "7"}};
  EXPECT_EQ(failure_from(response).retry_after, Millis{7000});
  response.fields = {{"Retry-After", "99999999999"}};
  EXPECT_EQ(failure_from(response).retry_after, Millis{60'000});
  for (const char* strange : {"", "-1", "soon", "1.5", "Wed, 21 Oct 2026 07:28:00 GMT"}) {
    response.fields = {{"Retry-After", strange}};
    EXPECT_EQ(failure_from(response).retry_after, std::nullopt) << strange;
  }
}

TEST(FailureFrom, KnowsWhichLackOfAnAnswerPasses) {
  struct Row {
    HttpFailure failure;
    const char* reason;
    Cure cure;
  };
  for (const Row& row : {Row{HttpFailure::unreachable, reasons::kServerUnreachable, Cure::later},
                         Row{HttpFailure::busy, reasons::kServerUnreachable, Cure::later},
                         Row{HttpFailure::timeout, reasons::kServerUnreachable, Cure::later},
                         Row{HttpFailure::lost, reasons::kServerUnreachable, Cure::later},
                         Row{HttpFailure::no_such_host, reasons::kServerUnreachable, Cure::none},
                         Row{HttpFailure::untrusted, reasons::kServerUnreachable, Cure::none},
                         Row{HttpFailure::malformed, reasons::kProtocol, Cure::none},
                         Row{HttpFailure::too_large, reasons::kProtocol, Cure::none}}) {
    const Failure failure = failure_from(HttpError(row.failure, HttpError::Sent::nothing, "why"));
    EXPECT_EQ(failure.reason, row.reason);
    EXPECT_EQ(failure.cure, row.cure) << static_cast<int>(row.failure);
    EXPECT_EQ(failure.detail(), "why");
  }
}

TEST(FailureFrom, KeepsWhatIsMissingAndWhatIsInTheWay) {
  const Failure missing = failure_from(
      {.status = 409,
       .body = R"({"reason": "MISSING_CHUNKS", "missingChunks": [{"first": "2", "last": "4"}]})"});
  EXPECT_EQ(missing.missing_chunks, (std::vector<ChunkRange>{{2, 4}}));
  const Failure other = failure_from(
      {.status = 409, .body = R"({"reason": "UPLOAD_IN_PROGRESS", "uploadId": "abc"})"});
  EXPECT_EQ(other.upload_id, "abc");
}

}  // namespace
}  // namespace longshore::cli

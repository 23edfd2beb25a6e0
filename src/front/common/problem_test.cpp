#include "front/common/problem.h"

#include <gtest/gtest.h>

namespace longshore {
namespace {

TEST(Problem, NamesReasonDetailAndRequest) {
  EXPECT_EQ(problem_json(Error{Reason::not_found, "No upload \"x\"."}, "req-1"),
            R"({"type":"urn:longshore:error:NOT_FOUND","title":"Not found","status":404,)"
            R"("detail":"No upload \"x\".","reason":"NOT_FOUND","requestId":"req-1"})");
}

TEST(Problem, CarriesWhatTheErrorNames) {
  ErrorDetails details;
  details.field = "chunk_size";
  details.limit = 5;
  details.upload_id = "node-0001.2";
  details.state = "CANCELLED";
  details.missing_chunks = {{ChunkIndex{0}, ChunkIndex{3}}, {ChunkIndex{7}, ChunkIndex{7}}};
  details.store_code = "AccessDenied";
  const std::string text = problem_json(Error{Reason::out_of_limits, "d", details}, "r");
  EXPECT_TRUE(text.ends_with(
      R"("field":"chunk_size","limit":"5","uploadId":"node-0001.2","state":"CANCELLED",)"
      R"("missingChunks":[{"first":"0","last":"3"},{"first":"7","last":"7"}],"storeCode":"AccessDenied"})"))
      << text;
}

TEST(Problem, NamesTheFirstMissingChunksAndStaysSmall) {
  ErrorDetails details;
  for (std::int32_t chunk = 0; chunk < 10'000; chunk += 2)
    details.missing_chunks.push_back({ChunkIndex{chunk}, ChunkIndex{chunk}});
  const std::string text = problem_json(Error{Reason::missing_chunks, "d", details}, "r");
  EXPECT_LT(text.size(), 4096U);
  EXPECT_NE(text.find(R"({"first":"198","last":"198"}])"), std::string::npos) << text;
}

}  // namespace
}  // namespace longshore

#pragma once

#include <string>

#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/scripted_server.h"
#include "tests/s3_script/fake_s3.h"

namespace longshore::s3_script {

/// How a store that does what S3's documentation says answers this request: the whole answer, with its effect
/// done. One caller at a time.
std::string honest_answer(fakes::FakeObjectStore& store, ShownChecksums& shown, const FakeS3Options& options,
                          const fakes::SeenRequest& request, const Asked& what);

/// An answer with these fields ("Name: value\r\n" each) and this body.
std::string answer_text(int status, const std::string& fields, const std::string& body);
std::string error_text(const std::string& code, const std::string& message = "scripted");

}  // namespace longshore::s3_script

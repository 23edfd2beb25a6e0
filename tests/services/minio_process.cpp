#include "tests/services/minio_process.h"

#include <boost/json/value_to.hpp>

namespace longshore::services {

MinioProcess::MinioProcess(Tls tls)
    : script_("tests/services/minio", tls == Tls::yes ? "--tls" : ""),
      endpoint(script_.text("endpoint")),
      access_key(script_.text("access_key")),
      secret_key(script_.text("secret_key")),
      ca_file(script_.text("ca_file")),
      server_process(boost::json::value_to<pid_t>(script_.said().at("pid"))) {}

}  // namespace longshore::services

#include "apps/longshored/process.h"

#include <algorithm>
#include <csignal>
#include <limits>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <google/protobuf/stubs/logging.h>

namespace longshore::server {

namespace {

constexpr std::int64_t kFilesAConnection = 2;
constexpr std::int64_t kFilesBesides = 100;
constexpr std::int64_t kConnectionsFew = 4;  // one address may have a quarter of them

}  // namespace

void prepare_process() {
  const rlimit none{0, 0};
  ::setrlimit(RLIMIT_CORE, &none);
  ::prctl(PR_SET_DUMPABLE, 0);
  std::signal(SIGPIPE, SIG_IGN);
  google::protobuf::SetLogHandler(nullptr);  // else whoever sends malformed messages fills the log
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &files);
  }
}

std::int64_t open_files_max() {
  rlimit files{};
  if (::getrlimit(RLIMIT_NOFILE, &files) != 0) return 0;
  constexpr auto kMost = static_cast<rlim_t>(std::numeric_limits<std::int64_t>::max());
  return static_cast<std::int64_t>(std::min(files.rlim_cur, kMost));
}

std::int64_t open_files_for(std::int64_t connections) {
  return kFilesAConnection * connections + kFilesBesides;
}

std::int64_t connections_within(std::int64_t open_files, std::int64_t wanted) {
  return std::min(wanted, std::max((open_files - kFilesBesides) / kFilesAConnection, kConnectionsFew));
}

}  // namespace longshore::server

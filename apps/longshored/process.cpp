#include "apps/longshored/process.h"

#include <algorithm>
#include <csignal>
#include <limits>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <google/protobuf/stubs/logging.h>

namespace longshore::server {

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

}  // namespace longshore::server

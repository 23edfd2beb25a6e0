#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "tests/fakes/fake_object_store.h"
#include "tests/fakes/scripted_server.h"

namespace longshore::s3_script {

/// Of each object, the field that a HEAD shows; "": none.
using ShownChecksums = std::map<std::string, std::string>;

/// A request, taken apart.
struct Asked {
  std::string call;  // "UploadPart"
  std::string key;
  std::map<std::string, std::string> query;
};
Asked asked(const fakes::SeenRequest& request);

/// What becomes of a request (docs: cases/README.md).
struct Rule {
  int line = 0;  // of the file that it stands in
  std::string call;
  int first = 1;  // it holds for the requests of this call from this one on (from 1), up to
  int last = 1;   // and with this one
  std::string action;
  std::string arguments;
};

/// The words of cases/README.md for calls and actions.
bool is_call(std::string_view word);
bool is_action(std::string_view word);

/// Which checksums may be declared for an upload. Without a declaration parts may name their CRC32C, unless
/// none are taken.
enum class Checksums {
  untaken,
  taken,          // all but a composite CRC64NVME
  only_nvme,      // a CRC64NVME of the whole
  only_composite  // a composite CRC32C
};

struct FakeS3Options {
  fakes::StoreProfile profile;
  int page = 1000;  // entries of a list's page, at most
  Checksums checksums = Checksums::untaken;
  std::vector<Rule> rules;  // the first that fits; none: an honest answer
};

/// An S3 over HTTP: honest by FakeObjectStore, and where a rule says so, as real ones have been seen to be.
class FakeS3 {
 public:
  explicit FakeS3(FakeS3Options options);

  [[nodiscard]] std::string endpoint() const;
  /// How many requests of this call came, also such as broke off.
  int seen(const std::string& call);
  /// How many of them ended before their body was whole. Waits a little for the first one: the store learns
  /// of it later than the client.
  int broken(const std::string& call);
  /// How many of them ran at the same time, with the same query, at most.
  int at_once(const std::string& call);
  /// How many of them sent bytes of a body to a store that had not said that it wants any, within the time
  /// that this has to be waited for.
  int hasty(const std::string& call);
  /// The lines of rules that did not hold for all the requests that they are for, or for none.
  std::vector<int> lines_of_idle_rules();
  /// The Authorization fields of this call's requests.
  std::vector<std::string> signatures(const std::string& call);

  /// What lies at the store; to be looked at while no request runs.
  fakes::FakeObjectStore& store() { return store_; }

 private:
  void serve(fakes::Peer& peer);
  bool serve_one(fakes::Peer& peer, fakes::SeenRequest request);
  bool answer(fakes::Peer& peer, const Rule& rule, fakes::SeenRequest request, const Asked& what);
  const Rule* rule_for(const std::string& call);
  void drop(const Asked& what, bool to_foreign);
  void watch_for_haste(fakes::Peer& peer, const Asked& what);
  std::string honest(const fakes::SeenRequest& request, const Asked& what);

  const FakeS3Options options_;
  SystemClock clock_;
  std::mutex mutex_;  // of all that follows
  std::condition_variable broke_;
  fakes::FakeObjectStore store_;
  ShownChecksums shown_;
  std::map<std::string, int> seen_;
  std::map<std::string, int> broken_;
  std::map<std::string, int> hasty_;
  std::map<const Rule*, int> held_;  // how often each rule did
  std::map<std::pair<std::string, std::map<std::string, std::string>>, int> running_;
  std::map<std::string, int> at_once_;
  std::map<std::string, std::vector<std::string>> signatures_;
  fakes::ScriptedServer server_;
};

}  // namespace longshore::s3_script

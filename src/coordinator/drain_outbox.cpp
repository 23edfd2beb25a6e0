// The outbox, emptied in the order of each node: the next row of a node is not sent before the one ahead was
// acknowledged.
#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "coordinator/steps.h"
#include "net/race.h"

namespace longshore {
namespace {

using Queues = std::map<NodeId, std::vector<OutboxRow>>;

Millis backoff(std::int32_t tries) {
  return std::min(kPublishPauseMax, kPublishPause * (std::int64_t{1} << std::min(tries, 6)));
}

// The first row of each node that is not finished.
std::vector<OutboxRow> next_wave(const Queues& queues, const std::map<NodeId, std::size_t>& done) {
  std::vector<OutboxRow> wave;
  for (const auto& [node, rows] : queues) {
    const auto at = done.find(node);
    const std::size_t next = at == done.end() ? 0 : at->second;
    if (next < rows.size()) wave.push_back(rows[next]);
  }
  return wave;
}

Task<void> publish_to(EventSink& sink, const std::vector<OutboxRow>& wave,
                      std::vector<PublishResult>& results) {
  results = co_await sink.publish(wave);
}

// A sink that is silent for longer than the claim holds up nobody: the rows are somebody else's then.
Task<std::vector<PublishResult>> publish(Ports& ports, const std::vector<OutboxRow>& wave) {
  if (ports.events == nullptr) co_return std::vector<PublishResult>(wave.size());
  std::vector<PublishResult> results;
  std::string why;
  try {
    const bool answered = co_await ends_within(ports.timers, kDrainClaim,
                                               publish_to(*ports.events, wave, results));
    if (answered && results.size() == wave.size()) co_return results;
    why = answered ? "the sink did not answer for each row" : "the sink did not answer in time";
  } catch (const Error& error) {
    why = error.message();
  }
  co_return std::vector<PublishResult>(wave.size(), why);
}

}  // namespace

Task<int> Coordinator::drain_outbox(std::string drainer, int limit) {
  const Time started = ports_.clock.now();
  Queues queues;
  for (OutboxRow& row : co_await ports_.catalog.claim_outbox(drainer, limit, kDrainClaim))
    queues[row.event.node].push_back(std::move(row));
  std::map<NodeId, std::size_t> done;
  int published = 0;
  for (auto wave = next_wave(queues, done); !wave.empty() && ports_.clock.now() - started < kDrainTime;
       wave = next_wave(queues, done)) {
    const std::vector<PublishResult> results = co_await publish(ports_, wave);
    std::vector<std::int64_t> acknowledged;
    for (std::size_t i = 0; i < wave.size(); ++i) {
      const OutboxRow& row = wave[i];
      if (!results[i]) {
        acknowledged.push_back(row.row);
        ++done[row.event.node];
        continue;
      }
      report_("event " + row.event_id + " of " + row.event.node.str(), *results[i]);
      co_await ports_.catalog.release_outbox(drainer, {row.event.node}, backoff(row.tries), row.row);
      queues.erase(row.event.node);
    }
    if (!acknowledged.empty()) co_await ports_.catalog.mark_published(acknowledged);
    published += static_cast<int>(acknowledged.size());
  }
  std::vector<NodeId> nodes;
  for (const auto& [node, rows] : queues) nodes.push_back(node);
  if (!nodes.empty()) co_await ports_.catalog.release_outbox(drainer, std::move(nodes), Millis{0}, 0);
  co_return published;
}

}  // namespace longshore

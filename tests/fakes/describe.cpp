#include "tests/fakes/describe.h"

#include <variant>

namespace longshore::fakes {

namespace {

std::string_view name_of(Outcome outcome) {
  switch (outcome) {
    case Outcome::refused:
      return "refused";
    case Outcome::retry:
      return "retry";
    case Outcome::absent:
      return "absent";
    case Outcome::unknown:
      return "unknown";
  }
  return "?";
}

template <class... Ts>
struct Overloaded : Ts... {
  using Ts::operator()...;
};

}  // namespace

std::string describe(const std::exception_ptr& error) {
  if (!error) return "nothing";
  try {
    std::rethrow_exception(error);
  } catch (const Error& known) {
    return describe(known);
  } catch (const std::exception& unknown) {
    return std::string("exception ") + unknown.what();
  }
}

std::string describe(const Error& error) {
  std::string text = std::string(to_string(error.reason())) + "/" + std::string(name_of(error.outcome()));
  if (!error.details().store_code.empty()) text += " " + error.details().store_code;
  if (!error.details().missing_chunks.empty()) text += " " + describe(error.details().missing_chunks);
  return text + " \"" + error.message() + "\"";
}

std::string describe(const Operation& operation) {
  std::string text = operation.id.str() + " r" + std::to_string(operation.revision) + " " +
                     std::string(to_string(operation.state));
  if (operation.kind != OperationKind::upload) text += " " + std::string(to_string(operation.kind));
  if (operation.store_upload) text += " at " + operation.store_upload->str();
  if (operation.last) text += " last " + std::to_string(operation.last->value());
  if (operation.lease) text += " lease " + operation.lease->attempt.str().substr(0, 6);
  if (!operation.error_code.empty()) text += " " + operation.error_code;
  if (!operation.debts.settled()) {
    text += " owes";
    for (const auto& abort : operation.debts.aborts) text += " abort(" + abort.str() + ")";
    if (operation.debts.clean_list) text += " list";
    if (operation.debts.delete_object) text += " delete";
    if (operation.debts.second_look_at) text += " look";
  }
  return text;
}

std::string describe(const Node& node) {
  return node.id.str() + " r" + std::to_string(node.revision) + " " + std::string(to_string(node.state)) +
         " current " + node.current.str() + " open " + node.open_operation.str();
}

std::string describe(const Change& change) {
  std::string text;
  if (change.node) text += "{" + describe(change.node->node) + "}";
  for (const auto& write : change.operations) text += "{" + describe(write.operation) + "}";
  for (const auto& event : change.events) text += " +" + std::string(to_string(event.type));
  return text;
}

std::string describe(const LedgerSnapshot& ledger) {
  std::string text;
  for (const auto& [chunk, entry] : ledger.entries) {
    text += std::to_string(chunk.value()) + (entry.receipt ? "=" + entry.receipt->etag.str() : "") +
            (entry.attempt ? "~" + entry.attempt->id.str().substr(0, 6) : "") + " ";
  }
  if (!ledger.closed_by.empty()) text += "closed by " + ledger.closed_by.str().substr(0, 6);
  return "{" + text + "}";
}

std::string describe(const BeginAnswer& answer) {
  return std::visit(Overloaded{[](const PartBegun&) { return std::string("begun"); },
                               [](const PartThere& p) { return "there " + p.receipt.etag.str(); },
                               [](const AttemptBusy&) { return std::string("busy"); },
                               [](const SessionClosed& c) { return "closed by " + c.by.str().substr(0, 6); },
                               [](const SessionEnded&) { return std::string("ended"); },
                               [](const SessionAbsent&) { return std::string("absent"); }},
                    answer);
}

std::string describe(const RecordAnswer& answer) {
  switch (answer.result) {
    case RecordResult::recorded:
      return "recorded, " + std::to_string(answer.summary.bytes) + "B" +
             (answer.summary.whole ? " whole" : "");
    case RecordResult::stale:
      return "stale";
    case RecordResult::absent:
      return "absent";
  }
  return "?";
}

std::string describe(const std::vector<ChunkRange>& ranges) {
  std::string text = "[";
  for (const ChunkRange& range : ranges) {
    text += (text.size() > 1 ? " " : "") + std::to_string(range.first.value()) + ".." +
            std::to_string(range.last.value());
  }
  return text + "]";
}

}  // namespace longshore::fakes

#include "domain/operation.h"

#include <array>
#include <utility>

namespace longshore {
namespace {

template <class Enum, std::size_t N>
using Names = std::array<std::pair<Enum, std::string_view>, N>;

constexpr Names<OperationState, 6> kOperationStates{{{OperationState::open, "OPEN"},
                                                     {OperationState::completing, "COMPLETING"},
                                                     {OperationState::completed, "COMPLETED"},
                                                     {OperationState::failed, "FAILED"},
                                                     {OperationState::cancelled, "CANCELLED"},
                                                     {OperationState::expired, "EXPIRED"}}};
constexpr Names<OperationKind, 2> kOperationKinds{
    {{OperationKind::upload, "upload"}, {OperationKind::purge, "purge"}}};
constexpr Names<NodeState, 6> kNodeStates{{{NodeState::active, "ACTIVE"},
                                           {NodeState::pending, "PENDING"},
                                           {NodeState::cancelled, "CANCELLED"},
                                           {NodeState::failed, "FAILED"},
                                           {NodeState::expired, "EXPIRED"},
                                           {NodeState::deleted, "DELETED"}}};

template <class Enum, std::size_t N>
std::string_view name_in(const Names<Enum, N>& names, Enum value) {
  for (const auto& [v, name] : names)
    if (v == value) return name;
  return "?";
}

template <class Enum, std::size_t N>
std::optional<Enum> value_in(const Names<Enum, N>& names, std::string_view text) {
  for (const auto& [value, name] : names)
    if (name == text) return value;
  return std::nullopt;
}

}  // namespace

std::string_view to_string(OperationState state) { return name_in(kOperationStates, state); }
std::string_view to_string(OperationKind kind) { return name_in(kOperationKinds, kind); }
std::string_view to_string(NodeState state) { return name_in(kNodeStates, state); }
std::optional<OperationState> operation_state_of(std::string_view text) {
  return value_in(kOperationStates, text);
}
std::optional<OperationKind> operation_kind_of(std::string_view text) {
  return value_in(kOperationKinds, text);
}
std::optional<NodeState> node_state_of(std::string_view text) { return value_in(kNodeStates, text); }

}  // namespace longshore

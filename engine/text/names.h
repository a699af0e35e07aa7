// The names of what is listed, by id and back, for people's texts: learned from the event log.
//
// Threads: one. Always: a name belongs to at most one id of its kind.
#pragma once

#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <vector>

#include "engine/api/event.h"

namespace carbonx {

class Names {
public:
    // Learns the name that a listing event gives; other events are nothing to it.
    void observe(const EventHead& event);

    // The name of an id; empty when it is not listed. A project's is "registry/key", a counter's
    // is its symbol.
    template <class Id>
    std::string_view name(Id id) const {
        const auto& names = std::get<Table<Id>>(tables_).names;
        return index(id) < names.size() ? std::string_view(names[index(id)]) : std::string_view();
    }
    // The id of a name; 0 when it is not listed.
    template <class Id>
    Id find(std::string_view name) const {
        const auto& ids = std::get<Table<Id>>(tables_).ids;
        const auto found = ids.find(std::string(name));
        return found == ids.end() ? Id{} : found->second;
    }

private:
    template <class Id>
    struct Table {
        std::vector<std::string> names;
        std::unordered_map<std::string, Id> ids;
    };

    template <class Id>
    void learn(Id id, std::string name) {
        Table<Id>& table = std::get<Table<Id>>(tables_);
        if (table.names.size() <= index(id)) table.names.resize(index(id) + 1);
        table.names[index(id)] = name;
        table.ids[std::move(name)] = id;
    }

    std::tuple<Table<ParticipantId>, Table<AccountId>, Table<SessionId>, Table<ProjectId>,
               Table<InstrumentId>, Table<CounterId>>
        tables_;
};

}  // namespace carbonx

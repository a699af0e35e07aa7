#include "tests/simulate_oracle.h"

#include <cstring>

#include "engine/text/text.h"

namespace carbonx::tests {

void Oracle::written(uint64_t file, const void* data, std::size_t size) {
    journal::FrameHead head;
    if (size < sizeof head) return;
    std::memcpy(&head, data, sizeof head);
    if (head.magic != journal::FrameHead::magic_value) return;
    const auto* slots = reinterpret_cast<const Slot*>(data) + 1;
    auto& unsynced = unsynced_[file];
    unsynced.insert(unsynced.end(), slots, slots + head.slots);
}

void Oracle::synced(uint64_t file) {
    const auto found = unsynced_.find(file);
    if (found == unsynced_.end()) return;
    durable_.insert(durable_.end(), found->second.begin(), found->second.end());
    unsynced_.erase(found);
}

void Oracle::renamed(uint64_t file, const std::filesystem::path& from,
                     const std::filesystem::path& to) {
    if (to.extension() == ".state") ++files_.snapshots;
    if (to.extension() == ".zst") ++files_.archived;
    const bool to_spare = to.filename().string().starts_with("spare-");
    const bool from_spare = from.filename().string().starts_with("spare-");
    if (to_spare) {
        ++files_.retired;
        retired_.insert(file);
    } else if (from_spare) {
        files_.recycled += retired_.erase(file);
    }
}

void Oracle::advance() {
    const std::vector<Slot> slots = std::exchange(durable_, {});
    for (std::size_t i = 0; i < slots.size();) {
        const auto& command = *reinterpret_cast<const CommandHead*>(&slots[i]);
        apply(command);
        i += command.slots;
    }
}

void Oracle::apply(const CommandHead& command) {
    const auto* slots = reinterpret_cast<const Slot*>(&command);
    commands_.insert(commands_.end(), slots, slots + command.slots);
    ++command_count_;
    if (command.source == Source::operators) ++operator_count_;
    try {
        for (const Event& event : twins_.follow(command)) {
            const auto* event_slots = reinterpret_cast<const Slot*>(&event);
            events_.insert(events_.end(), event_slots, event_slots + event.head.slots);
        }
        twins_.compare_touched();
        if (command_count_ % compare_all_every == 0) twins_.compare_state();
    } catch (const std::runtime_error& difference) {
        throw Finding("command " + std::to_string(command_count_) + ": " + difference.what());
    }
}

void Oracle::follow(const std::filesystem::path& journal, const std::filesystem::path& archive) {
    advance();
    JournalReader reader(journal, archive, {}, 0);
    while (const CommandHead* command = reader.next()) {
        const uint64_t sequence = reader.sequence();
        if (sequence >= next_command()) {
            apply(*command);
        } else if (std::memcmp(&commands_[sequence - 1], command, command->slots * sizeof(Slot)) !=
                   0) {
            const auto& was = *reinterpret_cast<const CommandHead*>(&commands_[sequence - 1]);
            throw Finding("command " + std::to_string(sequence) +
                          " of the journal is another one after the recovery:\n  was " +
                          to_text(was, twins_.names()) + "\n   is " +
                          to_text(*command, twins_.names()));
        }
    }
    if (reader.sequence() != 0 || next_command() > 1) {
        const uint64_t end = reader.tail().next;
        if (end < next_command()) {
            throw Finding("the journal ends before command " + std::to_string(end) +
                          " after the recovery, and " + std::to_string(next_command() - 1) +
                          " was durable: lost");
        }
    }
}

std::string Oracle::text(const EventHead& event) const { return to_text(event, twins_.names()); }

void EventClient::poll() {
    if (!reader_) {
        if (!std::filesystem::exists(event_log::window_file(runtime_))) return;
        reader_ = std::make_unique<EventReader>(runtime_, data_, name_, next_);
    }
    reader_->reattach();
    while (const EventHead* event = reader_->next()) {
        const uint64_t sequence = reader_->sequence();
        if (sequence >= oracle_.next_event()) {
            throw Finding("event " + std::to_string(sequence) +
                          " was released before its command was durable: " + oracle_.text(*event));
        }
        const EventHead& expected = oracle_.event(sequence);
        if (std::memcmp(event, &expected, event->slots * sizeof(Slot)) != 0) {
            throw Finding("event " + std::to_string(sequence) + " is not the reference's, to " +
                          name_ + "\n   released " + oracle_.text(*event) + "\n  reference " +
                          oracle_.text(expected));
        }
        next_ = reader_->position();
    }
}

}  // namespace carbonx::tests

// The names of what is listed: see names.h.
#include "engine/text/names.h"

#include "engine/text/text_values.h"

namespace carbonx {

void Names::observe(const EventHead& event) {
    switch (event.type) {
        case EventType::participant_listed: {
            const auto& listed = as_event<ParticipantListed>(event);
            return learn(listed.id, std::string(listed.listing.name.view()));
        }
        case EventType::account_listed: {
            const auto& listed = as_event<AccountListed>(event);
            return learn(listed.id, std::string(listed.listing.name.view()));
        }
        case EventType::session_listed: {
            const auto& listed = as_event<SessionListed>(event);
            return learn(listed.id, std::string(listed.listing.name.view()));
        }
        case EventType::project_listed: {
            const auto& listed = as_event<ProjectListed>(event);
            const ListProject& project = listed.listing;
            return learn(listed.id,
                         enum_text(project.registry) + "/" + std::string(project.key.view()));
        }
        case EventType::instrument_listed: {
            const auto& listed = as_event<InstrumentListed>(event);
            return learn(listed.id, std::string(listed.listing.name.view()));
        }
        case EventType::counter_listed: {
            const auto& listed = as_event<CounterListed>(event);
            return learn(event.counter, std::string(listed.listing.symbol.view()));
        }
        default:
            return;
    }
}

}  // namespace carbonx

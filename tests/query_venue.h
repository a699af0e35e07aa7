// What tests of holdings (AN) and cash (BB) share: the requests, answers as text, a second
// instrument.
#pragma once

#include "tests/broker.h"
#include "tests/valid_message.h"

namespace carbonx::tests {

inline std::string holdings(const std::string& id, const std::string& more = "") {
    return "710=" + id + "|724=0|" + more;
}

inline std::string cash(const std::string& id, const std::string& more = "") {
    return "909=" + id + "|" + more;
}

// From tag 35 on, without what differs from run to run.
inline std::string body(const Fields& message) {
    std::string result;
    std::size_t at = message.text.find("|35=") + 1;
    while (at < message.text.size()) {
        const std::size_t end = message.text.find('|', at) + 1;
        const std::string field = message.text.substr(at, end - at);
        const std::string tag = field.substr(0, field.find('='));
        const bool varies = tag == "34" || tag == "49" || tag == "52" || tag == "56" ||
                            tag == "721" || tag == "908" || tag == "10";
        if (!varies) result += field;
        at = end;
    }
    return result;
}

struct QueryVenue : GatewayVenue {
    // A second one, perhaps with a counter in CNH; nobody has it.
    void list_instrument(bool with_counter) {
        auto instrument = make_command<ListInstrument>();
        instrument.project = ProjectId{1};
        instrument.vintage = 2023;
        instrument.round_lot = Quantity{10};
        instrument.quantity_max = Quantity{1'000'000};
        instrument.name = Text<8>("V415023");
        venue.apply(instrument);
        if (!with_counter) return;
        auto counter = make_command<ListCounter>();
        counter.instrument = InstrumentId{2};
        counter.currency = Currency::cnh;
        counter.tick = Price{100};
        counter.reference = Price{80'000};
        counter.band_bps = 2000;
        counter.collar_bps = 500;
        counter.fee_ppm = 1000;
        counter.symbol = Symbol("V415023C");
        venue.apply(counter);
    }
    void deposit(AccountId account, InstrumentId instrument, uint64_t first, uint64_t tonnes) {
        auto credits = make_command<DepositCredits>();
        credits.account = account;
        credits.instrument = instrument;
        credits.serial_first = first;
        credits.serial_last = first + tonnes - 1;
        credits.vintage_start = 20230101;
        credits.vintage_end = 20231231;
        credits.serial_prefix = Text<40>("VCS-4150-");
        venue.apply(credits);
    }
    void list_account(const char* name) {
        auto account = make_command<ListAccount>();
        account.participant = ParticipantId{2};
        account.name = Text<24>(name);
        venue.apply(account);
    }
    void throttle_answers(uint32_t answers) {
        venue.settings.gateway.throttle.session.answers = answers;
        gateway.reset();
        start_gateway();
    }
};

inline constexpr AccountId firm1{2};

}  // namespace carbonx::tests

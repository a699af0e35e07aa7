#include "bench/fix_venue.h"

#include <chrono>
#include <fstream>
#include <stdexcept>
#include <thread>

#include "bench/thread_options.h"
#include "engine/api/password.h"
#include "engine/api/process.h"
#include "tools/operators_client.h"

namespace carbonx::bench {
namespace {

constexpr int64_t cent = 100;  // in ten-thousandths
constexpr int64_t reference_cents = 10'00;
constexpr int64_t cash = 100'000'000'000'000'000;
constexpr uint64_t tonnes = 1'000'000'000;  // of each instrument: the largest serial block
constexpr uint32_t rate_max = 1'000'000;    // orders a second
constexpr uint32_t trading_day = 20240102;

std::ostream& write_thread(std::ostream& to, const char* section, const ThreadSettings& thread) {
    return to << "[" << section << "]\ncore = " << thread.core << "\nidle = \""
              << idle_name(thread.idle) << "\"\n";
}

// Sends operators' commands, none of which may be refused.
class Operator {
public:
    explicit Operator(const Settings& settings) : client_(settings) {}
    template <class T>
    void send(const T& command) {
        const Reject refusal = tools::OperatorsClient::refusal(client_.send(command.head));
        if (refusal == Reject::none) return;
        throw std::runtime_error("the market cannot be opened: " + std::string(name(refusal)));
    }

private:
    tools::OperatorsClient client_;
};

void list_broker(Operator& to, unsigned number, ParticipantClass its_class) {
    auto participant = make_command<ListParticipant>();
    participant.participant_class = its_class;
    participant.open_orders_max = UINT32_MAX;
    participant.name = Text<24>(broker(number));
    to.send(participant);
    auto account = make_command<ListAccount>();
    account.participant = static_cast<ParticipantId>(number + 1);
    account.name = Text<24>(broker(number));
    to.send(account);
}

void list_session(Operator& to, unsigned number, Source source) {
    auto session = make_command<ListSession>();
    session.participant = static_cast<ParticipantId>(number + 1);
    session.source = source;
    session.name = Text<24>(broker(number));
    to.send(session);
}

void list_counters(Operator& to) {
    auto project = make_command<ListProject>();
    project.registry = Registry::verra;
    project.key = Text<32>("BENCH");
    to.send(project);
    for (unsigned i = 0; i < counters; ++i) {
        auto instrument = make_command<ListInstrument>();
        instrument.project = static_cast<ProjectId>(1);
        instrument.vintage = static_cast<uint16_t>(2000 + i);
        instrument.round_lot = Quantity{1};
        instrument.quantity_max = Quantity{1'000};
        const std::string symbol = counter_symbol(i);
        instrument.name = Text<8>(symbol.substr(0, symbol.size() - 1));
        to.send(instrument);
        auto counter = make_command<ListCounter>();
        counter.instrument = static_cast<InstrumentId>(i + 1);
        counter.currency = Currency::hkd;
        counter.tick = Price{cent};
        counter.reference = Price{reference_cents * cent};
        counter.band_bps = counter.collar_bps = 2'000;
        counter.fee_ppm = 500;
        counter.symbol = Text<8>(symbol);
        to.send(counter);
    }
}

void fund(Operator& to, unsigned number) {
    auto deposit = make_command<DepositCash>();
    deposit.account = static_cast<AccountId>(number + 1);
    deposit.currency = Currency::hkd;
    deposit.amount = cash;
    to.send(deposit);
    for (unsigned i = 0; i < counters; ++i) {
        auto credits = make_command<DepositCredits>();
        credits.account = static_cast<AccountId>(number + 1);
        credits.instrument = static_cast<InstrumentId>(i + 1);
        credits.serial_first = (uint64_t{number} * counters + i) * tonnes + 1;
        credits.serial_last = credits.serial_first + tonnes - 1;
        credits.serial_prefix = Text<40>("BENCH");
        to.send(credits);
    }
}

}  // namespace

std::string broker(unsigned number) {
    return (number < 10 ? "BENCH0" : "BENCH") + std::to_string(number);
}

std::string counter_symbol(unsigned number) { return "VCS" + std::to_string(1000 + number) + "H"; }

FixVenue::FixVenue(const FixVenueOptions& options) : directory_(options.directory) {
    const std::filesystem::path file = directory_.path() / "venue.toml";
    write_settings(options, file);
    settings_ = load_settings(file);
    start_engine(file);
    open_market(options.brokers);
    gateway_.emplace(program_directory() / "carbonx-gateway",
                     std::vector<std::string>{"--settings", file},
                     directory_.path() / "gateway.out");
    wait_until_it_listens(*gateway_, port());
}

void FixVenue::write_settings(const FixVenueOptions& options,
                              const std::filesystem::path& file) const {
    // Each open order may yet need two of both.
    const uint64_t room = 2 * uint64_t{options.orders_max} + 65'536;
    std::ofstream to(file);
    to << "[venue]\nname = \"bench\"\ndata_directory = \"data\"\nlog_directory = \"log\"\n"
       << "runtime_directory = \"" << runtime_.path().string() << "\"\n"
       << "[engine]\ndurability = \"memory\"\ngateways = " << second_gateway
       << "\nsource_silence_ms = 600000\n";  // one that is paused is not dead
    write_thread(to, "engine.sequencer", options.engine);
    write_thread(to, "engine.journal", options.journal);
    to << "[engine.snapshots]\nminutes = 0\n"
       << "[engine.capacities]\norders = " << options.orders_max << "\npositions = " << room
       << "\nranges = " << room << "\n"
       << "[gateway]\nlisten = \"127.0.0.1:" << free_port() << "\"\n";
    write_thread(to, "gateway.thread", options.gateway);
    // Throttles count, and refuse nothing.
    to << "[gateway.throttle]\nsession_orders = " << rate_max << "\nfirm_orders = " << rate_max
       << "\n";
    const std::string hash = to_text(hash_password(broker_password));
    for (unsigned i = 1; i <= options.brokers; ++i) {
        to << "[[gateway.session]]\ncomp_id = \"" << broker(i) << "\"\npassword_hash = \"" << hash
           << "\"\ncancel_on_disconnect = false\n";
    }
}

void FixVenue::start_engine(const std::filesystem::path& file) {
    engine_.emplace(program_directory() / "carbonx-engine",
                    std::vector<std::string>{"--settings", file}, directory_.path() / "engine.out");
    const uint64_t end = monotonic_ns() + 10'000'000'000;
    while (true) {
        try {
            tools::OperatorsClient(settings_).status();
            return;
        } catch (const std::runtime_error&) {
            if (monotonic_ns() > end || stopped()) throw;
        }
        engine_->check_alive();
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
    }
}

// Participants and accounts: 1 is the house, and broker n is n + 1; the session of broker n is n.
void FixVenue::open_market(unsigned brokers) const {
    Operator to(settings_);
    list_broker(to, 0, ParticipantClass::house);
    for (unsigned i = 1; i <= brokers + 1; ++i) {
        list_broker(to, i, ParticipantClass::hong_kong);
        list_session(to, i,
                     i <= brokers
                         ? Source::gateway
                         : static_cast<Source>(index(Source::gateway) + second_gateway - 1));
    }
    list_counters(to);
    for (unsigned i = 1; i <= brokers + 1; ++i) fund(to, i);
    for (const Phase phase : {Phase::pre_open, Phase::continuous}) {
        auto command = make_command<SetPhase>();
        command.phase = phase;
        if (phase == Phase::pre_open) command.trading_day = trading_day;
        to.send(command);
    }
}

void FixVenue::stop() {
    gateway_->stop();
    engine_->stop();
}

}  // namespace carbonx::bench

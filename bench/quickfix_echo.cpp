// carbonx-quickfix-echo: a stock QuickFIX acceptor that answers each new order with a report and
// does nothing else: what the gateway's processor time is compared with.
//
// As stock users have it: a thread a session, FileStore, a data dictionary, messages by
// FIX::Message and sendToTarget; no log. Everything else is QuickFIX's default.
#include <CLI/CLI.hpp>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <sstream>
#include <thread>

#include "bench/fix_venue.h"
#include "engine/api/process.h"
#include "gateway/dictionary.h"
#include "gateway/quickfix.h"

namespace {

using namespace carbonx;

class Echo final : public FIX::Application {
    void onCreate(const FIX::SessionID&) override {}
    void onLogon(const FIX::SessionID&) override {}
    void onLogout(const FIX::SessionID&) override {}
    void toAdmin(FIX::Message&, const FIX::SessionID&) override {}
    void toApp(FIX::Message&, const FIX::SessionID&) override {}
    void fromAdmin(const FIX::Message&, const FIX::SessionID&) override {}

    // As the executor among QuickFIX's own examples, but that the order rests.
    void fromApp(const FIX::Message& order, const FIX::SessionID& session) override {
        FIX::ClOrdID client_id;
        FIX::Symbol symbol;
        FIX::Side side;
        FIX::OrdType type;
        FIX::OrderQty quantity;
        FIX::Price price;
        FIX::Account account;
        order.getField(type);
        order.getField(client_id);
        order.getField(symbol);
        order.getField(side);
        order.getField(quantity);
        order.getField(price);
        order.getField(account);
        const std::string number = std::to_string(++last_number_);

        FIX::Message report;
        report.getHeader().setField(FIX::MsgType(FIX::MsgType_ExecutionReport));
        report.setField(FIX::OrderID(number));
        report.setField(FIX::ExecID(number));
        report.setField(FIX::ExecType(FIX::ExecType_NEW));
        report.setField(FIX::OrdStatus(FIX::OrdStatus_NEW));
        report.setField(symbol);
        report.setField(side);
        report.setField(FIX::LeavesQty(quantity.getValue()));
        report.setField(FIX::CumQty(0));
        report.setField(FIX::AvgPx(0));
        report.setField(client_id);
        report.setField(quantity);
        report.setField(type);
        report.setField(price);
        report.setField(account);
        FIX::Session::sendToTarget(report, session);
    }

    std::atomic<uint64_t> last_number_{0};  // by every session's thread
};

std::string settings_text(const std::filesystem::path& directory, uint16_t port, unsigned brokers) {
    std::ostringstream text;
    text << "[DEFAULT]\nConnectionType=acceptor\nBeginString=FIX.4.4\nSenderCompID=CARBONX\n"
         << "StartTime=00:00:00\nEndTime=00:00:00\nUseDataDictionary=Y\n"
         << "DataDictionary=" << (directory / "FIX44.xml").string() << "\n"
         << "FileStorePath=" << (directory / "store").string() << "\n"
         << "SocketAcceptPort=" << port << "\n";
    for (unsigned i = 1; i <= brokers; ++i)
        text << "[SESSION]\nTargetCompID=" << bench::broker(i) << "\n";
    return text.str();
}

void run(const std::filesystem::path& directory, uint16_t port, unsigned brokers) {
    std::ofstream(directory / "FIX44.xml") << gateway::dictionary_xml;
    std::istringstream text(settings_text(directory, port, brokers));
    const FIX::SessionSettings settings(text);
    FIX::FileStoreFactory stores(settings);
    Echo echo;
    FIX::ThreadedSocketAcceptor acceptor(echo, stores, settings);
    acceptor.start();
    while (!stopped()) std::this_thread::sleep_for(std::chrono::milliseconds(50));
    acceptor.stop(true);
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app(
        "A stock QuickFIX acceptor that answers each order with a report, to compare with");
    std::filesystem::path directory;
    uint16_t port = 0;
    unsigned brokers = 1;
    app.add_option("--directory", directory, "for its store")->required();
    app.add_option("--port", port, "to listen on")->required();
    app.add_option("--brokers", brokers, "sessions: BENCH01 and so on")->capture_default_str();
    CLI11_PARSE(app, argc, argv);
    handle_signals();
    try {
        run(directory, port, brokers);
        return 0;
    } catch (const std::exception& error) {
        std::fprintf(stderr, "carbonx-quickfix-echo: %s\n", error.what());
        return 1;
    }
}

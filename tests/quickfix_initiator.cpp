// A broker on QuickFIX's own initiator, with its threads, its file store and the dictionary of our
// rules. It trades in two parts, and the end of the first is a crash: the process ends without a
// Logout.
//
// usage: quickfix_initiator first|second PORT DIRECTORY SYMBOL PRICE LOWER_PRICE
// Prints what happens; exits with 0 when all went as it should.
#include <chrono>
#include <condition_variable>
#include <deque>
#include <iostream>
#include <mutex>

#include "gateway/dictionary.h"
#include "gateway/quickfix.h"

namespace {

namespace tags = FIX::FIELD;

constexpr const char* comp_id = "SPARE";
constexpr const char* password = "demo-spare";
constexpr std::chrono::seconds patience{20};

struct Options {
    std::string part, port, directory, symbol, price, lower_price;
};

// What the initiator's threads tell, for the one that trades.
class Broker : public FIX::Application {
public:
    // The next message of the venue's, in the order in which QuickFIX handed them on.
    FIX::Message take(const std::string& what) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return !messages_.empty(); })) {
            throw std::runtime_error("not in time: " + what);
        }
        FIX::Message message = messages_.front();
        messages_.pop_front();
        return message;
    }
    void wait(const std::string& what, bool logged_on) {
        std::unique_lock<std::mutex> lock(mutex_);
        if (!changed_.wait_for(lock, patience, [&] { return logged_on_ == logged_on; })) {
            throw std::runtime_error("not in time: " + what);
        }
        std::cout << "ok: " << what << std::endl;
    }

private:
    void onCreate(const FIX::SessionID&) override {}
    void onLogon(const FIX::SessionID&) override { set_logged_on(true); }
    void onLogout(const FIX::SessionID&) override { set_logged_on(false); }
    void toAdmin(FIX::Message& message, const FIX::SessionID&) override {
        if (message.getHeader().getField(tags::MsgType) != FIX::MsgType_Logon) return;
        message.setField(tags::Username, comp_id);
        message.setField(tags::Password, password);
    }
    void toApp(FIX::Message&, const FIX::SessionID&) override {}
    // A Reject (3) of ours, or one of QuickFIX's own: a mistake of the venue's or of this test.
    void fromAdmin(const FIX::Message& message, const FIX::SessionID&) override {
        if (message.getHeader().getField(tags::MsgType) == FIX::MsgType_Reject) keep(message);
    }
    void fromApp(const FIX::Message& message, const FIX::SessionID&) override { keep(message); }

    void keep(const FIX::Message& message) {
        const std::lock_guard<std::mutex> lock(mutex_);
        messages_.push_back(message);
        changed_.notify_all();
    }
    void set_logged_on(bool logged_on) {
        const std::lock_guard<std::mutex> lock(mutex_);
        logged_on_ = logged_on;
        changed_.notify_all();
    }

    std::mutex mutex_;
    std::condition_variable changed_;
    std::deque<FIX::Message> messages_;
    bool logged_on_ = false;
};

using Fields = std::vector<std::pair<int, std::string>>;

class Life {
public:
    Life(const Options& options, Broker& broker)
        : options_(options), broker_(broker), id_("FIX.4.4", comp_id, "CARBONX") {}

    // Buys, is partly filled, replaces; then the process ends.
    void first() {
        broker_.wait("logged on", true);
        send("D", {{tags::ClOrdID, "q-first"},
                   {tags::Account, comp_id},
                   {tags::OrderQty, "100"},
                   {tags::OrdType, "2"},
                   {tags::Price, options_.price},
                   {tags::TimeInForce, "1"}});
        report("accepted", {{150, "0"}, {39, "0"}, {11, "q-first"}, {151, "100"}});
        report("filled in part",
               {{150, "F"}, {39, "1"}, {32, "40"}, {14, "40"}, {151, "60"}, {31, options_.price}});
        send("G", {{tags::OrigClOrdID, "q-first"},
                   {tags::ClOrdID, "q-second"},
                   {tags::OrderQty, "80"},
                   {tags::OrdType, "2"},
                   {tags::Price, options_.lower_price}});
        report("replaced", {{150, "5"}, {39, "1"}, {11, "q-second"}, {41, "q-first"}, {151, "40"}});
    }

    // Back again: what happened meanwhile comes by resend; then the rest is cancelled.
    void second() {
        broker_.wait("logged on again", true);
        // Where it crashed before QuickFIX had counted the last report, that comes again, too.
        FIX::Message fill = broker_.take("the fill that came while it was gone");
        if (fill.getField(150) == "5" && fill.getHeader().isSetField(tags::PossDupFlag)) {
            fill = broker_.take("the fill that came while it was gone");
        }
        check(fill, "8", {{150, "F"}, {32, "10"}, {14, "50"}, {151, "30"}});
        expect(fill.getHeader().isSetField(tags::PossDupFlag), "it is marked as sent again");
        send("D", {{tags::ClOrdID, "q-third"},
                   {tags::Account, comp_id},
                   {tags::OrderQty, "20"},
                   {tags::OrdType, "2"},
                   {tags::Price, options_.price}});
        report("a second order is accepted", {{150, "0"}, {11, "q-third"}});
        report("and filled whole by what rests", {{150, "F"}, {39, "2"}, {14, "20"}, {151, "0"}});
        send("F", {{tags::OrigClOrdID, "q-second"}, {tags::ClOrdID, "q-fourth"}});
        report("cancelled", {{150, "4"}, {39, "4"}, {14, "50"}, {151, "0"}, {41, "q-second"}});
        send("F", {{tags::OrigClOrdID, "q-second"}, {tags::ClOrdID, "q-fifth"}});
        const FIX::Message late = broker_.take("too late");
        check(late, "9", {{434, "1"}, {102, "0"}, {39, "4"}});
        std::cout << "ok: a second cancel is too late" << std::endl;
    }

private:
    static void expect(bool condition, const std::string& what) {
        if (!condition) throw std::runtime_error("expected: " + what);
        std::cout << "ok: " << what << std::endl;
    }

    static void check(const FIX::Message& message, const std::string& type, const Fields& fields) {
        bool same = message.getHeader().getField(tags::MsgType) == type;
        for (const auto& [tag, value] : fields) {
            same = same && message.isSetField(tag) && message.getField(tag) == value;
        }
        if (!same) throw std::runtime_error("not as expected: " + message.toString());
    }

    FIX::Message report(const std::string& what, const Fields& fields) {
        FIX::Message message = broker_.take(what);
        check(message, "8", fields);
        std::cout << "ok: " << what << std::endl;
        return message;
    }

    void send(const std::string& type, const Fields& fields) {
        FIX::Message message;
        message.getHeader().setField(FIX::MsgType(type));
        message.setField(tags::Symbol, options_.symbol);
        message.setField(tags::Side, "1");
        message.setField(FIX::TransactTime());
        for (const auto& [tag, value] : fields) message.setField(tag, value);
        if (!FIX::Session::sendToTarget(message, id_)) {
            throw std::runtime_error("QuickFIX does not send " + message.toString());
        }
    }

    const Options& options_;
    Broker& broker_;
    const FIX::SessionID id_;
};

FIX::SessionSettings session_settings(const Options& options) {
    const std::string dictionary = options.directory + "/FIX44.xml";
    std::ofstream(dictionary) << carbonx::gateway::dictionary_xml;
    std::stringstream text;
    text << "[DEFAULT]\nConnectionType=initiator\nStartTime=00:00:00\nEndTime=00:00:00\n"
         << "HeartBtInt=10\nReconnectInterval=1\nUseDataDictionary=Y\nDataDictionary=" << dictionary
         << "\nFileStorePath=" << options.directory << "/store\nSocketConnectHost=127.0.0.1\n"
         << "SocketConnectPort=" << options.port << "\n[SESSION]\nBeginString=FIX.4.4\n"
         << "SenderCompID=" << comp_id << "\nTargetCompID=CARBONX\n";
    return FIX::SessionSettings(text);
}

void trade(const Options& options) {
    Broker broker;
    FIX::SessionSettings settings = session_settings(options);
    FIX::FileStoreFactory stores(settings);
    FIX::ThreadedSocketInitiator initiator(broker, stores, settings);
    initiator.start();
    Life life(options, broker);
    if (options.part == "first") {
        life.first();
        std::cout << "ok: crashes" << std::endl;
        std::_Exit(0);
    }
    life.second();
    initiator.stop();
    broker.wait("logged out", false);
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 7) {
        std::cerr << "usage: quickfix_initiator first|second PORT DIRECTORY SYMBOL PRICE LOWER\n";
        return 1;
    }
    try {
        trade({argv[1], argv[2], argv[3], argv[4], argv[5], argv[6]});
        return 0;
    } catch (const std::exception& problem) {
        std::cerr << "quickfix_initiator: " << problem.what() << '\n';
        std::_Exit(1);
    }
}

#include "tools/certify_run.h"

#include <algorithm>
#include <charconv>
#include <ostream>

#include "engine/api/process.h"
#include "tools/security_list.h"

namespace carbonx::tools {

namespace {

void read_counter(Certification& run) {
    run.broker.say({.type = "x", .body = "320=c|559=0|55=" + run.settings.symbol + "|"});
    const Heard list = run.broker.hear();
    require(list[35] == "y" && list[560] == "0",
            run.settings.symbol + " is not listed, name another with --symbol: " + list.shown());
    FixView view;
    view.read(list.bytes());
    const ListedCounter row = read_security_list(view).front();
    run.counter = {std::string(row.currency), decimal_units(row.tick),      decimal_units(row.low),
                   decimal_units(row.high),   decimal_units(row.reference), ""};
    const std::string key = "872=Instrument=";
    const std::size_t at = list.bytes().find(key);
    if (at != std::string::npos) {
        const std::size_t begin = at + key.size();
        run.counter.instrument =
            list.bytes().substr(begin, list.bytes().find(fix_separator, begin) - begin);
    }
    for (Desk* desk : {&run.broker, &run.other}) desk->trade_in(run.settings.symbol, run.price(0));
}

// Both logged on, nothing open.
void prepare(Certification& run) {
    for (Desk* desk : {&run.other, &run.broker}) {
        if (!desk->is_logged_on()) begin_session(*desk);
        desk->cancel_all();
    }
    if (run.counter.tick == 0) read_counter(run);
}

class Performance {
public:
    Performance(const CertifySettings& settings, std::ostream& out)
        : run_{settings, Desk(settings.broker), Desk(settings.other), Desk(settings.copy), {}},
          out_(out) {}

    void play(const std::string& number, const Step& step) {
        if (!step.not_tried.empty()) {
            ++totals_.not_tried;
            tell("not tried", number, step.text + ": " + step.not_tried);
            return;
        }
        try {
            is_ready_ = false;
            prepare(run_);
            is_ready_ = true;
            step.run(run_);
            if (run_.broker.is_logged_on()) run_.broker.expect_nothing();
            ++totals_.passed;
            tell("passed", number, step.text);
        } catch (const std::exception& failure) {
            ++totals_.failed;
            tell("FAILED", number, step.text + "\n           " + failure.what());
            run_.broker.drop();
            run_.other.drop();
        }
        run_.copy.drop();
    }
    // False: the last step could not begin.
    bool is_ready() const { return is_ready_; }
    const CertifyTotals& totals() const { return totals_; }
    void end() {
        for (Desk* desk : {&run_.other, &run_.broker}) {
            if (!desk->is_logged_on()) continue;
            desk->cancel_all();
            desk->log_out();
        }
    }

private:
    void tell(const std::string& result, const std::string& number, const std::string& text) {
        constexpr std::size_t result_width = 11, number_width = 6;
        const std::string begin = result + std::string(result_width - result.size(), ' ');
        out_ << begin << number
             << std::string(number_width - std::min(number_width - 1, number.size()), ' ') << text
             << std::endl;
    }

    Certification run_;
    std::ostream& out_;
    CertifyTotals totals_;
    bool is_ready_ = true;
};

std::string number_of(std::size_t chapter, std::size_t step) {
    return std::to_string(chapter + 1) + "." + std::to_string(step + 1);
}

bool is_chosen(const std::vector<std::string>& chosen, const std::string& number) {
    return chosen.empty() || std::any_of(chosen.begin(), chosen.end(), [&](const auto& one) {
               return one == number || number.starts_with(one + ".");
           });
}

}  // namespace

void begin_session(Desk& desk) {
    constexpr uint64_t patience_ns = 3'000'000'000;
    const uint64_t deadline = monotonic_ns() + patience_ns;
    const bool may_wait = desk.next_out > 1;
    while (true) {
        try {
            return desk.log_on();
        } catch (const StepFailed& failure) {
            if (may_wait && monotonic_ns() < deadline) continue;
            throw StepFailed(
                desk.settings().comp_id +
                " cannot log on (CompID, password, address, or it is in use): " + failure.what());
        }
    }
}

std::string price_text(int64_t ten_thousandths) {
    std::string text = std::to_string(ten_thousandths / 10'000) + "." +
                       std::to_string(10'000 + ten_thousandths % 10'000).substr(1);
    while (text.ends_with('0') && text[text.size() - 3] != '.') text.pop_back();
    return text;
}

int64_t decimal_units(std::string_view text) {
    int64_t value = 0;
    int decimals = -1;
    for (const char c : text) {
        if (c == '.') {
            decimals = 0;
        } else {
            value = value * 10 + (c - '0');
            if (decimals >= 0) ++decimals;
        }
    }
    for (int i = std::max(decimals, 0); i < 4; ++i) value *= 10;
    return value;
}

std::string Certification::price(int ticks) const {
    return price_text(counter.reference + ticks * counter.tick);
}

std::string Certification::resting_order(Desk& desk, const std::string& fields) {
    const std::string id = desk.order(fields);
    desk.expect("8", "150=0|39=0|11=" + id);
    return id;
}

std::vector<Chapter> certify_chapters(const CertifySettings& settings) {
    return {logon_chapter(),           message_chapter(),         order_chapter(),
            refusal_chapter(settings), unsupported_chapter(),     disconnect_chapter(),
            copy_chapter(settings),    resend_chapter(),          market_chapter(),
            account_chapter(),         throttle_chapter(settings)};
}

void list_steps(const std::vector<Chapter>& chapters, std::ostream& out) {
    for (std::size_t i = 0; i < chapters.size(); ++i) {
        out << i + 1 << " " << chapters[i].name << '\n';
        for (std::size_t j = 0; j < chapters[i].steps.size(); ++j) {
            const Step& step = chapters[i].steps[j];
            out << "  " << number_of(i, j) << " " << step.text;
            if (!step.not_tried.empty()) out << " (not tried: " << step.not_tried << ")";
            out << '\n';
        }
    }
}

CertifyTotals certify(const CertifySettings& settings, const std::vector<std::string>& chosen,
                      std::ostream& out) {
    Desk(settings.broker).connect();
    Performance performance(settings, out);
    const std::vector<Chapter> chapters = certify_chapters(settings);
    for (std::size_t i = 0; i < chapters.size(); ++i) {
        for (std::size_t j = 0; j < chapters[i].steps.size(); ++j) {
            const std::string number = number_of(i, j);
            if (!is_chosen(chosen, number)) continue;
            performance.play(number, chapters[i].steps[j]);
            if (performance.is_ready()) continue;
            out << "           the steps behind it cannot begin\n";
            return performance.totals();
        }
    }
    performance.end();
    return performance.totals();
}

}  // namespace carbonx::tools

#include "bench/fix_orders.h"

#include <algorithm>
#include <charconv>
#include <stdexcept>

#include "bench/fix_venue.h"
#include "engine/api/process.h"

namespace carbonx::bench {
namespace {

namespace asio = boost::asio;
using asio::ip::tcp;

constexpr std::size_t input_bytes_max = 256 * 1024;
constexpr std::size_t body_begin = 16;  // behind 8=FIX.4.4|9=nnn|
constexpr uint64_t first_client_id = 10'000'000;

std::string with_separators(std::string text) {
    std::replace(text.begin(), text.end(), '|', tools::fix_separator);
    return text;
}

std::string price_text(int64_t cents) {
    const std::string fraction = std::to_string(100 + cents % 100);
    return std::to_string(cents / 100) + "." + fraction.substr(1);
}

std::vector<std::string> all_terms() {
    std::vector<std::string> all;
    for (unsigned i = 0; i < prices; ++i) {
        for (unsigned counter = 0; counter < counters; ++counter) {
            const bool is_buy = (i + counter) % 2 == 0;
            const int64_t cents = (is_buy ? buy_price_cents : sell_price_cents) + i;
            all.push_back(with_separators("38=1|40=2|44=" + price_text(cents) +
                                          "|54=" + (is_buy ? "1" : "2") +
                                          "|55=" + counter_symbol(counter) + "|59=0|60="));
        }
    }
    return all;
}

unsigned sum_of(std::string_view bytes) {
    unsigned sum = 0;
    for (const char byte : bytes) sum += static_cast<unsigned char>(byte);
    return sum % 256;
}

}  // namespace

FixOrders::FixOrders(asio::io_context& io, uint16_t port, unsigned broker_number)
    : name_(broker(broker_number)), terms_(all_terms()), socket_(io), input_(input_bytes_max) {
    socket_.connect({asio::ip::address_v4::loopback(), port});
    socket_.set_option(tcp::no_delay(true));
    socket_.non_blocking(true);
    log_on();
}

void FixOrders::log_on() {
    begin('A');
    output_ += with_separators(std::string("98=0|108=60|141=Y|553=") + name_ +
                               "|554=" + broker_password + "|");
    end();
    const uint64_t patience = monotonic_ns() + 10'000'000'000;
    Idle idle(IdlePolicy::sleep);
    while (!logged_on_) {
        idle(poll());
        if (monotonic_ns() > patience || stopped())
            throw std::runtime_error(name_ + " is not let in");
    }
}

void FixOrders::add() {
    begin('D');
    output_.append("1=").append(name_).append(
        "\x01"
        "11=");
    add_number(first_client_id + sent_);
    output_ += tools::fix_separator;
    output_.append(terms_[sent_ % terms_.size()]).append(time_) += tools::fix_separator;
    end();
    ++sent_;
}

void FixOrders::add_number(uint64_t number) {
    char text[20];
    output_.append(text, std::to_chars(text, text + sizeof text, number).ptr);
}

// Up to the first field of the body; its length and checksum come with end().
void FixOrders::begin(char type) {
    if (const uint64_t now = utc_ns(); now / 1'000'000 != time_ms_) {
        time_ms_ = now / 1'000'000;
        time_ = tools::fix_time(now);
    }
    message_begin_ = output_.size();
    output_.append(
        "8=FIX.4.4\x01"
        "9=000\x01"
        "35=") += type;
    output_ +=
        "\x01"
        "34=";
    add_number(next_out_++);
    output_
        .append(
            "\x01"
            "49=")
        .append(name_)
        .append(
            "\x01"
            "52=")
        .append(time_);
    output_ +=
        "\x01"
        "56=CARBONX\x01";
}

void FixOrders::end() {
    const std::size_t length = output_.size() - message_begin_ - body_begin;
    char* const digits = output_.data() + message_begin_ + body_begin - 4;
    digits[0] = static_cast<char>('0' + length / 100);
    digits[1] = static_cast<char>('0' + length / 10 % 10);
    digits[2] = static_cast<char>('0' + length % 10);
    const unsigned sum = sum_of(std::string_view(output_).substr(message_begin_));
    const char trailer[] = {'1',
                            '0',
                            '=',
                            static_cast<char>('0' + sum / 100),
                            static_cast<char>('0' + sum / 10 % 10),
                            static_cast<char>('0' + sum % 10),
                            tools::fix_separator};
    output_.append(trailer, sizeof trailer);
    order_bytes_ = output_.size() - message_begin_;
}

std::size_t FixOrders::poll() {
    const uint64_t before = answered_;
    flush();
    read();
    return answered_ - before;
}

void FixOrders::flush() {
    if (output_.empty()) return;
    boost::system::error_code error;
    const std::size_t rest = output_.size() - written_;
    written_ += socket_.write_some(asio::buffer(output_.data() + written_, rest), error);
    if (written_ < output_.size()) return;
    output_.clear();
    written_ = 0;
}

void FixOrders::read() {
    boost::system::error_code error;
    input_bytes_ += socket_.read_some(
        asio::buffer(input_.data() + input_bytes_, input_.size() - input_bytes_), error);
    if (error && error != asio::error::would_block)
        throw std::runtime_error(name_ + ": the server has closed the connection" +
                                 (first_refusal_.empty() ? "" : ": " + first_refusal_));
    std::size_t taken = 0;
    while (true) {
        const auto message = tools::first_message({input_.data() + taken, input_bytes_ - taken});
        if (!message) throw std::runtime_error(name_ + ": the server does not speak FIX 4.4");
        if (message->empty()) break;
        received(*message);
        taken += message->size();
    }
    if (taken == 0) return;
    input_bytes_ -= taken;
    std::copy_n(input_.begin() + static_cast<std::ptrdiff_t>(taken), input_bytes_, input_.begin());
}

void FixOrders::received(std::string_view message) {
    view_.read(message);
    const bool in_turn = view_.number(34) == static_cast<int64_t>(next_in_++);
    const unsigned sum = sum_of(message.substr(0, message.size() - 7));
    const std::string_view type = view_.type();
    if (in_turn && view_.number(10) == sum) {
        if (type == "8" && is_next_report()) {
            ++answered_;
            report_bytes_ = message.size();
            return;
        }
        if (type == "A") logged_on_ = true;
        if (type == "1") {
            begin('0');
            output_.append("112=").append(view_[112]) += tools::fix_separator;
            end();
        }
        if (type == "A" || type == "0" || type == "1") return;
    }
    if (type == "8") ++answered_;
    if (refused_++ == 0) first_refusal_ = message;
}

bool FixOrders::is_next_report() const {
    return view_[150] == "0" && view_[39] == "0" &&
           view_.number(11) == static_cast<int64_t>(first_client_id + answered_);
}

}  // namespace carbonx::bench

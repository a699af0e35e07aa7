// The messages that go round QuickFIX: which do, and that QuickFIX would have let each of them in.
#include <catch2/catch.hpp>

#include <random>

#include "gateway/dictionary.h"
#include "gateway/hot_path.h"

namespace carbonx::gateway {
namespace {

constexpr std::string_view now = "20260302-02:00:00.000";

// "35=D|..." as bytes, with its length and its checksum.
std::string framed(std::string body) {
    std::replace(body.begin(), body.end(), '|', '\x01');
    std::string text =
        "8=FIX.4.4\x01"
        "9=" +
        std::to_string(body.size()) + "\x01" + body;
    unsigned sum = 0;
    for (const char c : text) sum += static_cast<unsigned char>(c);
    char trailer[16];
    std::snprintf(trailer, sizeof trailer, "10=%03u\x01", sum % 256);
    return text + trailer;
}

const std::string header = "34=7|49=BROKER1|56=CARBONX|52=20260302-02:00:00.000|";

bool hot(const std::string& text) {
    MessageView message;
    return message.parse(text) && is_hot(message, {"BROKER1", "CARBONX", 7, *parse_timestamp(now)});
}

bool hot_body(const std::string& type, const std::string& body, const std::string& head = header) {
    return hot(framed("35=" + type + "|" + head + body));
}

const std::string order =
    "11=a|1=FIRM1|55=V415024H|54=1|60=20260302-02:00:00|38=100|40=2|44=10.05|";
const std::string cancel = "41=a|11=b|55=V415024H|54=1|60=20260302-02:00:00.000|";

}  // namespace

TEST_CASE("hot path: orders, cancels and replaces of the usual form are hot") {
    CHECK(hot_body("D", order));
    CHECK(hot_body("D", order + "59=3|18=6|15=HKD|21=1|58=hello|"));
    CHECK(hot_body("F", cancel));
    CHECK(hot_body("F", cancel + "37=12|38=100|1=FIRM1|"));
    CHECK(hot_body("G", cancel + "38=90|40=2|44=10.01|"));
}

TEST_CASE("hot path: what is unusual in any respect is left to QuickFIX") {
    CHECK_FALSE(hot_body("D", order, "34=8|49=BROKER1|56=CARBONX|52=20260302-02:00:00.000|"));
    CHECK_FALSE(hot_body("D", order, "34=7|49=BROKER2|56=CARBONX|52=20260302-02:00:00.000|"));
    CHECK_FALSE(hot_body("D", order, "34=7|49=BROKER1|56=CARBON|52=20260302-02:00:00.000|"));
    CHECK_FALSE(hot_body("D", order, "34=7|49=BROKER1|56=CARBONX|52=20260302-02:02:00.000|"));
    CHECK_FALSE(hot_body("D", order, "34=7|49=BROKER1|56=CARBONX|52=20260302-01:58:00.000|"));
    CHECK_FALSE(hot_body("D", order, "34=7|49=BROKER1|56=CARBONX|"));
    for (const char* field : {"43=Y|", "97=Y|", "50=me|", "122=20260302-02:00:00|", "115=X|"}) {
        CHECK_FALSE(hot_body("D", order, header + field));
    }
    for (const char* field : {"54=1|", "99=1|", "110=1|", "5001=Y|", "9999=1|", "34=7|", "0=1|"}) {
        INFO(field);
        CHECK_FALSE(hot_body("D", order + field));
    }
    for (const char* type : {"0", "A", "8", "H", "q", "AF", ""}) CHECK_FALSE(hot_body(type, order));
    CHECK_FALSE(hot_body("F", order));
    CHECK_FALSE(hot_body("D", cancel));
    CHECK_FALSE(hot_body("G", cancel));
    // Each required field missing, empty, or of a wrong format.
    for (const char* tag : {"11", "1", "55", "54", "60", "38", "40"}) {
        INFO(tag);
        const std::size_t begin = order.find("|" + std::string(tag) + "=");
        const std::size_t from = begin == std::string::npos ? 0 : begin + 1;
        const std::size_t end = order.find('|', from);
        CHECK_FALSE(hot_body("D", order.substr(0, from) + order.substr(end + 1)));
        CHECK_FALSE(
            hot_body("D", order.substr(0, from) + std::string(tag) + "=|" + order.substr(end + 1)));
    }
    CHECK_FALSE(hot_body("D", order + "59=9|"));
    CHECK_FALSE(hot_body("D", order + "15=DOLLARS|"));
    CHECK_FALSE(hot_body("D", order + "15=H\tD|"));
    for (const char wrong : {'\0', '\t', '\x1f', '\x7f', '\xe9', '\xff'}) {
        for (const char* tag : {"11", "1", "55"}) {
            std::string body = order;
            body.insert(("|" + body).find("|" + std::string(tag) + "=") + 3, 1, wrong);
            CAPTURE(tag, wrong);
            CHECK_FALSE(hot_body("D", body));
        }
        CHECK_FALSE(hot_body("D", order + "58=a" + wrong + "|"));
    }
    for (const char* field : {"058=x|", "4294967354=x|", "65594=x|"}) {
        CHECK_FALSE(hot_body("D", order + field));
    }
    CHECK_FALSE(hot_body("D", "11=a|1=F|55=V|54=1|60=20260230-02:00:00|38=100|40=1|"));
    CHECK_FALSE(hot_body("D", "11=a|1=F|55=V|54=1|60=20260302-02:00:00|38=-100|40=1|"));
    CHECK_FALSE(hot_body("D", "11=a|1=F|55=V|54=1|60=20260302-02:00:00|38=1e3|40=1|"));

    std::string wrong_sum = framed("35=D|" + header + order);
    wrong_sum[wrong_sum.size() - 2] = wrong_sum[wrong_sum.size() - 2] == '0' ? '1' : '0';
    CHECK_FALSE(hot(wrong_sum));
}

TEST_CASE("hot path: QuickFIX lets in, unchanged, whatever is hot") {
    const auto dictionary = load_dictionary();
    std::mt19937 random(20260302);
    const std::vector<std::string> pieces = {
        "11=a|",   "1=FIRM1|", "55=V|",       "54=1|",    "54=9|",       "60=20260302-02:00:00|",
        "38=100|", "40=2|",    "44=10.0|",    "59=3|",    "18=6|",       "15=HKD|",
        "15=HK|",  "21=2|",    "21=7|",       "58=t t|",  "37=1|",       "41=z|",
        "38=1.5|", "44=.|",    "44=1.|",      "60=x|",    "526=1|",      "40=P|",
        "48=V|",   "22=8|",    "1=\xc3\xa9|", "38=0100|", "44=00.10000|"};
    int hot_count = 0;
    for (int i = 0; i < 200'000; ++i) {
        const char type = "DFG"[random() % 3];
        std::string body = type == 'D' ? order : cancel;
        if (type == 'G') body += "38=1|40=2|";
        for (auto changes = random() % 4; changes > 0; --changes) {
            const std::string& piece = pieces[random() % pieces.size()];
            if (random() % 2 == 0) {
                body += piece;
                continue;
            }
            const std::string tag = piece.substr(0, piece.find('=') + 1);
            const std::size_t at = body.find("|" + tag);
            if (at == std::string::npos) continue;
            body.replace(at + 1, body.find('|', at + 1) - at, piece);
        }
        const std::string text = framed("35=" + std::string(1, type) + "|" + header + body);
        if (!hot(text)) continue;
        ++hot_count;
        INFO(body);
        const FIX::Message message(text, *dictionary, true);
        CHECK_NOTHROW(dictionary->validate(message));
    }
    CHECK(hot_count > 20'000);
}

TEST_CASE("timestamp: text and number agree, at any order of times") {
    Timestamp timestamp;
    std::mt19937_64 random(7);
    for (int i = 0; i < 100'000; ++i) {
        const uint64_t ms = random() % 4'000'000'000'000 / (i % 2 == 0 ? 1 : 1000);
        CHECK(parse_timestamp(timestamp.text(ms * 1'000'000)) == ms);
    }
    CHECK(timestamp.text(1'772'416'800'123'000'000) == "20260302-02:00:00.123");
    CHECK(parse_timestamp("20260302-02:00:00") == 1'772'416'800'000);
    for (const char* wrong :
         {"", "20260302", "20260302-02:00:60", "20260302-24:00:00", "20261302-02:00:00",
          "20260302 02:00:00", "20260302-02:00:00.1", "20260229-02:00:00", "00000000-00:00:00"}) {
        CHECK_FALSE(parse_timestamp(wrong));
    }
}

}  // namespace carbonx::gateway

// What a drop copy session hears, and that it only listens.
#include <algorithm>

#include "tools/certify_steps.h"

namespace carbonx::tools {

namespace {

// The fields of a report without what each session has of its own.
std::vector<std::string> body_of(const Heard& report) {
    static const std::vector<std::string> own = {"8",  "9",  "10",  "34",  "49", "52",
                                                 "56", "43", "122", "115", "797"};
    std::vector<std::string> fields;
    const std::string& bytes = report.bytes();
    for (std::size_t at = 0; at < bytes.size();) {
        const std::size_t end = std::min(bytes.find('\x01', at), bytes.size());
        const std::string field = bytes.substr(at, end - at);
        const std::string tag = field.substr(0, field.find('='));
        if (std::find(own.begin(), own.end(), tag) == own.end()) fields.push_back(field);
        at = end + 1;
    }
    return fields;
}

void require_copy(Certification& run, const Heard& report, const std::string& marks = "") {
    const Heard copy = run.copy.expect(
        "8", "797=Y|115=" + run.broker.settings().comp_id + "|17=" + report[17] + "|" + marks);
    require(body_of(copy) == body_of(report),
            "the copy differs: " + copy.shown() + " of " + report.shown());
}

// Each kind of report of a broker's, as the broker heard them.
std::vector<Heard> talk(Certification& run) {
    std::vector<Heard> reports;
    const std::string id = run.broker.order("38=100");
    reports.push_back(run.broker.expect("8", "150=0"));
    run.other.order("54=2|38=40|59=3");
    reports.push_back(run.broker.expect("8", "150=F"));
    const std::string later = run.broker.replace(id, "38=90");
    reports.push_back(run.broker.expect("8", "150=5"));
    run.broker.cancel(later);
    reports.push_back(run.broker.expect("8", "150=4"));
    run.broker.order("44=" + price_text(run.counter.high * 2));
    reports.push_back(run.broker.expect("8", "150=8"));
    run.broker.order("54=3");  // refused by the gateway
    reports.push_back(run.broker.expect("8", "150=8|103=11"));
    return reports;
}

void each_report(Certification& run) {
    begin_session(run.copy);
    for (const Heard& report : talk(run)) require_copy(run, report);
    run.copy.expect_takes(run.copy.next_out);
}

void nobody_elses(Certification& run) {
    begin_session(run.copy);
    const std::string theirs = run.resting_order(run.other, "54=2|44=" + run.price(5));
    run.other.cancel(theirs, "54=2");
    run.other.expect("8", "150=4");
    run.broker.order("");
    require_copy(run, run.broker.expect("8", "150=0"));
}

void missed(Certification& run) {
    begin_session(run.copy);
    const int first = run.copy.next_in;
    run.copy.drop();
    const std::vector<Heard> reports = talk(run);
    run.copy.come_back();
    run.copy.say({.type = "2", .body = "7=" + std::to_string(first) + "|16=0|"});
    for (const Heard& report : reports) require_copy(run, report, "43=Y|122=*");
    run.copy.expect("4", "123=Y|43=Y");
}

void only_listens(Certification& run) {
    begin_session(run.copy);
    for (const std::string type : {"D", "q", "H", "x", "AN"}) {
        std::string body;
        if (type == "D") body = run.broker.order_body(run.broker.next_id(), "");
        if (type == "q") body = "11=x|530=7|60=" + fix_now() + "|";
        if (type == "H") body = "11=x|54=1|";
        if (type == "x") body = "320=x|559=4|";
        if (type == "AN") body = "710=x|724=0|";
        run.copy.say({.type = type, .body = body});
        run.copy.expect("j", "372=" + type + "|380=6|58=*");
    }
}

}  // namespace

Chapter copy_chapter(const CertifySettings& settings) {
    if (settings.copy.comp_id.empty()) {
        return {"Drop copy", {{"drop copy", {}, "no such session is named: --copy-comp-id"}}};
    }
    return {
        "Drop copy",
        {
            {"every report of the firm is copied, field by field, with 797=Y and 115", each_report},
            {"another firm's reports are not", nobody_elses},
            {"what was missed comes by resend", missed},
            {"it may say nothing: j with 380=6", only_listens},
        }};
}

}  // namespace carbonx::tools

// carbonx-certify: plays a certification against a running gateway. `carbonx-certify` with the
// demo.
#include <CLI/CLI.hpp>
#include <iostream>

#include "tools/certify_run.h"

namespace {

using namespace carbonx::tools;

int play(const CertifySettings& settings, const std::vector<std::string>& chosen) {
    const CertifyTotals totals = certify(settings, chosen, std::cout);
    std::cout << "certify: passed=" << totals.passed << " failed=" << totals.failed
              << " not tried=" << totals.not_tried << std::endl;
    return totals.failed == 0 && totals.passed > 0 ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
    CLI::App app{
        "Plays a certification against a running FIX gateway through two sessions of two firms, "
        "and "
        "prints each step.\nEnds with 0 if all that it tried has passed, else with 1. Without "
        "options: the demo's."};
    CertifySettings settings;
    settings.broker.comp_id = "SPARE";
    settings.broker.password = "demo-spare";
    settings.other.comp_id = "SPARE2";
    settings.other.password = "demo-spare2";
    settings.copy.comp_id = "SPARECOPY";
    settings.copy.password = "demo-sparecopy";
    std::vector<std::string> chosen;
    bool list = false;
    app.add_option("--host", settings.broker.host, "the gateway's address")->capture_default_str();
    app.add_option("--port", settings.broker.port, "the gateway's port")->capture_default_str();
    app.add_option("--target", settings.broker.target, "the venue's CompID")->capture_default_str();
    app.add_option("--comp-id", settings.broker.comp_id, "SenderCompID")->capture_default_str();
    app.add_option("--password", settings.broker.password, "its password")->capture_default_str();
    app.add_option("--account", settings.broker.account, "its account; the CompID if not given");
    app.add_option("--other-comp-id", settings.other.comp_id, "of another firm")
        ->capture_default_str();
    app.add_option("--other-password", settings.other.password, "its password")
        ->capture_default_str();
    app.add_option("--other-account", settings.other.account,
                   "its account; the CompID if not given");
    app.add_option("--copy-comp-id", settings.copy.comp_id,
                   "a drop copy of the first firm; \"\": not tried")
        ->capture_default_str();
    app.add_option("--copy-password", settings.copy.password, "its password")
        ->capture_default_str();
    app.add_option("--symbol", settings.symbol, "a counter in which nobody else trades")
        ->capture_default_str();
    app.add_option("--grace-ms", settings.cancel_grace_ms,
                   "the venue's time between a disconnect and the cancel of orders")
        ->capture_default_str();
    app.add_option("--open-orders", settings.open_orders_max,
                   "how many open orders the other firm may have; 0: not tried")
        ->capture_default_str();
    app.add_option("--rate", settings.messages_a_second,
                   "messages a second that the venue lets through; 0: no limit, not tried")
        ->capture_default_str();
    app.add_option("--step", chosen, "only this step (4.2) or chapter (4); may be repeated");
    app.add_flag("--list", list, "prints the steps, and plays none");
    CLI11_PARSE(app, argc, argv);
    for (DeskSettings* desk : {&settings.other, &settings.copy}) {
        desk->host = settings.broker.host;
        desk->port = settings.broker.port;
        desk->target = settings.broker.target;
    }
    for (DeskSettings* desk : {&settings.broker, &settings.other}) {
        if (desk->account.empty()) desk->account = desk->comp_id;
    }
    try {
        if (!list) return play(settings, chosen);
        list_steps(certify_chapters(settings), std::cout);
        return 0;
    } catch (const std::exception& problem) {
        std::cerr << "carbonx-certify: " << problem.what() << '\n';
        return 1;
    }
}

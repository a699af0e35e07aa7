// The tables that a replay exports: see export_table.h.
#include "tools/export_table.h"

namespace carbonx::tools {
namespace {

constexpr Column trades[] = {
    {"match_number", "INTEGER"}, {"command", "INTEGER"},   {"time", "TEXT"},
    {"counter", "TEXT"},         {"currency", "TEXT"},     {"price", "INTEGER"},
    {"quantity", "INTEGER"},     {"notional", "INTEGER"},  {"taker_side", "TEXT"},
    {"buyer_account", "TEXT"},   {"buyer_order", "TEXT"},  {"buyer_fee", "INTEGER"},
    {"seller_account", "TEXT"},  {"seller_order", "TEXT"}, {"seller_fee", "INTEGER"},
};
constexpr Column orders[] = {
    {"order_id", "TEXT"},  {"event", "INTEGER"},      {"command", "INTEGER"},
    {"time", "TEXT"},      {"session", "TEXT"},       {"client_id", "TEXT"},
    {"account", "TEXT"},   {"counter", "TEXT"},       {"side", "TEXT"},
    {"type", "TEXT"},      {"time_in_force", "TEXT"}, {"post_only", "INTEGER"},
    {"price", "INTEGER"},  {"quantity", "INTEGER"},   {"executed", "INTEGER"},
    {"leaves", "INTEGER"}, {"state", "TEXT"},         {"reason", "TEXT"},
    {"rule", "TEXT"},      {"end_event", "INTEGER"},  {"end_time", "TEXT"},
};
constexpr Column ledger[] = {
    {"event", "INTEGER"},  {"command", "INTEGER"}, {"time", "TEXT"},   {"kind", "TEXT"},
    {"account", "TEXT"},   {"asset", "TEXT"},      {"lot", "INTEGER"}, {"cash", "INTEGER"},
    {"tonnes", "INTEGER"}, {"reference", "TEXT"},
};
constexpr Column deliveries[] = {
    {"event", "INTEGER"},
    {"command", "INTEGER"},
    {"time", "TEXT"},
    {"kind", "TEXT"},
    {"match_number", "INTEGER"},
    {"instrument", "TEXT"},
    {"lot", "INTEGER"},
    {"registry", "TEXT"},
    {"serial_prefix", "TEXT"},
    {"serial_first", "INTEGER"},
    {"serial_last", "INTEGER"},
    {"tonnes", "INTEGER"},
    {"from_account", "TEXT"},
    {"to_account", "TEXT"},
};
constexpr Column instruments[] = {
    {"id", "INTEGER"},      {"name", "TEXT"},         {"project", "TEXT"},
    {"vintage", "INTEGER"}, {"round_lot", "INTEGER"}, {"quantity_max", "INTEGER"},
};
constexpr Column counters[] = {
    {"id", "INTEGER"},   {"symbol", "TEXT"},       {"instrument", "TEXT"}, {"currency", "TEXT"},
    {"tick", "INTEGER"}, {"reference", "INTEGER"}, {"fee_ppm", "INTEGER"},
};
constexpr Column accounts[] = {{"id", "INTEGER"}, {"name", "TEXT"}, {"participant", "TEXT"}};
constexpr Column listings[] = {
    {"event", "INTEGER"}, {"command", "INTEGER"}, {"time", "TEXT"}, {"text", "TEXT"}};

constexpr TableShape shapes[] = {
    {Table::trades, "trades", trades},
    {Table::orders, "orders", orders},
    {Table::ledger, "ledger", ledger},
    {Table::deliveries, "deliveries", deliveries},
    {Table::instruments, "instruments", instruments},
    {Table::counters, "counters", counters},
    {Table::accounts, "accounts", accounts},
    {Table::listings, "listings", listings},
};

}  // namespace

std::span<const TableShape> export_tables() { return shapes; }

}  // namespace carbonx::tools

// carbonx-replay's exports and state hashes: what another program, or another build, makes of them.
#include <sqlite3.h>
#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "tests/replay_day.h"
#include "tools/export_table.h"

namespace carbonx::tests {

using Catch::Contains;

namespace {

// An SQLite file, asked in SQL; a row a line, its cells with | between them.
class Database {
public:
    explicit Database(const std::filesystem::path& file) {
        REQUIRE(::sqlite3_open_v2(file.c_str(), &database_, SQLITE_OPEN_READONLY, nullptr) ==
                SQLITE_OK);
    }
    ~Database() { ::sqlite3_close(database_); }
    Database(const Database&) = delete;
    Database& operator=(const Database&) = delete;

    std::string ask(const std::string& sql) {
        std::string text;
        char* error = nullptr;
        ::sqlite3_exec(database_, sql.c_str(), add_row, &text, &error);
        INFO(sql << ": " << (error == nullptr ? "" : error));
        REQUIRE(error == nullptr);
        return text;
    }

private:
    static int add_row(void* text, int count, char** cells, char**) {
        auto& to = *static_cast<std::string*>(text);
        if (!to.empty()) to += '\n';
        for (int i = 0; i < count; ++i) {
            if (i > 0) to += '|';
            to += cells[i] == nullptr ? "" : cells[i];
        }
        return 0;
    }
    sqlite3* database_ = nullptr;
};

std::string read(const std::filesystem::path& file) {
    std::ifstream in(file);
    REQUIRE(in.good());
    std::stringstream text;
    text << in.rdbuf();
    return text.str();
}

void write(const std::filesystem::path& file, const std::string& text) {
    std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("replay: the ledger of the SQLite file sums to zero for each asset, lot and event") {
    const TradingDay day;
    const auto file = day.host.directory.path() / "day.db";
    REQUIRE(run(replay(day.host, "--sqlite " + file.string())).status == 0);
    Database database(file);

    REQUIRE(database.ask("SELECT asset, ifnull(sum(cash), 0), ifnull(sum(tonnes), 0) FROM ledger "
                         "GROUP BY asset ORDER BY asset") == "HKD|0|0\nV1|0|0");
    REQUIRE(database.ask("SELECT event FROM ledger GROUP BY event, asset, lot "
                         "HAVING sum(cash) <> 0 OR sum(tonnes) <> 0") == "");
    // What each account has is the sum of its postings.
    REQUIRE(database.ask("SELECT account, asset, sum(cash), sum(tonnes) FROM ledger "
                         "WHERE account NOT NULL GROUP BY account, asset") ==
            "BROKER1|HKD|17018000|\n"
            "BROKER1|V1||330\n"
            "BROKER2|HKD|182948000|\n"
            "BROKER2|V1||170\n"
            "CARBONX|HKD|34000|");
    REQUIRE(database.ask("SELECT counter, price, quantity, notional, taker_side, buyer_account, "
                         "seller_account, buyer_order, seller_order FROM trades") ==
            "V1H|100000|100|10000000|buy|BROKER2|BROKER1|2.1|0.1\n"
            "V1H|100500|50|5025000|buy|BROKER2|BROKER1|2.1|1.1\n"
            "V1H|100500|20|2010000|buy|BROKER2|BROKER1|2.2|1.1");
    REQUIRE(database.ask("SELECT client_id, executed, leaves, state, reason, rule FROM orders "
                         "ORDER BY client_id") ==
            "B1|150|0|filled||\n"
            "B2|||refused|price_outside_band|O4\n"
            "B3|20|0|filled||\n"
            "B4|0|5|open||\n"
            "S1|100|0|filled||\n"
            "S2|70|30|cancelled|requested|R1");
    REQUIRE(database.ask("SELECT kind, serial_first, serial_last, from_account, to_account "
                         "FROM deliveries") ==
            "deposit|1001|1500||BROKER1\n"
            "trade|1001|1100|BROKER1|BROKER2\n"
            "trade|1101|1150|BROKER1|BROKER2\n"
            "trade|1151|1170|BROKER1|BROKER2");
    REQUIRE(database.ask("SELECT count(*) FROM deliveries JOIN trades USING (match_number)") ==
            "3");
    REQUIRE(database.ask("SELECT name FROM accounts") == "CARBONX\nBROKER1\nBROKER2");
    REQUIRE(database.ask("SELECT name, project, vintage FROM instruments") == "V1|verra/VCS1|2020");
    REQUIRE(database.ask("SELECT symbol, currency, tick FROM counters") == "V1H|HKD|100");
    REQUIRE(database.ask("SELECT count(*) FROM listings") == "11");
}

TEST_CASE("replay: the CSV files have the same tables, with decimals") {
    const TradingDay day;
    const auto directory = day.host.directory.path() / "csv";
    REQUIRE(run(replay(day.host, "--csv " + directory.string())).status == 0);
    for (const auto& shape : tools::export_tables()) {
        std::string heading;
        for (const auto& column : shape.columns) {
            heading.append(heading.empty() ? "" : ",").append(column.name);
        }
        REQUIRE_THAT(read(directory / (std::string(shape.name) + ".csv")),
                     Catch::StartsWith(heading + "\n"));
    }
    REQUIRE_THAT(read(directory / "trades.csv"),
                 Contains(",V1H,HKD,10.05,50,502.50,buy,BROKER2,2.1,0.50,BROKER1,1.1,0.50\n"));
    REQUIRE_THAT(read(directory / "ledger.csv"), Contains(",deposit,,HKD,,-20000.00,,wire-1\n"));
    // A text with a comma or a quote is quoted.
    REQUIRE_THAT(read(directory / "listings.csv"), !Contains("\"\"\""));
}

TEST_CASE("replay: the tables' columns stand in the page of the tools") {
    const std::string page = read(CARBONX_SOURCE_DIRECTORY "/tools/README.md");
    for (const auto& shape : tools::export_tables()) {
        const std::size_t row = page.find("| `" + std::string(shape.name) + "` |");
        REQUIRE(row != page.npos);
        const std::string line = page.substr(row, page.find('\n', row) - row);
        for (const auto& column : shape.columns) {
            REQUIRE_THAT(line, Contains("`" + std::string(column.name) + "`"));
        }
    }
}

TEST_CASE("replay: an export goes nowhere but into a new file, or a directory that can be made") {
    const TradingDay day;
    const auto file = day.host.directory.path() / "there";
    write(file, "something");
    REQUIRE_THAT(run(replay(day.host, "--sqlite " + file.string())).text,
                 Contains("exists: remove it, or name another file"));
    REQUIRE(read(file) == "something");
    REQUIRE(run(replay(day.host, "--csv " + file.string())).status != 0);
    REQUIRE(run(replay(day.host, "--sqlite /nowhere/day.db")).status != 0);
}

TEST_CASE("replay: two builds' state hashes are compared, and the first that differs is named") {
    const TradingDay day;
    const auto file = day.host.directory.path() / "hashes";
    const std::string name = file.string();
    const auto replayed = [&](const std::string& options) {
        return run(replay(day.host, options));
    };
    REQUIRE_THAT(replayed("--hashes " + name).text, Contains("--hashes needs --hash-every"));
    REQUIRE_THAT(replayed("--compare " + name).text, Contains("expected a file that"));

    REQUIRE(replayed("--hash-every 4 --hashes " + name).status == 0);
    const Output same = replayed("--compare " + name);
    REQUIRE_THAT(same.text, Contains("hashes, ") && Contains(" the same as the file's"));
    REQUIRE(same.status == 0);
    REQUIRE_THAT(replayed("--hash-every 5 --compare " + name).text,
                 Contains("has hashes every 4 commands, not 5"));

    // Another build's hash at the third point.
    std::istringstream lines(read(file));
    std::string changed, line, point, point_before;
    for (int i = 0; std::getline(lines, line); ++i) {
        if (i == 2) point_before = line.substr(0, line.find(' '));
        if (i == 3) {
            point = line.substr(0, line.find(' '));
            line = point + " 0000000000000001";
        }
        changed += line + "\n";
    }
    write(file, changed);
    const Output different = replayed("--compare " + name);
    REQUIRE_THAT(different.text,
                 Contains("DIFFERENT state after command " + point) &&
                     Contains("the same after command " + point_before) &&
                     Contains("--hash-from " + std::to_string(std::stoull(point_before) + 1) +
                              " --until " + point));
    REQUIRE(different.status != 0);

    // One by one, the command itself is named.
    write(file, "# carbonx-replay hashes every 1\n" + point + " 0000000000000001\n");
    REQUIRE_THAT(
        replayed("--hash-from " + point + " --compare " + name).text,
        Contains("DIFFERENT state after command " + point) && Contains("the first that differs: "));
}

TEST_CASE("replay: without a file the hashes are printed, the last of them the engine's own") {
    const TradingDay day;
    char state[32];
    std::snprintf(state, sizeof state, "state %016llx\n",
                  static_cast<unsigned long long>(day.state_hash));
    REQUIRE_THAT(run(replay(day.host, "--hash-every 1")).text, Contains(state));
}

}  // namespace carbonx::tests

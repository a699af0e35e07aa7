// The tables that a replay exports, and where their rows go: CSV files or one SQLite file.
//
// Threads: one. Always: tools/README.md describes each column; both forms have the same ones.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace carbonx::tools {

// Ten-thousandths: of a currency, or of a price. CSV writes it as a decimal, SQLite keeps the
// integer, so that sums are exact.
struct Decimal {
    int64_t value = 0;
};
using Cell = std::variant<std::monostate, int64_t, Decimal, std::string>;

enum class Table : uint8_t {
    trades,
    orders,
    ledger,
    deliveries,
    instruments,
    counters,
    accounts,
    listings
};
struct Column {
    const char* name;
    const char* type;  // SQLite's: INTEGER or TEXT
};
struct TableShape {
    Table table;
    const char* name;
    std::span<const Column> columns;
};
std::span<const TableShape> export_tables();

class RowSink {
public:
    virtual ~RowSink() = default;
    // Requires: as many cells as the table has columns. Throws std::runtime_error.
    virtual void add(Table table, std::span<const Cell> row) = 0;
    // All rows are there: what was written becomes whole. Without it no SQLite file is left.
    virtual void finish() = 0;
};

// TABLE.csv for each table in a directory, which is made. Throws std::runtime_error.
std::unique_ptr<RowSink> csv_sink(const std::filesystem::path& directory);
// One file, which must not exist yet. Throws std::runtime_error.
std::unique_ptr<RowSink> sqlite_sink(const std::filesystem::path& file);

}  // namespace carbonx::tools

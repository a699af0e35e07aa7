// A replay's tables as one SQLite file: see export_table.h.
#include <sqlite3.h>

#include <stdexcept>

#include "tools/export_table.h"

namespace carbonx::tools {
namespace {

class SqliteSink : public RowSink {
public:
    explicit SqliteSink(const std::filesystem::path& file) {
        if (std::filesystem::exists(file)) {
            throw std::runtime_error("--sqlite " + file.string() +
                                     " exists: remove it, or name another file");
        }
        file_ = file.string();
        const int opened = ::sqlite3_open(file_.c_str(), &database_);
        guard_.reset(database_);
        check(opened);
        // A file that is not finished is of no use: nothing needs to survive a crash.
        run("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF; BEGIN");
        for (const TableShape& shape : export_tables()) {
            std::string columns, places;
            for (const Column& column : shape.columns) {
                const char* comma = columns.empty() ? "" : ", ";
                columns.append(comma).append(column.name).append(" ").append(column.type);
                places.append(comma).append("?");
            }
            const std::string name(shape.name);
            run("CREATE TABLE " + name + " (" + columns + ")");
            sqlite3_stmt* insert = nullptr;
            check(::sqlite3_prepare_v2(database_,
                                       ("INSERT INTO " + name + " VALUES (" + places + ")").c_str(),
                                       -1, &insert, nullptr));
            inserts_.emplace_back(insert);
        }
    }

    ~SqliteSink() override {
        inserts_.clear();
        if (!guard_) return;  // finished
        guard_.reset();
        std::error_code ignored;  // it is half a file, whether or not it can be removed
        std::filesystem::remove(file_, ignored);
    }
    SqliteSink(const SqliteSink&) = delete;
    SqliteSink& operator=(const SqliteSink&) = delete;

    void add(Table table, std::span<const Cell> row) override {
        sqlite3_stmt* insert = inserts_[static_cast<std::size_t>(table)].get();
        for (std::size_t i = 0; i < row.size(); ++i) {
            check(std::visit(Bind{insert, static_cast<int>(i + 1)}, row[i]));
        }
        if (::sqlite3_step(insert) != SQLITE_DONE) fail();
        check(::sqlite3_reset(insert));
    }
    void finish() override {
        inserts_.clear();
        run("CREATE INDEX ledger_by_account ON ledger (account, asset)");
        run("CREATE INDEX trades_by_number ON trades (match_number)");
        run("CREATE INDEX orders_by_id ON orders (order_id)");
        run("COMMIT");
        if (::sqlite3_close(guard_.release()) != SQLITE_OK) {
            throw std::runtime_error("cannot finish " + file_);
        }
    }

private:
    struct Bind {
        sqlite3_stmt* insert;
        int place;
        int operator()(std::monostate) const { return ::sqlite3_bind_null(insert, place); }
        int operator()(int64_t value) const { return ::sqlite3_bind_int64(insert, place, value); }
        int operator()(Decimal value) const {
            return ::sqlite3_bind_int64(insert, place, value.value);
        }
        int operator()(const std::string& value) const {
            return ::sqlite3_bind_text(insert, place, value.data(), static_cast<int>(value.size()),
                                       SQLITE_STATIC);
        }
    };
    struct Close {
        void operator()(sqlite3* database) const { ::sqlite3_close_v2(database); }
    };
    struct Finalize {
        void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
    };

    void run(const std::string& sql) {
        check(::sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr));
    }
    void check(int result) const {
        if (result != SQLITE_OK) fail();
    }
    [[noreturn]] void fail() const {
        throw std::runtime_error("cannot write " + file_ + ": " + ::sqlite3_errmsg(database_));
    }

    std::string file_;
    sqlite3* database_ = nullptr;
    std::unique_ptr<sqlite3, Close> guard_;
    std::vector<std::unique_ptr<sqlite3_stmt, Finalize>> inserts_;  // by table
};

}  // namespace

std::unique_ptr<RowSink> sqlite_sink(const std::filesystem::path& file) {
    return std::make_unique<SqliteSink>(file);
}

}  // namespace carbonx::tools

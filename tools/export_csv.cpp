// A replay's tables as CSV files: see export_table.h.
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <stdexcept>

#include "engine/api/decimal.h"
#include "tools/export_table.h"

namespace carbonx::tools {
namespace {

// Quoted where it must be (RFC 4180).
void append_text(std::string& line, const std::string& text) {
    if (text.find_first_of(",\"\r\n") == text.npos) {
        line += text;
        return;
    }
    line += '"';
    for (const char c : text) {
        if (c == '"') line += '"';
        line += c;
    }
    line += '"';
}

struct CellText {
    std::string& line;
    void operator()(std::monostate) const {}
    void operator()(int64_t value) const { line += std::to_string(value); }
    void operator()(Decimal value) const { line += decimal_text(value.value); }
    void operator()(const std::string& value) const { append_text(line, value); }
};

class CsvSink : public RowSink {
public:
    explicit CsvSink(const std::filesystem::path& directory) {
        std::filesystem::create_directories(directory);
        for (const TableShape& shape : export_tables()) {
            const auto path = directory / (std::string(shape.name) + ".csv");
            files_.emplace_back(std::fopen(path.c_str(), "w"));
            paths_.push_back(path);
            check(files_.size() - 1, files_.back() != nullptr);
            line_.clear();
            for (const Column& column : shape.columns) {
                if (!line_.empty()) line_ += ',';
                line_ += column.name;
            }
            write(files_.size() - 1);
        }
    }

    void add(Table table, std::span<const Cell> row) override {
        line_.clear();
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) line_ += ',';
            std::visit(CellText{line_}, row[i]);
        }
        write(static_cast<std::size_t>(table));
    }
    void finish() override {
        for (std::size_t i = 0; i < files_.size(); ++i)
            check(i, std::fclose(files_[i].release()) == 0);
        files_.clear();
    }

private:
    struct Close {
        void operator()(std::FILE* file) const { std::fclose(file); }
    };
    void write(std::size_t i) {
        line_ += '\n';
        check(i, std::fwrite(line_.data(), line_.size(), 1, files_[i].get()) == 1);
    }
    void check(std::size_t i, bool good) const {
        if (!good) {
            throw std::runtime_error("cannot write " + paths_[i].string() + ": " +
                                     std::strerror(errno));
        }
    }

    std::vector<std::unique_ptr<std::FILE, Close>> files_;  // by table
    std::vector<std::filesystem::path> paths_;
    std::string line_;
};

}  // namespace

std::unique_ptr<RowSink> csv_sink(const std::filesystem::path& directory) {
    return std::make_unique<CsvSink>(directory);
}

}  // namespace carbonx::tools

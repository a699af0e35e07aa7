// The tree's own rules: who includes what, explicit file lists, short files that open with what
// they are, nothing left for later.
#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <set>
#include <sstream>
#include <string>
#include <vector>

namespace carbonx::tests {

namespace {

namespace fs = std::filesystem;

const fs::path root = CARBONX_SOURCE_DIRECTORY;
constexpr std::size_t lines_max = 600;

struct SourceFile {
    std::string path;  // from the root
    std::vector<std::string> lines;

    bool ends_with(const char* ending) const { return path.ends_with(ending); }
};

SourceFile read(const fs::path& path) {
    SourceFile file{fs::relative(path, root), {}};
    std::ifstream in(path);
    for (std::string line; std::getline(in, line);) file.lines.push_back(line);
    return file;
}

// Everything that people write in this repository's folders, as far as its name tells.
const std::vector<SourceFile>& sources() {
    static const std::vector<SourceFile> all = [] {
        std::vector<SourceFile> files;
        for (const char* folder : {"engine", "gateway", "marketdata", "tools", "bench", "tests"}) {
            for (auto i = fs::recursive_directory_iterator(root / folder);
                 i != fs::recursive_directory_iterator(); ++i) {
                const std::string name = i->path().filename();
                if (name == "node_modules" || name == "__pycache__") i.disable_recursion_pending();
                const std::string ending = i->path().extension();
                if (ending == ".h" || ending == ".cpp" || ending == ".py" ||
                    name == "CMakeLists.txt") {
                    files.push_back(read(i->path()));
                }
            }
        }
        return files;
    }();
    return all;
}

bool is_cpp(const SourceFile& file) { return file.ends_with(".h") || file.ends_with(".cpp"); }

// What stands between the quotes or brackets of the include lines.
std::vector<std::string> includes(const SourceFile& file, char open, char close) {
    std::vector<std::string> found;
    for (const std::string& line : file.lines) {
        if (!line.starts_with("#include")) continue;
        const std::size_t begin = line.find(open);
        if (begin == line.npos) continue;
        found.push_back(line.substr(begin + 1, line.find(close, begin + 1) - begin - 1));
    }
    return found;
}

bool any_starts(const std::string& text, const std::vector<std::string>& starts) {
    for (const std::string& start : starts) {
        if (text.starts_with(start)) return true;
    }
    return false;
}

}  // namespace

TEST_CASE("tree: each folder includes only what it may") {
    const std::vector<std::pair<std::string, std::vector<std::string>>> allowed = {
        {"engine/api/", {"engine/api/"}},
        {"engine/exchange/", {"engine/api/", "engine/exchange/"}},
        {"engine/text/", {"engine/api/", "engine/text/"}},
        {"engine/", {"engine/"}},
        {"gateway/", {"engine/api/", "gateway/"}},
        {"marketdata/receiver/",
         {"engine/api/check.h", "marketdata/receiver/", "marketdata/wire.h", "marketdata/packet.h",
          "marketdata/soup.h"}},
        {"marketdata/recovery/", {"engine/api/", "marketdata/"}},
        {"marketdata/", {"engine/api/", "marketdata/"}},
        {"tools/", {"engine/", "marketdata/", "tools/", "gateway/quickfix.h"}},
        {"bench/", {"engine/", "gateway/", "marketdata/", "tools/", "bench/"}},
        {"tests/", {"engine/", "gateway/", "marketdata/", "tools/", "bench/", "tests/"}},
    };
    std::string wrong;
    for (const SourceFile& file : sources()) {
        for (const auto& [folder, may] : allowed) {
            if (!file.path.starts_with(folder)) continue;
            for (const std::string& include : includes(file, '"', '"')) {
                if (any_starts(include, may) && fs::exists(root / include)) continue;
                wrong.append(file.path).append(" includes ").append(include).append("\n");
            }
            break;
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: the contract's headers need the standard library and POSIX alone") {
    std::string wrong;
    for (const SourceFile& file : sources()) {
        if (!file.path.starts_with("engine/api/") || !file.ends_with(".h")) continue;
        for (const std::string& include : includes(file, '<', '>')) {
            if (include.find('/') == include.npos || include.starts_with("sys/")) continue;
            wrong.append(file.path).append(" includes ").append(include).append("\n");
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: QuickFIX comes in by one header") {
    std::string wrong;
    for (const SourceFile& file : sources()) {
        for (const std::string& include : includes(file, '<', '>')) {
            if (include.starts_with("quickfix/") && file.path != "gateway/quickfix.h") {
                wrong.append(file.path).append(" includes ").append(include).append("\n");
            }
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: the rules know no thread, clock or file") {
    const std::set<std::string> outside = {"atomic",   "chrono",  "condition_variable",
                                           "ctime",    "cstdio",  "fstream",
                                           "iostream", "mutex",   "random",
                                           "thread",   "unistd.h"};
    std::string wrong;
    for (const SourceFile& file : sources()) {
        if (!file.path.starts_with("engine/exchange/")) continue;
        for (const std::string& include : includes(file, '<', '>')) {
            if (!outside.contains(include)) continue;
            wrong.append(file.path).append(" includes ").append(include).append("\n");
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: no file is longer than 600 lines") {
    std::string wrong;
    for (const SourceFile& file : sources()) {
        if (file.lines.size() > lines_max) {
            wrong.append(file.path + ": " + std::to_string(file.lines.size()) + " lines\n");
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: every file opens with what it is, or with the header that says so") {
    std::string wrong;
    for (const SourceFile& file : sources()) {
        if (!is_cpp(file)) continue;
        const std::string first = file.lines.empty() ? "nothing" : file.lines[0];
        const std::string header = fs::path(file.path).replace_extension(".h");
        if (first.starts_with("// ") || first == "#include \"" + header + "\"") continue;
        wrong.append(file.path).append(": ").append(first).append("\n");
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: nothing is left for later") {
    const std::vector<std::string> marks = {
        "TO"
        "DO",
        "FIX"
        "ME",
        "XX"
        "X:",
        "HA"
        "CK"};
    std::string wrong;
    for (const SourceFile& file : sources()) {
        for (std::size_t i = 0; i < file.lines.size(); ++i) {
            for (const std::string& mark : marks) {
                if (file.lines[i].find(mark) == std::string::npos) continue;
                wrong.append(file.path + ":" + std::to_string(i + 1) + ": " + mark + "\n");
            }
        }
    }
    REQUIRE(wrong == "");
}

TEST_CASE("tree: every source is named in a list of CMake's, and none is found by a pattern") {
    std::string lists;
    std::string wrong;
    for (const SourceFile& file : sources()) {
        if (!file.ends_with("CMakeLists.txt")) continue;
        for (const std::string& line : file.lines) {
            lists.append(" ").append(line);
            if (line.find("GLOB") != line.npos) wrong.append(file.path).append(": GLOB\n");
        }
    }
    for (char& c : lists) {
        if (c == '(' || c == ')' || c == '"') c = ' ';
    }
    std::set<std::string> named;
    std::istringstream words(lists);
    for (std::string word; words >> word;) named.insert(fs::path(word).filename());
    for (const SourceFile& file : sources()) {
        if (!file.ends_with(".cpp") || named.contains(fs::path(file.path).filename())) continue;
        wrong.append(file.path).append(" is in no list\n");
    }
    REQUIRE(wrong == "");
}

}  // namespace carbonx::tests

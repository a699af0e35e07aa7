// Put before the C library by LD_PRELOAD, this makes a disk fail and a clock jump for one process
// of the fault suite. What it does stands in the environment:
//
//   CARBONX_FAULT_FILES  a part of the path of those files whose calls fail
//   CARBONX_FAULT_CALL   "write" (pwrite) or "sync" (fdatasync, fsync)
//   CARBONX_FAULT_AFTER  how many such calls go well before
//   CARBONX_FAULT_ERROR  "EIO", "ENOSPC": that call and all later ones fail; "short": it writes the
//                        half and the next goes well; "short-ENOSPC": it writes the half, and all
//                        later ones fail; "slow": they go well, 20 ms later; "killed-before",
//                        "killed-behind": kill -9 of the process then
//   CARBONX_FAULT_LOG    a file that gets a line for each call that failed
//   CARBONX_CLOCK_SHIFT  a file of 8 bytes, mapped: by how many nanoseconds the time of day is off
//
// Threads: any.
#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <sys/types.h>
#include <time.h>
#include <unistd.h>

namespace {

template <class Call>
Call* next_call(const char* name) {
    return reinterpret_cast<Call*>(::dlsym(RTLD_NEXT, name));
}

std::string_view setting(const char* name) {
    const char* const value = ::getenv(name);
    return value == nullptr ? "" : value;
}

const std::atomic<int64_t>* map_shift() {
    const std::string_view name = setting("CARBONX_CLOCK_SHIFT");
    if (name.empty()) return nullptr;
    const int file = ::open(name.data(), O_RDONLY | O_CLOEXEC);
    if (file < 0) std::abort();
    void* const mapped = ::mmap(nullptr, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
    if (mapped == MAP_FAILED) std::abort();
    return static_cast<const std::atomic<int64_t>*>(mapped);
}

// Made at the first call, which may come before any constructor of this library.
struct Shim {
    decltype(::pwrite)* const pwrite = next_call<decltype(::pwrite)>("pwrite");
    decltype(::fdatasync)* const fdatasync = next_call<decltype(::fdatasync)>("fdatasync");
    decltype(::fsync)* const fsync = next_call<decltype(::fsync)>("fsync");
    int (*const clock_gettime)(clockid_t,
                               timespec*) = next_call<int(clockid_t, timespec*)>("clock_gettime");
    const std::string_view files = setting("CARBONX_FAULT_FILES");
    const std::string_view call = setting("CARBONX_FAULT_CALL");
    const std::string_view error = setting("CARBONX_FAULT_ERROR");
    const std::string_view log_file = setting("CARBONX_FAULT_LOG");
    const int64_t after = std::atoll(setting("CARBONX_FAULT_AFTER").data());
    const std::atomic<int64_t>* const shift_ns = map_shift();
    std::atomic<int64_t> count{0};
};

Shim& shim() {
    static Shim made;
    return made;
}

void write_log(const char* path, int64_t failed) {
    const Shim& my = shim();
    if (my.log_file.empty()) return;
    char line[4200];
    const int size = std::snprintf(line, sizeof line, "%s %s %lld %s\n", my.call.data(),
                                   my.error.data(), static_cast<long long>(failed), path);
    const int log = ::open(my.log_file.data(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    if (log < 0 || ::write(log, line, static_cast<std::size_t>(size)) != size) std::abort();
    ::close(log);
}

// 0 when the call goes well, else how many have failed, this one included.
int64_t failures(int file, std::string_view call) {
    Shim& my = shim();
    if (my.files.empty() || my.call != call) return 0;
    char link[40];
    char path[4096];
    std::snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    const ssize_t size = ::readlink(link, path, sizeof path - 1);
    if (size < 0) return 0;
    path[size] = 0;
    if (std::string_view(path).find(my.files) == std::string_view::npos) return 0;
    if (my.error == "slow") {
        ::usleep(20'000);
        return 0;
    }
    const int64_t failed = my.count.fetch_add(1) + 1 - my.after;
    if (failed <= 0 || (failed > 1 && my.error == "short")) return 0;
    write_log(path, failed);
    return failed;
}

int fail() {
    errno = shim().error == "EIO" ? EIO : ENOSPC;
    return -1;
}

}  // namespace

extern "C" {

ssize_t pwrite(int file, const void* data, size_t size, off_t offset) {
    const int64_t failed = failures(file, "write");
    if (failed == 0) return shim().pwrite(file, data, size, offset);
    if (failed == 1 && shim().error.starts_with("short"))
        return shim().pwrite(file, data, size / 2, offset);
    if (shim().error == "killed-behind") shim().pwrite(file, data, size, offset);
    if (shim().error.starts_with("killed")) ::kill(::getpid(), SIGKILL);
    return fail();
}

int fdatasync(int file) { return failures(file, "sync") == 0 ? shim().fdatasync(file) : fail(); }

int fsync(int file) { return failures(file, "sync") == 0 ? shim().fsync(file) : fail(); }

int clock_gettime(clockid_t clock, timespec* time) noexcept {
    const Shim& my = shim();
    const int result = my.clock_gettime(clock, time);
    if (result != 0 || my.shift_ns == nullptr || clock != CLOCK_REALTIME) return result;
    constexpr int64_t second_ns = 1'000'000'000;
    const int64_t now_ns = time->tv_sec * second_ns + time->tv_nsec + *my.shift_ns;
    time->tv_sec = now_ns / second_ns;
    time->tv_nsec = now_ns % second_ns;
    return 0;
}

int gettimeofday(timeval* time, void*) noexcept {
    timespec now{};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    time->tv_sec = now.tv_sec;
    time->tv_usec = now.tv_nsec / 1000;
    return 0;
}

time_t time(time_t* seconds) noexcept {
    timespec now{};
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return -1;
    if (seconds != nullptr) *seconds = now.tv_sec;
    return now.tv_sec;
}

}  // extern "C"

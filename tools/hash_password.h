// `carbonx-admin hash-password`: a password becomes the line that stands for it in the settings.
//
// Threads: any.
// Always: the password is read from standard input alone, since anybody can see the words of a
// command; on a terminal it is not shown.
#pragma once

namespace carbonx::tools {

// Prints `password_hash = "..."`. Throws std::runtime_error for a password that nobody should have.
void hash_password_from_input();

}  // namespace carbonx::tools

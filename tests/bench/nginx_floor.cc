#include "tests/bench/nginx_floor.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

extern char** environ;

namespace qrpay::bench {
namespace {

sockaddr_in loopback(std::uint16_t port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}

// A listening socket on a free port, for nginx to inherit: so the port is ours from the start, and
// who connects before nginx is up waits in the backlog.
int listen_somewhere(std::uint16_t& port) {
  int const descriptor = ::socket(AF_INET, SOCK_STREAM, 0);
  int const one = 1;
  ::setsockopt(descriptor, SOL_SOCKET, SO_REUSEPORT, &one, sizeof one);
  auto address = loopback(0);
  socklen_t size = sizeof address;
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  bool const good = ::bind(descriptor, plain, size) == 0 && ::listen(descriptor, 4096) == 0 &&
                    ::getsockname(descriptor, plain, &size) == 0;
  if (!good) {
    ::close(descriptor);
    return -1;
  }
  port = ntohs(address.sin_port);
  return descriptor;
}

bool answers(std::uint16_t port) {
  int const descriptor = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  timeval const patience{5, 0};
  ::setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  auto address = loopback(port);
  constexpr std::string_view kRequest = "GET / HTTP/1.0\r\n\r\n";
  char byte = 0;
  bool const good =
      ::connect(descriptor, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
      ::send(descriptor, kRequest.data(), kRequest.size(), MSG_NOSIGNAL) > 0 &&
      ::recv(descriptor, &byte, 1, 0) == 1;
  ::close(descriptor);
  return good;
}

}  // namespace

base::Result<std::unique_ptr<NginxFloor>> NginxFloor::start(unsigned workers,
                                                            std::string_view json) {
  std::unique_ptr<NginxFloor> floor(new NginxFloor);
  std::string name = (std::filesystem::temp_directory_path() / "qrpay-nginx-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) return base::fail(base::Errc::kIo, "mkdtemp");
  floor->directory_ = name;
  int const listener = listen_somewhere(floor->port_);
  if (listener < 0) return base::fail(base::Errc::kIo, "no free port");
  auto const file = name + "/nginx.conf";
  {
    std::ofstream out(file);
    out << "daemon off;\npid " << name << "/pid;\nerror_log " << name << "/error.log;\n"
        << "worker_processes " << workers << ";\nevents { worker_connections 4096; }\n"
        << "http {\n  access_log off;\n  keepalive_requests 1000000000;\n  tcp_nodelay on;\n";
    for (char const* kind : {"client_body", "proxy", "fastcgi", "uwsgi", "scgi"}) {
      out << "  " << kind << "_temp_path " << name << "/" << kind << ";\n";
    }
    out << "  server {\n    listen 127.0.0.1:" << floor->port_ << " reuseport;\n"
        << "    location / { default_type application/json; return 200 '" << json << "'; }\n"
        << "  }\n}\n";
  }
  std::string program = "nginx";
  std::string flag_prefix = "-p";
  std::string flag_config = "-c";
  char* arguments[] = {program.data(),
                       flag_prefix.data(),
                       name.data(),
                       flag_config.data(),
                       const_cast<char*>(file.c_str()),
                       nullptr};
  // With our output closed to it, a reader of ours never waits for an nginx that outlived a crash.
  posix_spawn_file_actions_t actions;
  ::posix_spawn_file_actions_init(&actions);
  ::posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
  ::posix_spawn_file_actions_addopen(&actions, 2, "/dev/null", O_WRONLY, 0);
  // nginx takes listening sockets over from this variable, as in an upgrade of its binary.
  std::string inherited = "NGINX=" + std::to_string(listener) + ";";
  std::vector<char*> environment;
  for (char** entry = environ; *entry != nullptr; ++entry) environment.push_back(*entry);
  environment.push_back(inherited.data());
  environment.push_back(nullptr);
  int const spawned =
      ::posix_spawnp(&floor->process_, "nginx", &actions, nullptr, arguments, environment.data());
  ::posix_spawn_file_actions_destroy(&actions);
  ::close(listener);
  if (spawned != 0) {
    floor->process_ = -1;
    return base::fail(base::Errc::kIo, "nginx is not installed");
  }
  if (!answers(floor->port_)) return base::fail(base::Errc::kIo, "nginx does not answer");
  return floor;
}

NginxFloor::~NginxFloor() {
  if (process_ > 0) {
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
  }
  std::error_code ignored;  // what stays behind is a temporary directory
  if (!directory_.empty()) std::filesystem::remove_all(directory_, ignored);
}

}  // namespace qrpay::bench

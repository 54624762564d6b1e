"""Builds a network of namespaces from a plan, loads the rules, listens, connects, and tells what became of every connection.

Reads the plan as JSON from standard input and prints the report as JSON. It must run as root in network and mount namespaces of its own
(`unshare -nm`), which take everything with them when it ends. One process holds all sockets: a socket stays in the namespace that it was
opened in.
"""

import collections, ctypes, errno, json, os, resource, select, socket, struct, subprocess, sys, time

libc = ctypes.CDLL(None, use_errno=True)
CLONE_NEWNET = 0x40000000
IP_PKTINFO = 8
IP_RECVERR = 11
IPV6_RECVERR = 25
OUTSTANDING = 800

plan = json.load(sys.stdin)
report = {"rules": {}, "flows": []}
inside = {}


def fail(what, done):
    raise SystemExit(f"{what}: {done.stderr.strip() or done.stdout.strip()}")


def enter(name):
    if libc.setns(inside[name], CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), f"setns {name}")


def run(args, text=""):
    return subprocess.run(args, input=text, text=True, capture_output=True)


def batch(lines, *flags):
    if lines:
        done = run(["ip", *flags, "-batch", "-"], "\n".join(lines) + "\n")
        if done.returncode != 0:
            fail("ip " + " ".join(flags), done)


def set_sysctl(path, value):
    try:
        with open("/proc/sys/" + path, "w") as file:
            file.write(value)
    except OSError:
        pass  # The kernel does not have it here, or not yet.


def build():
    os.makedirs("/run/netns", exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "none", "/run/netns"], check=True)
    batch([f"netns add {one['name']}" for one in plan["namespaces"]])
    for one in plan["namespaces"]:
        inside[one["name"]] = os.open(f"/run/netns/{one['name']}", os.O_RDONLY)
    for phase in ("create", "configure"):
        for one in plan["namespaces"]:
            enter(one["name"])
            for path, value in one["sysctls"]:
                set_sysctl(path, value)
            batch(one[phase])
            if phase == "configure":
                batch(one["configure6"], "-6")
    for one in plan["namespaces"]:
        enter(one["name"])
        for line in one["bridge"]:
            done = run(["bridge", *line.split()])
            if done.returncode != 0:
                fail(line, done)


def load_rules():
    for one in plan["namespaces"]:
        enter(one["name"])
        said = {}
        for program, text in one["rules"]:
            check = [program, "-c", "-f", "-"] if program == "nft" else [program, "--test"]
            for args in (check, [program, "-f", "-"] if program == "nft" else [program]):
                done = run(args, text)
                if done.returncode != 0:
                    fail(f"{one['name']}: {' '.join(args)}", done)
        for line in one["listings"]:
            said[line] = run(line.split()).stdout
        if said:
            report["rules"][one["name"]] = said


poll = select.epoll()
handlers = {}


def watch(sock, events, handler):
    handlers[sock.fileno()] = (sock, handler)
    poll.register(sock.fileno(), events)


def unwatch(sock):
    handlers.pop(sock.fileno(), None)
    poll.unregister(sock.fileno())


def plain(address):
    return address[7:] if address.startswith("::ffff:") else address


def end(address, port):
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def listen(name, protocol, address, port):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM if protocol == "TCP" else socket.SOCK_DGRAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0 if address == "::" else 1)
        sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_RECVPKTINFO, 1)
    if protocol == "UDP" and (family == socket.AF_INET or address == "::"):
        sock.setsockopt(socket.IPPROTO_IP, IP_PKTINFO, 1)
    sock.setblocking(False)
    sock.bind((address, port))
    if protocol == "TCP":
        sock.listen(2048)
        watch(sock, select.EPOLLIN, lambda _: accept(sock))
    else:
        watch(sock, select.EPOLLIN, lambda _: reply(sock, port))


def accept(sock):
    while True:
        try:
            conn, peer = sock.accept()
        except BlockingIOError:
            return
        local = conn.getsockname()
        conn.send(json.dumps([end(plain(local[0]), local[1]), plain(peer[0])]).encode())
        conn.close()


def reply(sock, port):
    """Answers from the address that was asked, as a server with one socket an address does."""
    while True:
        try:
            _, control, _, peer = sock.recvmsg(64, 256)
        except (BlockingIOError, ConnectionRefusedError, OSError):
            return
        for level, kind, data in control:
            if level == socket.IPPROTO_IP and kind == IP_PKTINFO:
                local = socket.inet_ntop(socket.AF_INET, data[8:12])
                back = [(level, kind, struct.pack("=I4s4s", 0, data[8:12], b"\0" * 4))]
            elif level == socket.IPPROTO_IPV6 and kind == socket.IPV6_PKTINFO:
                local = plain(socket.inet_ntop(socket.AF_INET6, data[:16]))
                back = [(level, kind, data[:16] + struct.pack("=I", 0))]
            else:
                continue
            try:
                sock.sendmsg([json.dumps([end(local, port), plain(peer[0])]).encode()], back, 0, peer)
            except OSError:
                pass
            break


outcomes = {
    errno.ECONNREFUSED: "refused",
    errno.EHOSTUNREACH: "unreachable",
    errno.ENETUNREACH: "unreachable",
    errno.EACCES: "unreachable",
    errno.EINVAL: "unreachable",
    errno.EADDRNOTAVAIL: "unreachable",
    errno.ENOPROTOOPT: "unreachable",
    errno.EPERM: "not-permitted",
    errno.ETIMEDOUT: "timeout",
    errno.ECONNRESET: "refused",
}


class Try:
    """One connection: from its socket to its outcome."""

    def __init__(self, flow, result):
        self.flow, self.result, self.sock = flow, result, None
        self.deadline = time.monotonic() + plan["patience"]

    def begin(self):
        flow = self.flow
        protocol, address = flow["protocol"], flow["address"]
        six = ":" in address
        family = socket.AF_INET6 if six else socket.AF_INET
        if protocol == "TCP":
            self.sock = socket.socket(family, socket.SOCK_STREAM)
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        elif protocol == "UDP":
            self.sock = socket.socket(family, socket.SOCK_DGRAM)
        else:
            self.sock = socket.socket(family, socket.SOCK_DGRAM, socket.IPPROTO_ICMPV6 if six else socket.IPPROTO_ICMP)
            if six:
                self.sock.setsockopt(socket.IPPROTO_IPV6, IPV6_RECVERR, 1)
            else:
                self.sock.setsockopt(socket.IPPROTO_IP, IP_RECVERR, 1)
        self.sock.setblocking(False)
        if flow.get("source"):
            self.sock.bind((flow["source"], 0))
        code = self.sock.connect_ex((address, flow["port"]))
        if code not in (0, errno.EINPROGRESS):
            return self.over(code)
        if protocol == "TCP":
            watch(self.sock, select.EPOLLOUT, self.connected)
            return True
        try:
            echo = struct.pack("!BBHHH", 128 if six else 8, 0, 0, 0, 1)
            self.sock.send(b"?" if protocol == "UDP" else echo)
        except OSError as error:
            return self.over(error.errno)
        watch(self.sock, select.EPOLLIN, self.answered)
        return True

    def connected(self, _):
        code = self.sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        unwatch(self.sock)
        if code != 0:
            return self.over(code)
        watch(self.sock, select.EPOLLIN, self.answered)

    def answered(self, _):
        try:
            data = self.sock.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            unwatch(self.sock)
            return self.over(error.errno)
        unwatch(self.sock)
        if self.flow["protocol"] == "ICMP":
            return self.over(0, ["", ""])
        self.over(0, json.loads(data) if data else ["nobody", ""])

    def over(self, code, seen=None):
        outcome = "connected" if seen else outcomes.get(code, errno.errorcode.get(code, str(code)))
        self.result["outcomes"][outcome] = self.result["outcomes"].get(outcome, 0) + 1
        if seen and seen[0]:
            sources = self.result["seen"].setdefault(seen[0], [])
            if seen[1] not in sources:
                sources.append(seen[1])
        self.sock.close()
        running.discard(self)
        return False


running = set()


def turn(seconds):
    for fd, events in poll.poll(seconds):
        found = handlers.get(fd)
        if found:
            found[1](events)


def connect_all():
    waiting = collections.deque()
    for flow in plan["flows"]:
        result = {"outcomes": {}, "seen": {}}
        report["flows"].append(result)
        waiting.extend((flow, result) for _ in range(flow["tries"]))
    ages = collections.deque()
    while waiting or running:
        while waiting and len(running) < OUTSTANDING:
            flow, result = waiting.popleft()
            enter(flow["namespace"])
            one = Try(flow, result)
            if one.begin():
                running.add(one)
                ages.append(one)
            if len(running) % 32 == 0:
                turn(0)
        turn(0.02)
        now = time.monotonic()
        while ages and (ages[0] not in running or ages[0].deadline < now):
            one = ages.popleft()
            if one in running:
                unwatch(one.sock)
                one.over(errno.ETIMEDOUT)


def main():
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    clock = time.monotonic()
    times = {}
    for what, act in (("build", build), ("rules", load_rules), ("listen", open_all), ("flows", connect_all)):
        act()
        times[what], clock = round(time.monotonic() - clock, 2), time.monotonic()
    report["seconds"] = times
    json.dump(report, sys.stdout)


def open_all():
    for one in plan["namespaces"]:
        enter(one["name"])
        for protocol, address, port in one["listeners"]:
            listen(one["name"], protocol, address, port)


main()

"""How many assignment cycles does Redis do in a second of its processor: ask, assign, close, everybody told?

    python3 benches/peers/redis.py [CYCLES]

Needs redis-server, and of Python nothing but itself. It starts a server of its own, on a socket of its own and without persistence, with 1,000
agents who are free. A cycle is two calls of Lua scripts, as with us it is two commands: `ask` sees that the visitor has no session, makes
one, and gives it to the agent who has least and was free longest, or lets it wait; `close` frees the agent and gives it the head of the
queue. Both publish to those whom it concerns. 64 calls are on their way at once. Compare with the nanoseconds of
`cargo bench --bench instructions -- assignment`, which are the processor's too.
"""

import os
import socket
import subprocess
import sys
import tempfile
import time

ASK = """
local visitor, session, now = ARGV[1], ARGV[2], redis.call('INCR', 'turn')
if redis.call('SET', 'of:' .. visitor, session, 'NX') == false then return 0 end
redis.call('HSET', 's:' .. session, 'visitor', visitor, 'department', 'sales', 'asked', now)
redis.call('PUBLISH', visitor, session)
local free = redis.call('ZRANGE', 'free', 0, 0)[1]
if not free then return redis.call('ZADD', 'waiting', now, session) end
redis.call('ZREM', 'free', free)
redis.call('HSET', 's:' .. session, 'agent', free, 'assigned', now)
redis.call('PUBLISH', visitor, free)
redis.call('PUBLISH', free, session)
return 1
"""
CLOSE = """
local session, now = ARGV[1], redis.call('INCR', 'turn')
local there = redis.call('HMGET', 's:' .. session, 'visitor', 'agent')
if not there[1] then return 0 end
redis.call('DEL', 's:' .. session, 'of:' .. there[1])
redis.call('PUBLISH', there[1], session)
if not there[2] then return redis.call('ZREM', 'waiting', session) end
redis.call('PUBLISH', there[2], session)
local head = redis.call('ZPOPMIN', 'waiting')[1]
if not head then return redis.call('ZADD', 'free', now, there[2]) end
redis.call('HSET', 's:' .. head, 'agent', there[2], 'assigned', now)
redis.call('PUBLISH', there[2], head)
return redis.call('PUBLISH', redis.call('HGET', 's:' .. head, 'visitor'), there[2])
"""
IN_FLIGHT = 64


def command(*words):
    parts = [b"*%d\r\n" % len(words)]
    for word in words:
        word = word if isinstance(word, bytes) else str(word).encode()
        parts.append(b"$%d\r\n%s\r\n" % (len(word), word))
    return b"".join(parts)


class Redis:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.stream = self.socket.makefile("rb")

    def answer(self):
        line = self.stream.readline()
        kind, rest = line[:1], line[1:].strip()
        if kind == b"-":
            sys.exit(f"Redis refuses: {rest.decode()}")
        if kind == b"$":
            return self.stream.read(int(rest) + 2)[:-2]
        return rest

    def ask(self, *words):
        self.socket.sendall(command(*words))
        return self.answer()

    def processor_s(self):
        rows = self.ask("INFO", "cpu").decode().splitlines()
        used = dict(row.split(":") for row in rows if ":" in row)
        return float(used["used_cpu_user"]) + float(used["used_cpu_sys"])


def run(redis, cycles, ask, close):
    before, begun = redis.processor_s(), time.monotonic()
    for first in range(0, cycles, IN_FLIGHT // 2):
        calls = []
        for n in range(first, first + IN_FLIGHT // 2):
            session = b"%032x" % (n * 0x9E3779B97F4A7C15 % 2**128)
            calls.append(command("EVALSHA", ask, 0, b"visitor-%08d" % (n % 64), session))
            calls.append(command("EVALSHA", close, 0, session))
        redis.socket.sendall(b"".join(calls))
        for _ in calls:
            if redis.answer() == b"0" and first:
                sys.exit("a call found nothing")
    used, took = redis.processor_s() - before, time.monotonic() - begun
    print(f"{cycles / used:,.0f} cycles for each second of Redis' processor, which it used for {used / took:.0%} of the time")


def main():
    cycles = int(sys.argv[1]) if len(sys.argv) > 1 else 200_000
    with tempfile.TemporaryDirectory() as place:
        path = os.path.join(place, "redis.sock")
        quiet = ["--save", "", "--appendonly", "no", "--port", "0", "--unixsocket", path]
        server = subprocess.Popen(["redis-server", *quiet], stdout=subprocess.DEVNULL)
        try:
            while not os.path.exists(path):
                time.sleep(0.01)
            redis = Redis(path)
            for n in range(1_000):
                redis.ask("ZADD", "free", n - 1_000, f"agent-{n:06}")
            ask, close = (redis.ask("SCRIPT", "LOAD", script) for script in (ASK, CLOSE))
            for _ in range(3):
                run(redis, cycles, ask, close)
        finally:
            server.terminate()
            server.wait()


if __name__ == "__main__":
    main()

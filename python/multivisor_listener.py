#!/usr/bin/env python3
"""multivisor listener, for hosts without Node: one file, Python 3.6 or newer, nothing but its standard library.

    [eventlistener:multivisor]
    command=python3 /path/to/multivisor_listener.py --bind :9002 --token-file /etc/multivisor.token
    events=PROCESS_STATE,PROCESS_GROUP,SUPERVISOR_STATE_CHANGE
    buffer_size=1000
    stderr_logfile=NONE

It speaks the protocol of src/bridge/listener/protocol.ts and is held to it by the same tests.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import ipaddress
import json
import os
import random
import re
import socket
import struct
import sys
from collections import deque
from urllib.parse import parse_qs, urlsplit

PROTOCOL = 1
EVENTS_PATH = "/multivisor/events"
# As in src/bridge/link/neighbour-pass.ts.
PASS_HEADER = "multivisor-pass"
SERVER = "multivisor-listener/%d" % PROTOCOL
ALIVE_S = 2.0
DEFAULT_PORT = 9002

MAX_HEAD = 16 * 1024
MAX_BODY = 16 * 1024 * 1024
MAX_CONNECTIONS = 256
HEAD_TIMEOUT_S = 10
KEPT_EVENTS = 2000
# A reader that is so far behind is dropped: it connects again and reads everything anew.
MAX_LAG_BYTES = 4 * 1024 * 1024
KEPT_PAYLOAD = 2048
# For the file of a stream, as in src/bridge/supervisord-api/http/stream-connector.ts.
LEAST, STEP, STEPS = 8, 4, 8
SETTLE_S = 0.03

OTHER_USER = "this listener has no token and serves its own user and root alone; give it one with --token-file"
NO_API = "this supervisord has no API: add a section [unix_http_server] with file=... to its configuration"
REASONS = {200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
           502: "Bad Gateway", 503: "Service Unavailable"}


def say(text):
    os.write(2, ("multivisor listener: %s\n" % text).encode("utf-8", "replace"))


class Garbage(Exception):
    """supervisord never sends this."""


class StdioReader:
    """A line of `key:value` tokens, then as many bytes of payload as `len` says."""

    def __init__(self):
        self.rest = b""
        self.header = None
        self.left = 0
        self.kept = b""

    def push(self, chunk):
        self.rest += chunk
        events = []
        while True:
            if self.header is None:
                end = self.rest.find(b"\n")
                if end > 4096 or (end < 0 and len(self.rest) > 4096):
                    raise Garbage("a header without an end")
                if end < 0:
                    return events
                self.header = self.parse(self.rest[:end].decode("utf-8", "replace"))
                self.left = self.header[2]
                self.kept = b""
                self.rest = self.rest[end + 1:]
            part = self.rest[:self.left]
            self.kept += part[:max(0, KEPT_PAYLOAD - len(self.kept))]
            self.left -= len(part)
            self.rest = self.rest[len(part):]
            if self.left > 0:
                return events
            payload = self.kept.decode("utf-8", "replace").split("\n", 1)[0]
            events.append({"type": "event", "event": self.header[0], "poolserial": self.header[1], "payload": payload})
            self.header = None

    @staticmethod
    def parse(line):
        fields = dict(token.partition(":")[::2] for token in line.split(" "))
        numbers = [fields.get(key, "") for key in ("poolserial", "len")]
        if not fields.get("eventname") or not all(re.match(r"[0-9]{1,15}\Z", text) for text in numbers):
            raise Garbage("a header that is not one of supervisord")
        if int(numbers[1]) > MAX_BODY:
            raise Garbage("a payload without an end")
        return fields["eventname"], int(numbers[0]), int(numbers[1])


class Hub:
    """Who is connected gets every event; who connects again gets what it missed, as far as it is still known."""

    def __init__(self):
        self.kept = deque(maxlen=KEPT_EVENTS)
        self.writers = set()
        self.last = None

    def add(self, event):
        line = encode_line(event)
        self.last = event["poolserial"]
        self.kept.append((event["poolserial"], line))
        self.broadcast(line)

    def attach(self, writer, after):
        if after is not None:
            for serial, line in self.kept:
                if serial > after:
                    writer.write(line)
        self.writers.add(writer)

    def broadcast(self, line):
        for writer in list(self.writers):
            writer.write(line)
            if writer.transport.get_write_buffer_size() > MAX_LAG_BYTES:
                self.writers.discard(writer)
                writer.transport.abort()


def encode_line(line):
    return (json.dumps(line, separators=(",", ":")) + "\n").encode("utf-8")


class Waker:
    """Makes supervisord turn its loop when something has happened to it: see src/bridge/listener/waker.ts for the why."""

    SAMPLE_S = 0.02
    SECOND_TAP_S = 0.003
    BURST = 25
    SAMPLES_PER_TOKEN = 4
    BLIND_SAMPLES = 3
    UNSETTLED_SAMPLES = 5
    COUNTER = re.compile(rb"^voluntary_ctxt_switches:\s+(\d+)", re.M)

    def __init__(self, loop, pid, hub):
        self.loop = loop
        self.hub = hub
        try:
            self.file = os.open("/proc/%d/status" % pid, os.O_RDONLY)
        except OSError:
            self.file = None
        self.expected = self.read() or 0
        self.tapped_at = None
        self.tokens = self.BURST
        self.samples = 0
        self.unsettled = False
        self.second = None
        loop.call_later(self.SAMPLE_S, self.sample)

    def read(self):
        if self.file is None:
            return None
        try:
            found = self.COUNTER.search(os.pread(self.file, 4096, 0))
            return int(found.group(1)) if found else None
        except OSError:
            self.file = None
            return None

    @staticmethod
    def tap():
        try:
            os.write(2, b".")
        except OSError:
            pass  # supervisord does not read now; it is not asleep then, or hangs altogether

    def tap_twice(self):
        self.tap()
        if self.second is None:
            self.second = self.loop.call_later(self.SECOND_TAP_S, self.tap_again)

    def tap_again(self):
        self.second = None
        self.tap()

    def stirred(self, unsettled):
        self.unsettled = unsettled
        if self.hub.writers:
            self.tap_twice()

    def sample(self):
        self.loop.call_later(self.SAMPLE_S, self.sample)
        self.samples += 1
        if self.samples % self.SAMPLES_PER_TOKEN == 0:
            self.tokens = min(self.BURST, self.tokens + 1)
        now = self.read()
        if not self.hub.writers:
            self.expected = now or 0
            return
        if now is None:
            if self.samples % self.BLIND_SAMPLES == 0:
                self.tap_twice()
            return
        due = self.unsettled and self.samples % self.UNSETTLED_SAMPLES == 0
        stuck = self.tapped_at == now
        if (now > self.expected or due) and not stuck and self.tokens > 0:
            self.tokens -= 1
            self.tapped_at = now
            self.tap_twice()
            self.expected = now + 2
        else:
            self.expected = now


class Listener:
    def __init__(self, settings, env):
        self.settings = settings
        self.hub = Hub()
        self.supervisord = os.getppid()
        names = env.get("SUPERVISOR_GROUP_NAME"), env.get("SUPERVISOR_PROCESS_NAME")
        self.process = "%s:%s" % names if all(names) else None
        self.server_url = env.get("SUPERVISOR_SERVER_URL", "")
        user = env.get("SUPERVISOR_USERNAME", "")
        login = "%s:%s" % (user, env.get("SUPERVISOR_PASSWORD", ""))
        self.login = base64.b64encode(login.encode("utf-8")).decode("ascii") if user else None
        self.open = set()
        # Those that have not said what they want; the oldest first.
        self.undecided = {}
        self.step = random.randrange(STEPS)
        # Whoever was found to be a neighbour sends it along, and is not looked up again: the kernel walks all connections.
        self.neighbour_pass = base64.urlsafe_b64encode(os.urandom(24)).decode("ascii")

    async def handle(self, reader, writer):
        self.make_room(writer)
        try:
            if writer in self.open:
                await self.answer(reader, writer)
        except (OSError, EOFError, asyncio.TimeoutError, asyncio.LimitOverrunError):
            pass  # whoever asked is gone, or never asked anything that can be answered
        except ValueError as error:
            refuse(writer, 400, str(error))
        finally:
            self.leave(writer)
            self.hub.writers.discard(writer)
            writer.close()

    def make_room(self, writer):
        """Whoever connects and does not ask holds a place only until somebody else needs one."""
        self.open.add(writer)
        self.undecided[writer] = True
        if len(self.open) > MAX_CONNECTIONS:
            oldest = next(iter(self.undecided))
            self.leave(oldest)
            oldest.transport.abort()

    def leave(self, writer):
        self.open.discard(writer)
        self.undecided.pop(writer, None)

    async def answer(self, reader, writer):
        head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_TIMEOUT_S)
        self.undecided.pop(writer, None)
        method, target, headers = parse_head(head)
        path = urlsplit(target).path
        # Without a token the name is all that tells a page whose name was made to point at us.
        if "origin" in headers or (self.settings.token is None and not is_local(headers.get("host"))):
            refuse(writer, 403, "not for web pages")
        elif not self.is_authorised(headers.get("authorization", "")):
            refuse(writer, 401, "this listener wants its token, as the password of any user")
        elif not self.is_neighbour(headers.get(PASS_HEADER, ""), writer):
            refuse(writer, 403, OTHER_USER)
        elif method == "GET" and path == EVENTS_PATH:
            await self.stream(reader, writer, parse_qs(urlsplit(target).query).get("after", [""])[0])
        elif not is_supervisord_path(method, path):
            refuse(writer, 404, "nothing here")
        elif not self.server_url:
            refuse(writer, 503, NO_API)
        else:
            await self.forward(method, target, headers, reader, writer)
        await writer.drain()

    def is_neighbour(self, given, writer):
        if self.settings.token is not None:
            return True
        return hmac.compare_digest(given.encode("latin-1"), self.neighbour_pass.encode("ascii")) or is_neighbour(writer)

    def own_headers(self):
        return {PASS_HEADER: self.neighbour_pass} if self.settings.token is None else {}

    def is_authorised(self, authorization):
        token = self.settings.token
        if token is None:
            return True
        scheme, _, value = authorization.partition(" ")
        if scheme.lower() == "basic":
            try:
                value = base64.b64decode(value.strip(), validate=True).decode("utf-8").partition(":")[2]
            except ValueError:
                return False
        elif scheme.lower() != "bearer":
            return False
        digests = [hashlib.sha256(text.strip().encode("utf-8")).digest() for text in (value, token)]
        return hmac.compare_digest(digests[0], digests[1])

    async def stream(self, reader, writer, after):
        writer.write(head_of(200, dict(self.own_headers(), **{"Content-Type": "application/x-ndjson",
                                                               "Cache-Control": "no-store"})))
        writer.write(encode_line({"type": "hello", "protocol": PROTOCOL, "agent": "python",
                                  "supervisord": self.supervisord, "process": self.process, "last": self.hub.last}))
        self.hub.attach(writer, int(after) if re.match(r"[0-9]{1,15}\Z", after) else None)
        # Nothing more is expected from there, so that the end of it is the end of the connection.
        while await reader.read(1024):
            pass

    async def forward(self, method, target, headers, reader, writer):
        length = headers.get("content-length", "0")
        if not re.match(r"[0-9]{1,9}\Z", length) or int(length) > MAX_BODY:
            raise ValueError("a body that is too long, or of no length")
        try:
            up_reader, up_writer = await self.connect()
        except OSError as error:
            return refuse(writer, 502, "supervisord does not answer the listener: %s" % error)
        others = []
        ends = None
        try:
            if method == "GET":
                others = await self.take_low_files()
            # Only a connection that stays makes supervisord chunk its streams; without, they deliver nothing.
            keep = "close" if method == "POST" else "keep-alive"
            lines = ["%s %s HTTP/1.1" % (method, target), "Host: supervisord", "Connection: %s" % keep]
            lines += ["Authorization: Basic %s" % self.login] if self.login else []
            lines += ["Content-Type: text/xml", "Content-Length: %s" % length] if method == "POST" else []
            up_writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
            await copy(reader, up_writer, int(length))
            ends = asyncio.ensure_future(reader.read(1))
            ends.add_done_callback(lambda done: (done.cancelled() or done.exception(), up_writer.transport.abort()))
            await self.back(up_reader, writer, lambda: close_all(others))
        except (OSError, EOFError) as error:
            refuse(writer, 502, "supervisord does not answer the listener: %s" % error)
        finally:
            if ends is not None:
                ends.cancel()
            close_all(others)
            up_writer.close()

    async def connect(self):
        if self.server_url.startswith("unix://"):
            return await asyncio.open_unix_connection(self.server_url[len("unix://"):])
        place = urlsplit(self.server_url)
        return await asyncio.open_connection(place.hostname, place.port)

    async def take_low_files(self):
        """Connections to hold until a stream stands, so that its file gets a high number in supervisord.

        After a reload supervisord closes the number of that file once more, whosever it is by then. Each time fewer of
        them, so that they do not meet the number of a stream of before.
        """
        self.step = (self.step - 1) % STEPS
        others = []
        try:
            for count in (LEAST + STEP * self.step, LEAST):
                for _ in range(count):
                    others.append((await self.connect())[1])
                await asyncio.sleep(SETTLE_S)
        except BaseException:
            close_all(others)
            raise
        return others

    async def back(self, up_reader, writer, on_head):
        head = await up_reader.readuntil(b"\r\n\r\n")
        on_head()
        status, _, rest = head.decode("latin-1").partition("\r\n")
        mine = ("server:", "connection:", "date:", "www-authenticate:")
        kept = [line for line in rest.split("\r\n") if line and not line.lower().startswith(mine)]
        lines = [status, "Server: %s" % SERVER, "Connection: close"] + kept
        lines += ["%s: %s" % item for item in self.own_headers().items()]
        writer.write(("\r\n".join(lines) + "\r\n\r\n").encode("latin-1"))
        chunked = any(line.lower().replace(" ", "") == "transfer-encoding:chunked" for line in kept)
        lengths = [line.partition(":")[2].strip() for line in kept if line.lower().startswith("content-length:")]
        left = int(lengths[0]) if lengths and not chunked else None
        while left is None or left > 0:
            chunk = await up_reader.read(65536)
            if not chunk:
                break
            writer.write(chunk)
            await writer.drain()
            left = None if left is None else left - len(chunk)


def close_all(writers):
    while writers:
        writers.pop().close()


async def copy(reader, writer, length):
    while length > 0:
        chunk = await asyncio.wait_for(reader.read(min(length, 65536)), HEAD_TIMEOUT_S)
        if not chunk:
            raise EOFError("the body ended early")
        writer.write(chunk)
        await writer.drain()
        length -= len(chunk)


def parse_head(head):
    lines = head.decode("latin-1").split("\r\n")
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("HTTP/1.") or not words[1].startswith("/"):
        raise ValueError("not HTTP")
    headers = {}
    for line in lines[1:]:
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    if "transfer-encoding" in headers:
        raise ValueError("a body of no length")
    return words[0], words[1], headers


def is_local(host):
    if host is None:
        return True
    bracketed = re.match(r"\[([^\]]*)\]", host)
    name = (bracketed.group(1) if bracketed else re.sub(r":[0-9]*\Z", "", host)).lower()
    try:
        ipaddress.ip_address(name)
        return True
    except ValueError:
        return name == "localhost" or name.endswith(".localhost") or name == socket.gethostname().lower()


def is_neighbour(writer):
    """Without a token only root and our own user may do what supervisord's own socket would not let others do."""
    theirs = address_forms(*writer.get_extra_info("peername")[:2])
    ours = address_forms(*writer.get_extra_info("sockname")[:2])
    told = False
    for name in ("tcp", "tcp6"):
        try:
            with open("/proc/self/net/" + name) as table:
                lines = table.readlines()[1:]
        except OSError:
            continue  # another system than Linux, or one without IPv6
        told = True
        for line in lines:
            fields = line.split()
            # One that is over (not 01) belongs to nobody, which the table tells as root.
            if len(fields) > 7 and fields[3] == "01" and fields[1] in theirs and fields[2] in ours:
                return int(fields[7]) in (0, os.getuid())
    return not told


def address_forms(host, port):
    """As the tables of the kernel write it; an IPv4 address also as a socket of IPv6 has it."""
    address = ipaddress.ip_address(host.partition("%")[0])
    address = getattr(address, "ipv4_mapped", None) or address
    forms = [address.packed]
    if address.version == 4:
        forms.append(bytes(10) + b"\xff\xff" + address.packed)
    return ["%s:%04X" % ("".join("%08X" % word for word in struct.unpack("=%dI" % (len(form) // 4), form)), port)
            for form in forms]


def is_supervisord_path(method, path):
    if method == "POST":
        return path == "/RPC2"
    return method == "GET" and (path == "/mainlogtail" or path.startswith("/logtail/"))


def head_of(status, headers):
    lines = ["HTTP/1.1 %d %s" % (status, REASONS[status]), "Server: %s" % SERVER, "Connection: close"]
    if status == 401:
        lines.append('WWW-Authenticate: Basic realm="multivisor listener"')
    lines += ["%s: %s" % item for item in headers.items()]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def refuse(writer, status, message):
    body = (message + "\n").encode("utf-8", "replace")
    headers = {"Content-Type": "text/plain; charset=utf-8", "Content-Length": str(len(body))}
    writer.write(head_of(status, headers) + body)


async def keep_listening(handle, settings):
    told = False
    # A handshake that does not come is not waited for any longer than a head; Python 3.6 cannot be told.
    more = {"ssl_handshake_timeout": HEAD_TIMEOUT_S} if settings.tls and sys.version_info >= (3, 7) else {}
    while True:
        try:
            return await asyncio.start_server(handle, settings.host, settings.port, limit=MAX_HEAD, ssl=settings.tls, **more)
        except OSError as error:
            # The listener of before may still hold the port for a moment.
            if not told:
                say("cannot listen on %s:%d yet (%s); trying again every second" % (settings.host, settings.port, error))
            told = True
            await asyncio.sleep(1)


async def read_events(loop, listener):
    """Until stdin ends: supervisord is gone, or ends us."""
    pipe = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(pipe), sys.stdin.buffer)
    os.set_blocking(2, False)  # a supervisord that hangs must not hang us when the pipe is full of taps
    waker = Waker(loop, listener.supervisord, listener.hub)
    stdio = StdioReader()
    unsettled = set()
    os.write(1, b"READY\n")
    while True:
        chunk = await pipe.read(65536)
        if not chunk:
            return 0
        try:
            events = stdio.push(chunk)
        except Garbage as error:
            say("supervisord sent %s" % error)
            return 1
        for event in events:
            # Before anything is done with it: supervisord's buffer is short and drops the oldest.
            os.write(1, b"RESULT 2\nOKREADY\n")
            listener.hub.add(event)
            name = event["payload"].split(" from_state:")[0]
            if re.match(r"PROCESS_STATE_(STARTING|BACKOFF|STOPPING)\Z", event["event"]):
                unsettled.add(name)
            else:
                unsettled.discard(name)
            waker.stirred(bool(unsettled))


async def keep_alive(listener, stdin_ended):
    while os.getppid() == listener.supervisord:
        await asyncio.sleep(ALIVE_S)
        listener.hub.broadcast(encode_line({"type": "alive"}))
    stdin_ended.cancel()


async def run(loop, settings):
    listener = Listener(settings, os.environ)
    reading = asyncio.ensure_future(read_events(loop, listener))
    others = [asyncio.ensure_future(keep_alive(listener, reading)),
              asyncio.ensure_future(keep_listening(listener.handle, settings))]
    try:
        return await reading
    except asyncio.CancelledError:
        return 0
    finally:
        for task in others:
            task.cancel()


def parse_bind(text):
    """`[host]:port`, each optional; an IPv6 address stands in brackets, `*` means every address."""
    found = re.match(r"(?:\[([0-9a-fA-F:.]+)\]|([^:\[\]\s]*))(?::([0-9]{1,5}))?\Z", text)
    if not found:
        raise argparse.ArgumentTypeError("%r is not [host]:port" % text)
    six, plain, port_text = found.groups()
    port = int(port_text) if port_text else DEFAULT_PORT
    if not 1 <= port <= 65535:
        raise argparse.ArgumentTypeError("%r is not [host]:port" % text)
    every = plain == "*" or (plain == "" and text != "")
    return six or ("0.0.0.0" if every else plain or "127.0.0.1"), port


def read_settings(argv, env):
    parser = argparse.ArgumentParser(description="Serves the events and the API of the supervisord that runs it.")
    parser.add_argument("--bind", type=parse_bind, default=parse_bind(""), metavar="[HOST]:PORT")
    parser.add_argument("--token-file", metavar="FILE", help="also MULTIVISOR_LISTENER_TOKEN")
    parser.add_argument("--tls-cert", metavar="FILE")
    parser.add_argument("--tls-key", metavar="FILE")
    settings = parser.parse_args(argv)
    settings.host, settings.port = settings.bind
    settings.token = env.get("MULTIVISOR_LISTENER_TOKEN", "").strip()
    settings.tls = None
    if bool(settings.tls_cert) != bool(settings.tls_key):
        parser.error("--tls-cert and --tls-key belong together")
    try:
        if settings.token_file:
            with open(settings.token_file) as file:
                settings.token = file.read().strip()
            if not settings.token:
                parser.error("%s is empty: it should hold the token" % settings.token_file)
        if settings.tls_cert:
            import ssl
            settings.tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            settings.tls.load_cert_chain(settings.tls_cert, settings.tls_key)
    except OSError as error:
        parser.error(str(error))
    loopback = settings.host in ("localhost", "::1") or re.match(r"127\.\d+\.\d+\.\d+\Z", settings.host)
    if not settings.token and not loopback:
        parser.error("a port that other machines reach needs a token: --token-file FILE, or MULTIVISOR_LISTENER_TOKEN")
    settings.token = settings.token or None
    if "SUPERVISOR_ENABLED" not in env:
        parser.error("this is run by supervisord, as the command of an [eventlistener:...]")
    return settings


def main():
    settings = read_settings(sys.argv[1:], os.environ)
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    code = loop.run_until_complete(run(loop, settings))
    # Connections that stand end with us: nobody waits for them.
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()

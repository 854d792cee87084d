"""Servers of a replica: nginx where it is installed, else one in Python."""

import collections
import http.server
import os
import re
import shutil
import socket
import subprocess
import threading
import time

from replica import FILE_LIFE, JSON, PAGE_LIFE, free_port

NGINX = """
daemon off; master_process off; worker_processes 1; pid {run}/pid; error_log {run}/error.log error;
events {{ worker_connections 4096; }}
http {{
  log_format counted '$status $bytes_sent $server_protocol $uri';
  access_log {run}/access.log counted;
  sendfile on; tcp_nopush on; keepalive_requests 1000000; keepalive_timeout 75;
  open_file_cache max=4096 inactive=600s; types {{ }} gzip_vary on; absolute_redirect off;
  client_body_temp_path {run}/t1; proxy_temp_path {run}/t2; fastcgi_temp_path {run}/t3;
  uwsgi_temp_path {run}/t4; scgi_temp_path {run}/t5;
  server {{
    listen 127.0.0.1:{port} {tls};
    {certificate}
    root {site};
    location /simple/ {{ index index.json; gzip_static on; default_type {json}; add_header Cache-Control "{page}"; }}
    location /files/ {{ default_type application/octet-stream; add_header Cache-Control "{file}"; }}
  }}
}}
"""

RANGE = re.compile(r"bytes=(\d*)-(\d*)$")


def kind(path):
    """What a path of the replica is, for counting."""
    if path.startswith("/simple/"):
        return "pages"
    return "metadata" if path.endswith(".metadata") else "wheels"


class Nothing:
    """No server of ours: the real index."""

    url, env, name = None, {}, "the index itself"

    def pids(self):
        return ()

    def forget(self):
        pass

    def counts(self):
        return {}

    def stop(self):
        pass


class Nginx:
    """nginx over the static site, HTTP/2 with TLS or HTTP/1.1 without."""

    def __init__(self, binary, site, run, tls):
        run.mkdir(parents=True)
        self.log, self.port = run / "access.log", free_port()
        self.env = {"SSL_CERT_FILE": str(make_certificates(run))} if tls else {}
        self.url = f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/simple/"
        self.name = f"nginx, {'HTTP/2 with TLS' if tls else 'HTTP/1.1'}"
        certificate = f"ssl_certificate {run}/leaf.pem; ssl_certificate_key {run}/leaf.key;"
        text = NGINX.format(
            run=run,
            port=self.port,
            tls="ssl http2" if tls else "",
            certificate=certificate if tls else "",
            site=site,
            json=JSON,
            page=PAGE_LIFE,
            file=FILE_LIFE,
        )
        (run / "nginx.conf").write_text(text)
        self.process = subprocess.Popen(
            [binary, "-c", run / "nginx.conf", "-p", run, "-e", run / "error.log"]
        )
        self.seen = 0
        wait_for_port(self.port, self.process)

    def pids(self):
        return (self.process.pid,)

    def forget(self):
        self.seen = self.log.stat().st_size if self.log.exists() else 0

    def counts(self):
        """What was answered since `forget`."""
        with open(self.log, encoding="utf-8") as log:
            log.seek(self.seen)
            rows = [line.split(" ", 3) for line in log.read().splitlines()]
        found = collections.Counter(kind(row[3]) for row in rows)
        found.update(f"status {row[0]}" for row in rows if row[0] not in ("200", "206"))
        found["bytes"] = sum(int(row[1]) for row in rows)
        return dict(found)

    def stop(self):
        self.process.terminate()
        self.process.wait()


def make_certificates(run):
    """An authority of our own and a certificate for loopback; the authority's file."""
    run_openssl = lambda *args: subprocess.run(
        ["openssl", *args], cwd=run, check=True, capture_output=True
    )
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    run_openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
                "-subj", "/CN=mochi-bench authority")
    run_openssl("req", *key, "-keyout", "leaf.key", "-out", "leaf.csr", "-subj", "/CN=localhost")
    (run / "leaf.ext").write_text("subjectAltName=IP:127.0.0.1,DNS:localhost\n"
                                  "basicConstraints=critical,CA:FALSE\n")
    run_openssl("x509", "-req", "-in", "leaf.csr", "-CA", "ca.pem", "-CAkey", "ca.key",
                "-CAcreateserial", "-days", "2", "-extfile", "leaf.ext", "-out", "leaf.pem")
    return run / "ca.pem"


def wait_for_port(port, process):
    for _ in range(100):
        if process and process.poll() is not None:
            raise SystemExit(f"the replica's server ended at once ({process.returncode})")
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise SystemExit("the replica's server does not listen")


class Python:
    """A threaded server: the recorder, and the stand-in where there is no nginx."""

    env, name = {}, "a threaded Python server, HTTP/1.1"

    def __init__(self, recording, record):
        self.seen = collections.Counter()
        self.lost = []
        handler = type("Handler", (Handler,), {"of": recording, "record": record, "server_": self})
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        # A client that goes away has what it wants.
        self.server.handle_error = lambda *_: None
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple/"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def pids(self):
        return ()

    def forget(self):
        self.seen.clear()

    def counts(self):
        return dict(self.seen)

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    """Answers GET and HEAD from the recorded site."""

    protocol_version = "HTTP/1.1"
    wbufsize = -1
    of = record = server_ = None

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        self.server_.seen[kind(self.path)] += 1
        try:
            self.answer()
        except ConnectionError:
            self.close_connection = True
        except Exception as error:  # noqa: BLE001 - a thread of the server must answer something
            self.server_.lost.append(f"{self.path}: {error!r}")
            self.plain(502, b"")

    def answer(self):
        parts = self.path.split("?")[0].strip("/").split("/")
        if len(parts) == 2 and parts[0] == "simple":
            return self.page(parts[1])
        if len(parts) == 3 and parts[0] == "files" and ".." not in parts:
            site = self.of.site / "files" / parts[1] / parts[2]
            path = self.of.file(*parts[1:]) if self.record else site
            if path and path.is_file():
                return self.file(path)
        self.server_.seen["status 404"] += 1
        return self.plain(404, b"")

    def page(self, project):
        path = self.of.site / "simple" / project / "index.json"
        body = self.of.page(project) if self.record else path.is_file() and path.read_bytes()
        if not body:
            self.server_.seen["status 404"] += 1
            return self.plain(404, b"")
        headers = {"Content-Type": JSON, "Cache-Control": PAGE_LIFE, "Vary": "Accept-Encoding"}
        if not self.record:
            headers["ETag"] = etag = f'"{path.stat().st_mtime_ns:x}-{len(body):x}"'
            if self.headers.get("If-None-Match") == etag:
                return self.plain(304, b"", headers)
            if "gzip" in self.headers.get("Accept-Encoding", ""):
                headers["Content-Encoding"] = "gzip"
                body = path.with_suffix(".json.gz").read_bytes()
        else:
            headers["Cache-Control"] = "no-store"
        return self.plain(200, body, headers)

    def file(self, path):
        body = path.read_bytes()
        headers = {
            "Content-Type": "application/octet-stream",
            "Cache-Control": FILE_LIFE,
            "Accept-Ranges": "bytes",
            "ETag": f'"{path.stat().st_mtime_ns:x}-{len(body):x}"',
        }
        asked = RANGE.match(self.headers.get("Range", ""))
        if not asked or not any(asked.groups()):
            return self.plain(200, body, headers)
        first, last = asked.groups()
        start = int(first) if first else max(0, len(body) - int(last))
        end = min(int(last), len(body) - 1) if first and last else len(body) - 1
        headers["Content-Range"] = f"bytes {start}-{end}/{len(body)}"
        return self.plain(206, body[start : end + 1], headers)

    def plain(self, status, body, headers=None):
        self.send_response_only(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if status != 304:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.server_.seen["bytes"] += len(body)
            self.wfile.write(body)


def start(recording, run, nginx, tls):
    """The best server that this machine has for a recorded site."""
    binary = nginx or shutil.which("nginx", path=f"{os.environ.get('PATH', '')}:/usr/sbin")
    if binary:
        return Nginx(binary, recording.site, run, tls and shutil.which("openssl") is not None)
    return Python(recording, record=False)

"""A replica on loopback of what the corpus needs of an index: recorded once, then served alike to
all that is measured.

Recording is done by standing between the tools and the real index: what they ask for is fetched
once and kept. So the replica has what they need and nothing else.
"""

import gzip
import hashlib
import io
import json
import re
import socket
import threading
import time
import urllib.error
import urllib.request
import zipfile
from pathlib import Path

JSON = "application/vnd.pypi.simple.v1+json"
PAGE_LIFE = "max-age=600, public"
FILE_LIFE = "max-age=365000000, immutable, public"
AGENT = {"User-Agent": "mochi-bench (records a replica of a few projects, once)"}


def index_url(name):
    """The address of the index of a bare name, as the contract builds it."""
    return f"https://{name}.org/simple/"


def fetch(url, headers=None):
    """The body of a URL, tried three times."""
    request = urllib.request.Request(url, headers={**AGENT, **(headers or {})})
    for attempt in (1, 2, 3):
        try:
            with urllib.request.urlopen(request, timeout=120) as response:
                return response.status, response.read()
        except urllib.error.HTTPError as error:
            if error.code < 500 and error.code != 429 or attempt == 3:
                raise
        except (urllib.error.URLError, TimeoutError, ConnectionError):
            if attempt == 3:
                raise
        time.sleep(2.0 * attempt)
    raise AssertionError("unreachable")


class RemoteFile(io.RawIOBase):
    """A remote file read by ranges, for zipfile."""

    def __init__(self, url, size):
        self.url, self.size, self.at = url, size, 0

    def seekable(self):
        return True

    def readable(self):
        return True

    def seek(self, offset, whence=io.SEEK_SET):
        start = {io.SEEK_SET: 0, io.SEEK_CUR: self.at, io.SEEK_END: self.size}[whence]
        self.at = start + offset
        return self.at

    def tell(self):
        return self.at

    def readinto(self, buffer):
        end = min(self.at + len(buffer), self.size)
        if self.at >= end:
            return 0
        status, body = fetch(self.url, {"Range": f"bytes={self.at}-{end - 1}"})
        body = body[self.at : end] if status == 200 else body
        buffer[: len(body)] = body
        self.at += len(body)
        return len(body)


class Recording:
    """A folder with recorded pages and files, and the static site made of them."""

    def __init__(self, folder, index):
        self.index = index
        self.raw = folder / "raw"
        self.site = folder / "site"
        self.raw.mkdir(parents=True, exist_ok=True)
        (self.site / "simple").mkdir(parents=True, exist_ok=True)
        (self.site / "files").mkdir(parents=True, exist_ok=True)
        self.locks = {}
        self.guard = threading.Lock()
        self.polite = threading.Semaphore(4)
        self.links = {}
        self.fetched = 0

    def lock(self, what):
        with self.guard:
            return self.locks.setdefault(what, threading.Lock())

    def get(self, url, headers=None):
        with self.polite:
            self.fetched += 1
            return fetch(url, headers)[1]

    def page(self, project):
        """The page of a project as served, recorded if it is not yet; nothing if unknown."""
        raw = self.raw / f"{project}.json"
        with self.lock(project):
            if not raw.exists():
                try:
                    body = self.get(f"{self.index}{project}/", {"Accept": JSON})
                except urllib.error.HTTPError:
                    return None
                write(raw, body)
            return self.render(project, json.loads(raw.read_bytes()))

    def render(self, project, page):
        """A page as the real index gives it to the world: files beside it, with `core-metadata`,
        and its hash where it is known."""
        for file in page["files"]:
            name = file["filename"]
            self.links[project, name] = file["url"], file.get("size")
            file["url"] = f"../../files/{project}/{name}"
            if name.endswith(".whl"):
                known = self.site / "files" / project / f"{name}.metadata"
                digest = sha256(known) if known.exists() else None
                file["core-metadata"] = {"sha256": digest} if digest else True
                file["data-dist-info-metadata"] = file["core-metadata"]
        page.pop("_last-serial", None)
        return json.dumps(page, separators=(",", ":")).encode()

    def file(self, project, name):
        """A file or its metadata, recorded if it is not yet; nothing if unknown."""
        path = self.site / "files" / project / name
        with self.lock((project, name)):
            if path.exists():
                return path
            wheel = name.removesuffix(".metadata")
            if (project, wheel) not in self.links and self.page(project) is None:
                return None
            if (project, wheel) not in self.links:
                return None
            url, size = self.links[project, wheel]
            try:
                body = self.metadata(url, size) if wheel != name else self.get(url)
            except urllib.error.HTTPError:
                return None
            write(path, body)
            return path

    def metadata(self, url, size):
        """A wheel's metadata: the file beside it, or what is in it."""
        try:
            return self.get(f"{url}.metadata")
        except urllib.error.HTTPError as error:
            if error.code != 404:
                raise
        with self.polite:
            remote = RemoteFile(url, size) if size else io.BytesIO(fetch(url)[1])
            with zipfile.ZipFile(io.BufferedReader(remote, 1 << 16)) as archive:
                names = archive.namelist()
                inside = [n for n in names if re.fullmatch(r"[^/]+\.dist-info/METADATA", n)]
                return archive.read(inside[0])

    def publish(self):
        """Writes the pages as files that a web server gives out as they are."""
        for raw in sorted(self.raw.glob("*.json")):
            body = self.page(raw.stem)
            folder = self.site / "simple" / raw.stem
            write(folder / "index.json", body)
            write(folder / "index.json.gz", gzip.compress(body, 6, mtime=0))

    def known(self):
        """How many pages, metadata files and wheels are recorded."""
        files = [path.name for path in (self.site / "files").glob("*/*")]
        metadata = sum(name.endswith(".metadata") for name in files)
        pages = len(list(self.raw.glob("*.json")))
        return {"pages": pages, "metadata": metadata, "files": len(files) - metadata}


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def write(path, body):
    """Writes a file whole or not at all; not at all too where it would not change."""
    if path.exists() and path.read_bytes() == body:
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(path.name + f".{threading.get_ident()}.part")
    part.write_bytes(body)
    part.replace(path)


def free_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]

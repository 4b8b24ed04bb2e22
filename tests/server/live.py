"""The app on a real server, and sessions on it without a browser: a websocket and Streamlit's own messages.

A session does what the page in a browser does: it asks for a run, asks where to put a file, puts it there,
says that the widget holds it, and keeps what the last run drew.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.error import URLError
from uuid import uuid4

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.sync.client import connect

ROOT = Path(__file__).resolve().parent.parent.parent
ANYWAY = "Show what the networks say all the same"
_DONE = {ForwardMsg.FINISHED_SUCCESSFULLY, ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY}
_LARGEST = 64 << 20


class SessionError(RuntimeError):
    """The server did not do what a page needs: refused a file, stopped answering, showed an exception."""


@dataclass(frozen=True)
class Server:
    """A running server: where it is, its process, and what it writes."""

    address: str
    pid: int
    log: Path

    def tail(self) -> str:
        """The end of what it has written."""
        return self.log.read_text(errors="replace")[-2000:]

    @property
    def place(self) -> str:
        """Host and port."""
        return self.address.removeprefix("http://")


@contextmanager
def serve(models: Path, *, module: str = "streamlit") -> Iterator[Server]:
    """Run the app on a free port until the block ends.

    Args:
        models: folder with the pairs.
        module: what is run as Streamlit; another one may change the app first.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [sys.executable, "-m", module, "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1"]
    environment = {**os.environ, "TWINLENS_MODELS": str(models)}
    with TemporaryDirectory() as folder:
        log = Path(folder) / "server.log"
        with log.open("wb") as stream:
            process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=stream, stderr=stream)
        server = Server(f"http://127.0.0.1:{port}", process.pid, log)
        try:
            _wait_until_healthy(server, process)
            yield server
            if process.poll() is not None:
                raise SessionError(f"the server ended with {process.returncode}:\n{server.tail()}")
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait_until_healthy(server: Server, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.2)
    raise SessionError(f"the server did not start:\n{server.tail()}")


@dataclass
class Drawn:
    """What the last run left on the page.

    Attributes:
        pictures: addresses of ``st.image``; data URIs hold the picture itself.
        figures: specifications of the Plotly figures, parsed.
        texts: of ``st.text``.
        seconds: from the visitor's act to the end of the last run.
    """

    pictures: list[str] = field(default_factory=list)
    figures: list[dict] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    seconds: float = 0.0


class Session:
    """One visitor. Use from one thread, and close."""

    def __init__(self, server: Server, *, query: str = "", patience_s: float = 900) -> None:
        self.server, self.query, self.patience_s = server, query, patience_s
        with urllib.request.urlopen(f"{server.address}/_stcore/health", timeout=patience_s) as answer:
            cookie = answer.headers["Set-Cookie"].split(";")[0]
        self._cookie, token = cookie, cookie.split("=", 1)[1]
        self._token = token
        self._socket = connect(
            f"ws://{server.place}/_stcore/stream",
            subprotocols=["streamlit", token],  # type: ignore[list-item]
            additional_headers={"Cookie": cookie},
            origin=server.address,  # type: ignore[arg-type]
            max_size=_LARGEST,
            open_timeout=patience_s,
            compression=None,
        )
        self._id = ""
        self._page = ""
        self._elements: dict[tuple[int, ...], Element] = {}
        self._pressed: set[str] = set()

    def close(self) -> None:
        self._socket.close()

    def __enter__(self) -> Session:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def visit(self, page: str = "") -> Drawn:
        """Open a page by the name in its address; the first page by an empty one."""
        self._page, start = page, time.perf_counter()
        return self._read_anyway(self._run([]), start)

    def upload(self, content: bytes, name: str) -> Drawn:
        """Put a file into the upload widget; a picture that the page holds back is read all the same."""
        start = time.perf_counter()
        widget = next(
            element.file_uploader.id
            for element in self._elements.values()
            if element.WhichOneof("type") == "file_uploader"
        )
        ask = BackMsg()
        ask.file_urls_request.request_id = uuid4().hex
        ask.file_urls_request.session_id = self._id
        ask.file_urls_request.file_names.append(name)
        self._socket.send(ask.SerializeToString())
        place = self._wait_for("file_urls_response").file_urls_response.file_urls[0]
        self._put(place.upload_url, content, name)
        state = WidgetState(id=widget)
        info = state.file_uploader_state_value.uploaded_file_info.add()
        info.file_id, info.name, info.size = place.file_id, name, len(content)
        info.file_urls.CopyFrom(place)
        return self._read_anyway(self._run([state]), start)

    def _read_anyway(self, drawn: Drawn, start: float) -> Drawn:
        while toggle := self._find_toggle():
            drawn = self._run([WidgetState(id=toggle, bool_value=True)])
        drawn.seconds = time.perf_counter() - start
        return drawn

    def _find_toggle(self) -> str | None:
        for element in self._elements.values():
            if element.WhichOneof("type") == "checkbox":
                box = element.checkbox
                if box.label == ANYWAY and not box.default and box.id not in self._pressed:
                    self._pressed.add(box.id)
                    return box.id
        return None

    def _run(self, widgets: list[WidgetState]) -> Drawn:
        ask = BackMsg()
        ask.rerun_script.query_string = self.query
        ask.rerun_script.page_name = self._page
        ask.rerun_script.widget_states.widgets.extend(widgets)
        self._socket.send(ask.SerializeToString())
        while self._wait_for("script_finished").script_finished not in _DONE:
            pass
        return self._collect()

    def _wait_for(self, kind: str) -> ForwardMsg:
        """Take in messages up to one of a kind."""
        end = time.monotonic() + self.patience_s
        while True:
            message = ForwardMsg()
            message.ParseFromString(self._socket.recv(timeout=max(end - time.monotonic(), 0)))
            found = message.WhichOneof("type")
            if found == "new_session":
                self._id = message.new_session.initialize.session_id
                self._elements.clear()
            elif found == "delta" and message.delta.WhichOneof("type") == "new_element":
                self._elements[tuple(message.metadata.delta_path)] = message.delta.new_element
            elif found == "delta":
                self._drop(tuple(message.metadata.delta_path))
            if found == kind:
                return message

    def _drop(self, path: tuple[int, ...]) -> None:
        """A container takes the place of what was there."""
        self._elements = {at: element for at, element in self._elements.items() if at[: len(path)] != path}

    def _collect(self) -> Drawn:
        drawn = Drawn()
        for _, element in sorted(self._elements.items()):
            kind = element.WhichOneof("type")
            if kind == "exception":
                raise SessionError(f"an exception is shown; the server wrote\n{self.server.tail()}")
            if kind == "imgs":
                drawn.pictures += [image.url for image in element.imgs.imgs]
            elif kind == "plotly_chart":
                drawn.figures.append(json.loads(element.plotly_chart.spec))
            elif kind == "text":
                drawn.texts.append(element.text.body)
        return drawn

    def _put(self, where: str, content: bytes, name: str) -> None:
        bound = uuid4().hex
        head = f'--{bound}\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n'
        body = f"{head}Content-Type: image/png\r\n\r\n".encode() + content + f"\r\n--{bound}--\r\n".encode()
        request = urllib.request.Request(
            f"{self.server.address}/{where.lstrip('/')}",
            data=body,
            method="PUT",
            headers={
                "Content-Type": f"multipart/form-data; boundary={bound}",
                "Cookie": self._cookie,
                "X-Xsrftoken": self._token,
            },
        )
        with urllib.request.urlopen(request, timeout=self.patience_s) as answer:
            if answer.status != 204:
                raise SessionError(f"the file was not taken: {answer.status}")

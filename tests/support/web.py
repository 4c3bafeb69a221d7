"""A running web for tests: in the same process for most, on a port for clients that need one."""

from __future__ import annotations

import datetime
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from fastapi import FastAPI

from hub.mail import SendMail
from hub.portal.setup import Setup
from hub.settings import Settings
from hub.web.app import create_app
from hub.web.board_file import load_operator

TODAY = datetime.date(2026, 11, 24)
NAMES = {
    "borken": "Jobcenter Kreis Borken",
    "coesfeld": "Jobcenter Kreis Coesfeld",
    "muenster": "Jobcenter Stadt Münster",
    "steinfurt": "Jobcenter Kreis Steinfurt",
    "warendorf": "Jobcenter Kreis Warendorf",
}


def board_app(database_url: str, send_mail: SendMail | None = None, portal: Setup | None = None) -> FastAPI:
    """The application on the day the tests live on, run by the made-up body of deploy/board.yaml, who wants a map."""
    operator = load_operator(Settings().deploy_folder / "board.yaml").model_copy(update={"map": True})
    return create_app(database_url, TODAY, jobcenters=NAMES, operator=operator, send_mail=send_mail, portal=portal)


@contextmanager
def serving(app: FastAPI) -> Iterator[str]:
    """The application on a free port of this machine; gives its address."""
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 20
    while not server.started:
        if time.monotonic() > deadline or not thread.is_alive():
            raise RuntimeError("the web did not start")
        time.sleep(0.02)
    port = server.servers[0].sockets[0].getsockname()[1]
    try:
        yield f"http://127.0.0.1:{port}"
    finally:
        server.should_exit = True
        thread.join(10)

"""One call of a webhook: to the address its name has at this moment, within a deadline, following nothing."""

from __future__ import annotations

import http.client
import socket
import ssl
import threading
from collections.abc import Collection

from apps.reminders.domain.webhooks import (
    DELIVERY_HEADER,
    SIGNATURE_HEADER,
    TIME_HEADER,
    Target,
    address_choose,
    signature_of,
    target_of,
)
from apps.reminders.services import Call

#: Seconds: for each step on the wire, and for the whole call, however slowly the other side drips.
STEP, WHOLE = 4.0, 8.0


class _Pinned(http.client.HTTPConnection):
    """A connection to one IP address, whatever the name resolves to by now; TLS still asks for the name."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=STEP)
        self._target, self._address = target, address

    def connect(self) -> None:
        """Open the socket and, for https, check the receiver's certificate against its name."""
        self.sock = socket.create_connection((self._address, self._target.port), timeout=STEP)
        if self._target.is_secure:
            context = ssl.create_default_context()
            self.sock = context.wrap_socket(self.sock, server_hostname=self._target.host)

    def abort(self) -> None:
        """End whatever is being waited for."""
        if self.sock is not None:
            try:
                self.sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                self.sock.close()


def webhook_post(call: Call, *, timestamp: int, local_allowed: bool, private_hosts: Collection[str]) -> str:
    """Call a webhook and return what went wrong, in words; nothing where it answered with 2xx. Never raises."""
    target = target_of(call.url)
    try:
        found = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    except OSError:
        return "The name of the receiver is not known."
    address = address_choose(
        dict.fromkeys(str(entry[4][0]) for entry in found),
        host=target.host,
        local_allowed=local_allowed,
        private_hosts=private_hosts,
    )
    if address is None:
        return "The receiver's address lies inside a network; nothing was sent."
    connection = _Pinned(target, address)
    deadline = threading.Timer(WHOLE, connection.abort)
    deadline.daemon = True
    deadline.start()
    try:
        connection.request(
            "POST",
            target.path,
            body=call.body,
            headers={
                "Content-Type": "application/json",
                "User-Agent": "Vigil",
                DELIVERY_HEADER: call.key,
                TIME_HEADER: str(timestamp),
                SIGNATURE_HEADER: signature_of(call.secret, timestamp=timestamp, body=call.body),
            },
        )
        status = connection.getresponse().status
    except ssl.SSLCertVerificationError:
        return "The receiver's certificate is not valid."
    except TimeoutError:
        return "The receiver did not answer in time."
    except (OSError, http.client.HTTPException) as fault:
        return f"The receiver could not be reached: {type(fault).__name__}."
    finally:
        deadline.cancel()
        connection.close()
    # A redirect would lead to an address nobody judged.
    return "" if 200 <= status < 300 else f"The receiver answered {status}."

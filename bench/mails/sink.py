"""A mail server that takes everything, keeps nothing and costs little: `python -m bench.mails.sink PORT`."""

import asyncio
import sys

_END = b"\r\n.\r\n"
_ANSWERS = {b"EHLO": b"250 sink\r\n", b"HELO": b"250 sink\r\n", b"DATA": b"354 go on\r\n", b"QUIT": b"221 bye\r\n"}


class Sink(asyncio.Protocol):
    """One connection."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Greet."""
        self._line = transport
        self._received, self._is_content = b"", False
        transport.write(b"220 sink\r\n")  # type: ignore[attr-defined]

    def data_received(self, data: bytes) -> None:
        """Answer every whole line, and every whole mail."""
        self._received += data
        while True:
            end = _END if self._is_content else b"\r\n"
            line, found, rest = self._received.partition(end)
            if not found:
                return
            self._received = rest
            word = b"" if self._is_content else line[:4].upper()
            self._is_content = word == b"DATA"
            self._line.write(_ANSWERS.get(word, b"250 ok\r\n"))  # type: ignore[attr-defined]
            if word == b"QUIT":
                self._line.close()


async def main(port: int) -> None:
    """Listen until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Sink, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1])))

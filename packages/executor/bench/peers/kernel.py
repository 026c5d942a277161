"""Measures a Jupyter kernel as the benchmark of this package measures a session, and prints JSON.

    kernel.py ipykernel
    kernel.py deno /path/to/deno

Speaks to the sockets directly, so that no client of ours stands in a peer's way.
"""
import json
import os
import statistics
import sys
import tempfile
import time

import zmq
from jupyter_client.manager import KernelManager
from jupyter_client.session import Session

name = sys.argv[1]
argv = {
    "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", "{connection_file}"],
    "deno": [sys.argv[2] if len(sys.argv) > 2 else "deno", "jupyter", "--kernel", "--conn", "{connection_file}"],
}[name]
print_lines = {
    "ipykernel": 'for i in range(100000): print("line", i)',
    "deno": 'for (let i = 0; i < 100000; i++) console.log("line " + i)',
}[name]

folder = tempfile.mkdtemp()
os.makedirs(f"{folder}/kernels/{name}")
with open(f"{folder}/kernels/{name}/kernel.json", "w") as spec:
    json.dump({"argv": argv, "display_name": name, "language": name, "interrupt_mode": "signal"}, spec)
os.environ["JUPYTER_PATH"] = folder


class Kernel:
    def __init__(self):
        self.manager = KernelManager(kernel_name=name)
        self.manager.start_kernel(stdout=open(os.devnull, "w"), stderr=open(os.devnull, "w"))
        info = self.manager.get_connection_info()
        self.session = Session(key=info["key"], signature_scheme=info["signature_scheme"])
        self.context = zmq.Context()
        self.shell = self._connect(zmq.DEALER, info["shell_port"])
        self.iopub = self._connect(zmq.SUB, info["iopub_port"])
        self.iopub.setsockopt(zmq.SUBSCRIBE, b"")
        self.iopub.setsockopt(zmq.RCVHWM, 0)
        self.ask("kernel_info_request", {})

    def _connect(self, kind, port):
        socket = self.context.socket(kind)
        socket.connect(f"tcp://127.0.0.1:{port}")
        return socket

    def ask(self, kind, content):
        """Sends a request and waits for its reply; what the kernel publishes meanwhile is left for later."""
        self.session.send(self.shell, kind, content)
        if not self.shell.poll(20_000):
            raise TimeoutError(f"{name} gave no answer to {kind}")
        return self.shell.recv_multipart()

    def execute(self, code):
        return self.ask("execute_request", {"code": code, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})

    def published(self, wait_ms=300):
        while self.iopub.poll(wait_ms):
            _, message = self.session.feed_identities(self.iopub.recv_multipart())
            yield self.session.deserialize(message)

    def close(self):
        self.manager.shutdown_kernel(now=True)
        self.context.destroy(linger=0)


def milliseconds(run):
    began = time.perf_counter()
    result = run()
    return (time.perf_counter() - began) * 1000, result


starts = []
for _ in range(3):
    took, kernel = milliseconds(Kernel)
    starts.append(took)
    kernel.close()

kernel = Kernel()
for _ in range(100):
    kernel.execute("1 + 1")
trips = sorted(milliseconds(lambda: kernel.execute("1 + 1"))[0] for _ in range(1000))
for _ in kernel.published(): pass

lines_at_end = lines_after = 0
ended_ms = last_ms = None
began = time.perf_counter()
kernel.session.send(kernel.shell, "execute_request", {"code": print_lines, "silent": False, "store_history": True, "user_expressions": {}, "allow_stdin": False, "stop_on_error": True})
deadline = began + 60
while time.perf_counter() < deadline:
    if not kernel.iopub.poll(2000 if ended_ms is not None else 30_000):
        break
    _, message = kernel.session.feed_identities(kernel.iopub.recv_multipart())
    content = kernel.session.deserialize(message)
    now = (time.perf_counter() - began) * 1000
    if content["msg_type"] == "stream":
        count = content["content"]["text"].count("\n")
        last_ms = now
        if ended_ms is None: lines_at_end += count
        else: lines_after += count
        if lines_at_end + lines_after >= 100_000 and ended_ms is not None: break
    if content["msg_type"] == "status" and content["content"]["execution_state"] == "idle" and ended_ms is None and lines_at_end + lines_after >= 0:
        ended_ms = now
        if lines_at_end >= 100_000: break
kernel.close()

print(json.dumps({
    "startMs": statistics.median(starts),
    "roundTripMs": {"p50": trips[len(trips) // 2], "p99": trips[int(len(trips) * 0.99)], "best": trips[0]},
    "printing": {"endedMs": ended_ms, "lastLineMs": last_ms, "linesBeforeEnd": lines_at_end, "linesAfterEnd": lines_after},
}))

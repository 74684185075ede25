# SPDX-License-Identifier: MIT
"""A QEMU that runs, and the QMP connection by which the tests control it."""

import json
import socket
import subprocess

from support.processes import LIMIT_S, clean_environment


class Machine:
    """A QEMU that is running, and its QMP connection."""

    def __init__(self, argv, env, directory):
        self.path = directory / "qmp"
        self.events = []
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.path))
        directory.chmod(0o755)      # QEMU may be another user
        self.path.chmod(0o666)
        listener.listen(1)
        listener.settimeout(LIMIT_S)
        self.process = subprocess.Popen(
            [str(arg) for arg in argv] +
            ["-qmp", f"unix:{self.path}"], env=clean_environment(env),
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace")
        try:
            connection, _ = listener.accept()
        except OSError:
            self.end()
            raise
        finally:
            listener.close()
        connection.settimeout(LIMIT_S)
        self.stream = connection.makefile("rw")
        connection.close()
        json.loads(self.stream.readline())
        self.qmp("qmp_capabilities")

    def ask(self, command, **arguments):
        """The whole answer to a QMP command; events are kept."""
        request = {"execute": command, "arguments": arguments}
        self.stream.write(json.dumps(request) + "\n")
        self.stream.flush()
        while True:
            answer = json.loads(self.stream.readline())
            if "event" not in answer:
                return answer
            self.events.append(answer)

    def event(self, name):
        """The next event of that name, waited for; those before are lost."""
        while True:
            while self.events:
                event = self.events.pop(0)
                if event["event"] == name:
                    return event
            self.events.append(json.loads(self.stream.readline()))

    def qmp(self, command, **arguments):
        """The result of a QMP command that is to succeed."""
        answer = self.ask(command, **arguments)
        assert "error" not in answer, answer
        return answer["return"]

    def hmp(self, line):
        """What the monitor prints for a line."""
        return self.qmp("human-monitor-command", **{"command-line": line})

    def end(self):
        """End it by its pid and wait; its output."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            out, _ = self.process.communicate(timeout=LIMIT_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            out, _ = self.process.communicate()
        return out

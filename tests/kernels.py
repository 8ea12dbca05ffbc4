"""Starts the kernels of the tests' notebooks, without the imports of ipykernel each time.

A server process has done the imports, and forks for each kernel: a fork server, as
`multiprocessing` calls it. The child runs the same code as `python -m ipykernel_launcher`.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner

if TYPE_CHECKING:
    from collections.abc import Mapping

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(
    ["ipykernel.kernelapp", "ipykernel.ipkernel", "IPython.core.completer", "jedi"]
)


def kernel_manager() -> AsyncKernelManager:
    """Return a manager that starts a kernel and ends it, by a fork where the system has one."""
    manager = AsyncKernelManager()
    if hasattr(os, "fork"):
        manager.kernel_id = str(uuid4())
        manager.provisioner = _Forked(
            kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager
        )
    return manager


def _run_kernel(arguments: list[str], environment: Mapping[str, str], folder: str) -> None:
    os.environ.clear()
    os.environ.update(environment)
    os.environ["JPY_PARENT_PID"] = str(os.getppid())  # the kernel ends with this process
    os.chdir(folder)
    from ipykernel.kernelapp import launch_new_instance

    sys.argv = ["ipykernel_launcher", *arguments]
    launch_new_instance()


class _Process:
    """A kernel's process, with the methods of `Popen` that jupyter_client calls."""

    stdin = stdout = stderr = None

    def __init__(self, *arguments: object) -> None:
        self._process = _FORKS.Process(target=_run_kernel, args=arguments)
        self._process.start()
        assert self._process.pid is not None
        self.pid = self._process.pid
        self.kill, self.terminate = self._process.kill, self._process.terminate

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self) -> int | None:
        self._process.join()
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)


class _Forked(LocalProvisioner):  # type: ignore[misc, unused-ignore]
    async def launch_kernel(self, cmd: list[str], **options: Any) -> Any:
        arguments = cmd[cmd.index("ipykernel_launcher") + 1 :]
        process: Any = _Process(arguments, dict(options["env"]), options["cwd"])
        self.process, self.pid = process, process.pid
        return self.connection_info

"""Processes that end when the one that started them ends, however that happens (kill -9 included)."""

from __future__ import annotations

import ctypes
import os
import signal
from collections.abc import Callable

PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)  # looked up here: after a fork it may be too late to load anything


def end_with_parent(with_signal: signal.Signals, parent: int) -> None:
    """Ask the kernel to send this process a signal when its parent ends.

    `parent` is the process id the parent had before the fork; if it is gone already, the signal is sent now.
    The kernel watches the *thread* that started us: start long-lived children from the main thread.
    """
    _libc.prctl(PR_SET_PDEATHSIG, int(with_signal), 0, 0, 0)
    if os.getppid() != parent:
        os.kill(os.getpid(), with_signal)


def ending_with_me(with_signal: signal.Signals) -> Callable[[], None]:
    """For `subprocess.Popen(preexec_fn=…)`: the child ends with this process.

    Runs after the child has changed user, as it must: the kernel forgets the wish at such a change.
    """
    me = os.getpid()
    return lambda: end_with_parent(with_signal, me)

"""Shut a process in by the means of Linux: no other process, no network, one folder to write.

These are user, process, network and mount namespaces, which need no rights where a system allows
them (many containers do not). A process outside cannot be named from inside, so it cannot be ended.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

# Linux's own numbers: sched.h, mount.h, prctl.h, capability.h.
_NEW_USERS, _NEW_PROCESSES, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_NEW_MOUNTS, _NEW_QUEUES = 0x00020000, 0x08000000
_ALL_BELOW, _PRIVATE, _SAFE = 0x4000, 1 << 18, 2 | 4 | 8  # no setuid, no devices, no programs
_MOUNT_SETATTR, _HERE, _RECURSIVE, _READ_ONLY = 442, -100, 0x8000, 1
_DEATH_SIGNAL, _DUMPABLE, _SUBREAPER, _NO_NEW_RIGHTS = 1, 4, 36, 38
_RIGHTS_VERSION = 0x20080522
FOLDER_SIZE = "256m"  # that it may write


def _call(function: Callable[..., int], *arguments: object) -> None:
    if function(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def leave() -> None:
    """Leave the system's users, network and mounts; the next child leaves its processes too.

    Raises:
        OSError: the system does not allow it.
    """
    users = {"uid_map": os.getuid(), "gid_map": os.getgid()}
    kinds = _NEW_USERS | _NEW_PROCESSES | _NEW_NETWORK | _NEW_MOUNTS | _NEW_QUEUES
    _call(_libc().unshare, kinds)
    Path("/proc/self/setgroups").write_text("deny")
    for name, number in users.items():
        Path(f"/proc/self/{name}").write_text(f"{number} {number} 1")


def shut_in(folder: str) -> None:
    """Make all files read-only but for a folder, empty and of limited size, and hide processes.

    Args:
        folder: an empty one; what is written there is gone with the last process.

    Raises:
        OSError: the system does not allow it.
    """
    mount, read_only = _libc().mount, (ctypes.c_uint64 * 4)(_READ_ONLY)
    _call(mount, None, b"/", None, _ALL_BELOW | _PRIVATE, None)
    size = ctypes.c_size_t(ctypes.sizeof(read_only))
    root = (ctypes.c_int(_HERE), b"/", ctypes.c_uint(_RECURSIVE), read_only, size)
    _call(_libc().syscall, ctypes.c_long(_MOUNT_SETATTR), *root)
    _call(mount, b"proc", b"/proc", b"proc", _SAFE, None)
    options = f"size={FOLDER_SIZE},mode=700".encode()
    _call(mount, b"tmpfs", os.fsencode(folder), b"tmpfs", _SAFE & ~8, options)


def drop_rights() -> None:
    """Give up what a process may do within its own walls: mount, remount."""
    libc = _libc()
    libc.prctl(_NO_NEW_RIGHTS, 1, 0, 0, 0)
    libc.capset((ctypes.c_uint32 * 2)(_RIGHTS_VERSION), (ctypes.c_uint32 * 6)())


def die_with_parent() -> None:
    """Let the system end this process when its parent ends."""
    _libc().prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)


def adopt_orphans() -> None:
    """Become the parent of what a descendant of this process leaves behind."""
    _libc().prctl(_SUBREAPER, 1, 0, 0, 0)


def hide() -> None:
    """Forbid other processes of the same user to look into this one, or to write where it writes.

    Linux only, and not against the administrator; elsewhere nothing happens.
    """
    if sys.platform.startswith("linux"):
        _libc().prctl(_DUMPABLE, 0, 0, 0, 0)

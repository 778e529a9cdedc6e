"""The server's settings, given on its command line so that an old cluster always has today's."""

from __future__ import annotations

SAFE = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "password_encryption": "scram-sha-256",
    "timezone": "UTC",
    "log_timezone": "UTC",
    # What a person has written must not reach the log by way of a failed statement.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
# For two cores and a few gigabytes, shared with the application.
REAL = {
    "fsync": "on",
    "synchronous_commit": "on",
    "max_connections": "100",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "128MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "random_page_cost": "1.1",
    "jit": "off",  # costs more than it gives for statements of a millisecond
    "max_parallel_workers_per_gather": "0",  # two cores; and a container's /dev/shm is too small for it
    "idle_in_transaction_session_timeout": "60s",
}
# For tests: what is lost in a power cut is made anew.
FAST = REAL | {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "64MB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
}


def options(port: int, *, fast: bool) -> list[str]:
    """Command-line arguments for `postgres`."""
    values = SAFE | (FAST if fast else REAL) | {"port": str(port)}
    return [part for name, value in values.items() for part in ("-c", f"{name}={value}")]

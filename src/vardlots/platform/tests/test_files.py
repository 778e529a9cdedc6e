"""The same promises of the file store, on local disk and against a real S3 server."""

import asyncio
import hashlib
import os
import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from urllib.error import URLError
from urllib.request import ProxyHandler, Request, build_opener

import pytest
from obstore.exceptions import GenericError

from vardlots.platform.files import (
    FileMissing,
    FileStore,
    FileTooLarge,
    StorageFull,
    StorageUnavailable,
    _faults,
)

MB = 1_000_000
_http = build_opener(ProxyHandler({}))


async def stream(*pieces: bytes) -> AsyncIterator[bytes]:
    for piece in pieces:
        yield piece


async def whole(store: FileStore, key: str) -> bytes:
    return b"".join([piece async for piece in (await store.get(key)).chunks])


@pytest.fixture(scope="session")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an S3 server of our own on loopback, with the bucket `files` in it."""
    pytest.importorskip("moto.server", reason="the S3 server is a test dependency: moto[server]")
    log = tmp_path_factory.mktemp("s3") / "log"
    with log.open("wb") as out:
        server = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", "0"], stdout=out, stderr=out
        )
    try:
        address = _address_in(log, server)
        _http.open(Request(f"{address}/files", method="PUT"), timeout=10).close()
        yield address
    finally:
        server.terminate()
        server.wait(10)


def _address_in(log: Path, server: "subprocess.Popen[bytes]") -> str:
    for _ in range(600):
        assert server.poll() is None, log.read_text()
        for word in log.read_text().split():
            if word.startswith("http://127.0.0.1:") and not word.endswith(":0"):
                try:
                    _http.open(f"{word}/moto-api/", timeout=5).close()
                except URLError:
                    break
                return word
        time.sleep(0.05)
    raise AssertionError(f"the S3 server did not start: {log.read_text()}")


def s3_store(address: str, bucket: str = "files") -> FileStore:
    return FileStore.open(
        f"s3://{bucket}/uploads",
        {
            "endpoint": address,
            "region": "eu-north-1",
            "access_key_id": "test",
            "secret_access_key": "test",
            "allow_http": "true",
        },
    )


@pytest.fixture(params=["disk", "s3"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> FileStore:
    if request.param == "disk":
        return FileStore.open((tmp_path / "files").as_uri())
    return s3_store(request.getfixturevalue("s3"))


async def test_what_was_put_is_read_back_with_its_size_and_digest(store: FileStore) -> None:
    pieces = [os.urandom(3 * MB) for _ in range(4)]
    stored = await store.put("a/picture-1", stream(*pieces), 20 * MB)
    assert (stored.size, stored.sha256) == (12 * MB, hashlib.sha256(b"".join(pieces)).hexdigest())
    assert (await store.get("a/picture-1")).size == 12 * MB
    assert await whole(store, "a/picture-1") == b"".join(pieces)


async def test_an_empty_file_is_a_file(store: FileStore) -> None:
    assert (await store.put("a/empty", stream(), 1)).size == 0
    assert await whole(store, "a/empty") == b""


async def test_a_later_file_replaces_an_earlier_one(store: FileStore) -> None:
    await store.put("a/twice", stream(b"first"), 10)
    await store.put("a/twice", stream(b"second"), 10)
    assert await whole(store, "a/twice") == b"second"


async def test_exactly_the_limit_is_allowed_and_one_byte_more_is_not(store: FileStore) -> None:
    assert (await store.put("a/limit", stream(b"12345", b"67890"), 10)).size == 10
    with pytest.raises(FileTooLarge) as refused:
        await store.put("a/over", stream(b"12345", b"678901"), 10)
    assert refused.value.max_bytes == 10
    assert await store.size("a/over") is None


async def test_a_stream_that_is_too_long_is_not_read_to_its_end(store: FileStore) -> None:
    read = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal read
        while True:
            read += 1
            yield bytes(MB)

    with pytest.raises(FileTooLarge):
        await store.put("a/endless", endless(), 7 * MB)
    assert read <= 9


async def test_a_stream_that_breaks_leaves_what_was_there(store: FileStore) -> None:
    async def cut() -> AsyncIterator[bytes]:
        yield bytes(6 * MB)
        raise ConnectionResetError

    await store.put("a/kept", stream(b"old"), 10)
    with pytest.raises(ConnectionResetError):
        await store.put("a/kept", cut(), 20 * MB)
    assert await whole(store, "a/kept") == b"old"


async def test_nothing_is_seen_before_all_of_it_is_there(store: FileStore) -> None:
    sizes: list[int | None] = []

    async def watched() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield bytes(6 * MB)
            sizes.append(await store.size("a/slow"))

    await store.put("a/slow", watched(), 20 * MB)
    assert sizes == [None, None, None]
    assert await store.size("a/slow") == 18 * MB


async def test_a_cancelled_upload_leaves_nothing(store: FileStore) -> None:
    started = asyncio.Event()

    async def stuck() -> AsyncIterator[bytes]:
        yield bytes(6 * MB)
        started.set()
        await asyncio.sleep(60)

    task = asyncio.create_task(store.put("a/cancelled", stuck(), 20 * MB))
    await asyncio.wait_for(started.wait(), 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await store.size("a/cancelled") is None


async def test_a_missing_file_is_not_found_and_may_be_deleted_twice(store: FileStore) -> None:
    with pytest.raises(FileMissing) as missing:
        await store.get("a/nothing")
    assert missing.value.status == 404
    await store.put("a/gone", stream(b"x"), 1)
    await store.delete("a/gone")
    await store.delete("a/gone")
    assert await store.size("a/gone") is None


async def test_the_store_can_be_checked(store: FileStore) -> None:
    await store.check()
    assert await store.size("check/alive") is None


@pytest.mark.parametrize("key", ["", "/", "a/", "../a", "a/../b", "a//b", ".a", "a b", "å", "a\n", 600 * "a"])
async def test_a_key_cannot_lead_out_of_the_store(store: FileStore, key: str) -> None:
    async def put(key: str) -> object:
        return await store.put(key, stream(b"x"), 1)

    verbs: list[Callable[[str], Awaitable[object]]] = [put, store.get, store.delete, store.size]
    for verb in verbs:
        with pytest.raises(ValueError, match="file key"):
            await verb(key)


async def test_the_folder_is_for_its_owner_alone_and_keeps_no_half_files(tmp_path: Path) -> None:
    folder = tmp_path / "with space" / "files"
    store = FileStore.open(folder.as_uri())
    assert folder.stat().st_mode & 0o777 == 0o700
    with pytest.raises(FileTooLarge):
        await store.put("a/over", stream(bytes(20)), 10)
    assert [found for found in folder.rglob("*") if found.is_file()] == []


async def test_no_answer_is_a_typed_refusal() -> None:
    store = s3_store("http://127.0.0.1:9")
    with pytest.raises(StorageUnavailable) as refused:
        await asyncio.wait_for(store.get("a/b"), 60)
    assert refused.value.status == 503


async def test_a_bucket_that_is_not_there_is_not_a_missing_file_when_writing(s3: str) -> None:
    store = s3_store(s3, bucket="no-such-bucket")
    with pytest.raises(StorageUnavailable):
        await store.put("a/b", stream(b"x"), 10)


@pytest.mark.parametrize(
    ("url", "options"),
    [
        ("ftp://somewhere/x", {}),
        ("/just/a/path", {}),
        ("s3://bucket/x", {"colour": "red"}),
        ("file:///x", {"region": "y"}),
    ],
)
def test_a_wrong_address_is_refused_at_start(url: str, options: dict[str, str]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        FileStore.open(url, options)


def test_a_full_disk_in_the_librarys_words_is_understood() -> None:
    with pytest.raises(StorageFull) as refused, _faults():
        raise GenericError("Unable to copy data to file: No space left on device (os error 28)")
    assert "full" in refused.value.message


FILL = """
import asyncio, sys
from vardlots.platform.files import FileStore, StorageFull
async def much():
    for _ in range(64):
        yield bytes(1_000_000)
async def main():
    store = FileStore.open("file://" + sys.argv[1])
    try:
        await store.put("a/big", much(), 100_000_000)
    except StorageFull:
        print("full", await store.size("a/big"))
    await asyncio.sleep(0.2)
asyncio.run(main())
"""


def test_a_disk_that_is_really_full_says_so(tmp_path: Path) -> None:
    """In a mount namespace of its own, on a file system of two megabytes."""
    if not shutil.which("unshare"):
        pytest.skip("needs unshare")
    script = 'mount -t tmpfs -o size=2m tmpfs "$1" && exec "$2" -c "$3" "$1"'
    command = ["unshare", "-rm", "sh", "-c", script, "sh", str(tmp_path), sys.executable, FILL]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if "unshare" in done.stderr or "mount" in done.stderr:
        pytest.skip("no mount namespaces here")
    assert done.stdout.split() == ["full", "None"], done.stderr

"""Nothing half there is taken for whole, and only what was asked for is fetched."""

from __future__ import annotations

import functools
import hashlib
import http.server
import shutil
import tarfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lessons_lib.segmentation import voc_folder
from lessons_lib.segmentation.downloads import DownloadError, MissingDataError
from lessons_lib.segmentation.voc import VOCPhotos
from lessons_lib.segmentation.voc_folder import ARCHIVE, check_voc, fetch_voc
from tests.segmentation.voc_shaped import SIZES, write_archive, write_voc

FEW = {"2007_000032": (330, 500), "2007_000039": (320, 480)}
PHOTO = "JPEGImages/2007_000039.jpg"
LABELS = "SegmentationClass/2007_000039.png"
LIST = "ImageSets/Segmentation/train.txt"


def test_a_whole_folder_gives_the_size_of_each_photo(tmp_path: Path) -> None:
    write_voc(tmp_path)
    assert check_voc(tmp_path) == list(SIZES.values())


def cut(share: float) -> Callable[[Path], Any]:
    """Leave the first part of a file."""
    return lambda file: file.write_bytes(file.read_bytes()[: int(share * file.stat().st_size)])


@pytest.mark.parametrize("file", [PHOTO, LABELS])
@pytest.mark.parametrize(
    "damage",
    [
        Path.unlink,
        cut(0),
        cut(0.02),
        cut(0.5),
        cut(0.99),
        lambda file: file.write_text("<html>please log in</html>"),
    ],
    ids=["gone", "empty", "its head", "half", "nearly all", "another thing"],
)
def test_each_damage_is_seen_before_use(
    tmp_path: Path, file: str, damage: Callable[[Path], Any]
) -> None:
    folder = write_voc(tmp_path, FEW)
    damage(folder / file)
    with pytest.raises(MissingDataError, match=r"1 are missing or broken, such as") as refused:
        VOCPhotos(tmp_path)
    assert file in str(refused.value)
    assert "Call it with download=True" in str(refused.value)
    assert f"{ARCHIVE} lies in {tmp_path}" in str(refused.value)


def test_labels_of_another_size_than_their_photo_are_seen(tmp_path: Path) -> None:
    folder = write_voc(tmp_path, FEW)
    shutil.copy(folder / "SegmentationClass/2007_000032.png", folder / LABELS)
    with pytest.raises(MissingDataError, match=f"such as {LABELS}"):
        check_voc(tmp_path)


@pytest.mark.parametrize("kept", ["", "2007_000032\n2007_0000"])
def test_a_list_that_is_cut_off_is_seen(tmp_path: Path, kept: str) -> None:
    folder = write_voc(tmp_path, FEW)
    (folder / LIST).write_text(kept)
    with pytest.raises(MissingDataError, match=r"has no list train\.txt|of the 4 files"):
        check_voc(tmp_path)


def test_a_folder_without_lists_or_without_anything_is_seen(tmp_path: Path) -> None:
    with pytest.raises(MissingDataError, match="VOC2012 is not in the folder"):
        check_voc(tmp_path)
    folder = write_voc(tmp_path, FEW)
    with pytest.raises(MissingDataError, match=r"has no list val\.txt"):
        check_voc(tmp_path, "val")
    shutil.rmtree(folder / "ImageSets")
    with pytest.raises(MissingDataError, match=r"has no list train\.txt"):
        check_voc(tmp_path)


def test_bytes_after_a_photos_end_do_no_harm(tmp_path: Path) -> None:
    folder = write_voc(tmp_path, FEW)
    for extra in (b"\0" * 100, b"\0" * 5000):
        with (folder / PHOTO).open("ab") as stream:
            stream.write(extra)
        assert check_voc(tmp_path) == list(FEW.values())


def test_an_unknown_list_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"`image_set` \(='test'\) must be one of train, val"):
        check_voc(tmp_path, "test")


# -------------------------------------------------------------------------------------- fetching


class Server:
    """A server on this machine that has the archive; torchvision is told that it lies there."""

    def __init__(self, folder: Path, patch: pytest.MonkeyPatch) -> None:
        self.archive = folder / ARCHIVE
        self.asked: list[str] = []
        self.digest = write_archive(self.archive, FEW)
        handler = functools.partial(_Handler, self.asked, directory=str(folder))
        self._server = _Quiet(("127.0.0.1", 0), handler)
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        port = self._server.server_address[1]
        patch.setenv("no_proxy", "127.0.0.1")
        address = f"http://127.0.0.1:{port}/{ARCHIVE}"
        patch.setattr(voc_folder, "_source", lambda: (address, self.digest))

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Quiet(http.server.ThreadingHTTPServer):
    def handle_error(self, *_: Any) -> None:
        """Say nothing of who hangs up: torchvision does, when it only follows an address."""


class _Handler(http.server.SimpleHTTPRequestHandler):
    def __init__(self, asked: list[str], *args: Any, **settings: Any) -> None:
        self._asked = asked
        super().__init__(*args, **settings)

    def log_request(self, *_: Any) -> None:
        self._asked.append(self.command)

    def log_message(self, *_: Any) -> None:
        pass


@pytest.fixture
def server(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Server]:
    from lessons_lib.machine.torchvision_cpu import make_torchvision_importable

    make_torchvision_importable()
    served = Server(tmp_path_factory.mktemp("served"), monkeypatch)
    yield served
    served.close()


def test_nothing_is_fetched_unless_asked_for(tmp_path: Path, server: Server) -> None:
    with pytest.raises(MissingDataError, match="is not in the folder"):
        VOCPhotos(tmp_path)
    assert server.asked == []
    assert list(tmp_path.iterdir()) == []


def test_what_is_missing_is_fetched_unpacked_and_nothing_left_beside(
    tmp_path: Path, server: Server
) -> None:
    root = tmp_path / "new" / "voc"
    assert len(VOCPhotos(root, download=True)) == 2
    assert "GET" in server.asked
    assert sorted(file.name for file in root.iterdir()) == ["VOCdevkit", ARCHIVE]
    server.asked.clear()
    assert len(VOCPhotos(root, "val", download=True)) == 2
    assert server.asked == []


def test_a_half_unpacked_folder_is_filled_and_foreign_files_stay(
    tmp_path: Path, server: Server
) -> None:
    folder = write_voc(tmp_path, FEW)
    (folder / LABELS).unlink()
    cut(0.5)(folder / PHOTO)
    (folder / "my notes.txt").write_text("mine")
    fetch_voc(tmp_path)
    assert check_voc(tmp_path) == list(FEW.values())
    assert (folder / "my notes.txt").read_text() == "mine"


def test_an_archive_brought_by_hand_needs_no_internet(tmp_path: Path, server: Server) -> None:
    shutil.copy(server.archive, tmp_path)
    fetch_voc(tmp_path)
    assert server.asked == []
    assert check_voc(tmp_path) == list(FEW.values())


def test_a_half_fetched_archive_is_fetched_anew(tmp_path: Path, server: Server) -> None:
    (tmp_path / ARCHIVE).write_bytes(server.archive.read_bytes()[:5000])
    fetch_voc(tmp_path)
    assert server.asked.count("GET") >= 1
    assert check_voc(tmp_path) == list(FEW.values())


def test_a_server_that_does_not_answer_is_not_asked_for_the_archive(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(address: str, what: str, cure: str) -> None:
        raise DownloadError(f"{what}: no answer. {cure}")

    monkeypatch.setattr(voc_folder, "check_reachable", unreachable)
    with pytest.raises(DownloadError, match="no answer"):
        VOCPhotos(tmp_path, download=True)
    assert server.asked == []


def test_an_archive_that_lacks_a_photo_is_not_taken_for_whole(
    tmp_path: Path, server: Server
) -> None:
    packed = server.archive.parent / "to-pack" / voc_folder.BASE
    (packed / PHOTO).unlink()
    with tarfile.open(tmp_path / ARCHIVE, "w") as archive:
        archive.add(packed, voc_folder.BASE)
    server.digest = hashlib.md5((tmp_path / ARCHIVE).read_bytes()).hexdigest()
    with pytest.raises(MissingDataError, match=PHOTO):
        VOCPhotos(tmp_path, download=True)


def test_an_archive_that_comes_cut_off_is_not_unpacked(tmp_path: Path, server: Server) -> None:
    cut(0.5)(server.archive)
    with pytest.raises(DownloadError, match=rf"VOC2012 \(2 GB\) cannot be fetched .* {ARCHIVE}"):
        fetch_voc(tmp_path)
    assert not (tmp_path / "VOCdevkit").exists()


def test_an_archive_that_is_not_there_is_one_clear_message(tmp_path: Path, server: Server) -> None:
    server.archive.unlink()
    with pytest.raises(DownloadError, match=r"cannot be fetched from 127\.0\.0\.1 \(.*[Nn]ot [Ff]"):
        fetch_voc(tmp_path)


def test_a_server_that_is_gone_is_one_clear_message(tmp_path: Path, server: Server) -> None:
    server.close()
    with pytest.raises(DownloadError, match=r"\(Connection refused\)\. Try again with internet"):
        fetch_voc(tmp_path)


def test_a_full_disk_while_unpacking_leaves_no_half_file(
    tmp_path: Path, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    shutil.copy(server.archive, tmp_path)
    monkeypatch.setattr(tarfile.TarFile, "extractall", full)
    with pytest.raises(DownloadError, match=r"\(No space left on device\)\. Make room"):
        fetch_voc(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == [ARCHIVE]


def test_torchvision_still_tells_where_voc_lies() -> None:
    address, digest = voc_folder._source()
    assert address.endswith(ARCHIVE)
    assert len(digest) == 32

"""The upload button without a browser: messages go in by hand, what is sent back is recorded."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from lessons_lib.images import Picture, picture_from_bytes
from lessons_lib.widgets.upload.upload import LIMIT, PIECE_SIZE, Upload


class Recorded(Upload):
    """An upload button that keeps what it sends to the browser and the files it hands on."""

    def __init__(self, **traits: Any) -> None:
        self.sent: list[dict[str, Any]] = []
        self.files: list[tuple[bytes, str]] = []
        super().__init__(**traits)
        self.on_file(lambda data, name: self.files.append((data, name)))

    def send(self, content: dict[str, Any], buffers: list[bytes] | None = None) -> None:
        self.sent.append(content)

    def receive(self, data: bytes | None, **changes: Any) -> None:
        """Take one piece as the browser sends it; None: it has no buffer."""
        size = len(data or b"")
        content = {"type": "piece", "id": "a", "index": 0, "count": 1, "name": "x.png"}
        content = {**content, "size": size, **changes}
        self._handle_custom_msg(content, [] if data is None else [memoryview(data)])

    def receive_all(self, data: bytes, name: str = "x.png", id: str = "a") -> None:
        """Take a whole file in its pieces."""
        starts = range(0, max(len(data), 1), self.piece_size)
        for index, start in enumerate(starts):
            piece = data[start : start + self.piece_size]
            info = {"id": id, "index": index, "count": len(starts), "name": name, "size": len(data)}
            self.receive(piece, **info)


@pytest.fixture
def upload() -> Recorded:
    return Recorded(piece_size=4)


def png(width: int = 5, height: int = 3) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (width, height), (200, 100, 50)).save(file, "PNG")
    return file.getvalue()


# ---------------------------------------------------------------------------- whole files


def test_pieces_are_put_together_in_order(upload: Recorded) -> None:
    upload.receive_all(b"0123456789", "holiday.jpg")
    assert upload.files == [(b"0123456789", "holiday.jpg")]
    assert type(upload.files[0][0]) is bytes
    assert upload.message == ""


def test_each_piece_is_acknowledged_and_the_end_is_told(upload: Recorded) -> None:
    upload.receive_all(b"0123456789")
    acks = [{"type": "ack", "id": "a", "index": index} for index in range(3)]
    assert upload.sent == [*acks, {"type": "done", "id": "a"}]


def test_the_last_piece_is_acknowledged_before_the_file_is_used(upload: Recorded) -> None:
    seen: list[dict[str, Any]] = []
    upload.on_file(lambda data, name: seen.extend(upload.sent))
    upload.receive(b"abc")
    assert seen == [{"type": "ack", "id": "a", "index": 0}]


def test_the_same_file_can_come_twice(upload: Recorded) -> None:
    upload.receive_all(b"012345", id="a")
    upload.receive_all(b"012345", id="b")
    assert upload.files == [(b"012345", "x.png")] * 2


@pytest.mark.parametrize("count", [0, 1])
@pytest.mark.parametrize("data", [b"", None])
def test_an_empty_file_is_a_file(upload: Recorded, count: int, data: bytes | None) -> None:
    upload.receive(data, count=count)
    assert upload.files == [(b"", "x.png")]


def test_a_file_as_large_as_a_piece_is_one_piece(upload: Recorded) -> None:
    upload.receive_all(b"0123")
    assert upload.files == [(b"0123", "x.png")]
    assert [message["type"] for message in upload.sent] == ["ack", "done"]


@pytest.mark.parametrize(
    ("given", "name"),
    [
        ("photo.jpg", "photo.jpg"),
        ("/home/me/photo.jpg", "photo.jpg"),
        ("C:\\fakepath\\photo.jpg", "photo.jpg"),
        ("", "your picture"),
        (None, "your picture"),
    ],
)
def test_the_name_comes_without_folders(upload: Recorded, given: Any, name: str) -> None:
    upload.receive(b"abc", name=given)
    assert upload.files == [(b"abc", name)]


def test_the_pieces_stay_far_below_the_limit_of_the_websocket() -> None:
    assert Upload().piece_size == PIECE_SIZE <= 1024 * 1024
    assert Upload().limit == LIMIT == 64 * 1024 * 1024


# ---------------------------------------------------------------------------- broken sendings


def test_a_new_file_drops_an_unfinished_one(upload: Recorded) -> None:
    upload.receive(b"old!", id="old", count=2, size=8)
    upload.receive_all(b"new", id="new")
    upload.receive(b"old!", id="old", index=1, count=2, size=8)
    assert upload.files == [(b"new", "x.png")]


@pytest.mark.parametrize(
    "changes",
    [{"index": 0}, {"index": 2}, {"count": 4}, {"size": 12}, {"index": None}, {"count": None}],
    ids=str,
)
def test_a_wrong_second_piece_is_a_sentence(upload: Recorded, changes: dict[str, Any]) -> None:
    upload.receive(b"0123", count=3, size=10)
    assert upload.message == ""
    upload.receive(b"4567", **{"index": 1, "count": 3, "size": 10, **changes})
    assert upload.message == "'x.png' arrived in the wrong order: choose it again"
    assert upload.sent[-1] == {"type": "done", "id": "a"}
    assert upload.files == []


@pytest.mark.parametrize("data", [b"01", b"01234"])
def test_a_wrong_number_of_bytes_is_a_sentence(upload: Recorded, data: bytes) -> None:
    upload.receive(data, size=4)
    assert upload.message == (
        f"'x.png' arrived with {len(data)} bytes in place of 4: choose it again"
    )
    assert upload.sent == [{"type": "done", "id": "a"}]
    assert upload.files == []


def test_too_many_bytes_are_noticed_before_the_last_piece(upload: Recorded) -> None:
    upload.receive(b"01234567", count=3, size=5)
    assert "8 bytes in place of 5" in upload.message


@pytest.mark.parametrize(
    "changes",
    [
        {"id": None},
        {"id": 7},
        {"index": "0"},
        {"count": -1},
        {"count": 1.5},
        {"count": True},
        {"count": None},
        {"size": None},
        {"size": "3"},
    ],
    ids=str,
)
def test_a_piece_that_makes_no_sense_is_a_sentence(
    upload: Recorded, changes: dict[str, Any]
) -> None:
    upload.receive(b"abc", **changes)
    assert "cannot be understood" in upload.message
    assert upload.sent[-1]["type"] == "done"
    assert upload.files == []


def test_a_file_above_the_limit_is_refused_by_python_too() -> None:
    upload = Recorded(lab_call='padding_lab(picture="photo.jpg")')
    upload.receive(b"abc", size=LIMIT + 1, count=200)
    assert "67,108,865 bytes" in upload.message
    assert 'padding_lab(picture="photo.jpg")' in upload.message


def test_after_a_broken_sending_the_next_one_works(upload: Recorded) -> None:
    upload.receive(b"01", size=4)
    upload.receive_all(b"0123456", id="b")
    assert upload.files == [(b"0123456", "x.png")]
    assert upload.message == ""


def test_a_problem_of_the_browser_becomes_the_message(upload: Recorded) -> None:
    upload._handle_custom_msg({"type": "problem", "message": "'x' is too large"}, [])
    assert upload.message == "'x' is too large"


@pytest.mark.parametrize("content", [{"type": "other"}, {}, "text", None])
def test_messages_of_other_kinds_are_left_to_others(upload: Recorded, content: Any) -> None:
    seen: list[Any] = []
    upload.on_msg(lambda widget, content, buffers: seen.append(content))
    upload._handle_custom_msg(content, [])
    assert seen == [content]
    assert upload.sent == []


def test_a_closed_button_keeps_no_pieces(upload: Recorded) -> None:
    upload.receive(b"0123", count=2, size=8)
    upload.close()
    assert upload._incoming is None


# ---------------------------------------------------------------------------- the callback


def as_picture(upload: Recorded) -> list[Picture]:
    pictures: list[Picture] = []
    upload.on_file(lambda data, name: pictures.append(picture_from_bytes(data, name)))
    return pictures


def test_a_picture_arrives_as_a_picture(upload: Recorded) -> None:
    pictures = as_picture(upload)
    upload.receive_all(png(width=5, height=3), "mine.png")
    assert [(picture.name, picture.image.shape) for picture in pictures] == [
        ("mine.png", (1, 3, 3, 5))
    ]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "'mine.png' is empty (0 bytes)"),
        (b"GIF? no.", "'mine.png' is not a picture"),
        (png(40, 30)[:-30], "'mine.png' is cut off or damaged"),
    ],
)
def test_a_picture_error_becomes_the_message(upload: Recorded, data: bytes, said: str) -> None:
    pictures = as_picture(upload)
    upload.receive_all(data, "mine.png")
    assert upload.message.startswith(said)
    assert upload.sent[-1]["type"] == "done"
    assert pictures == []


def test_the_next_file_takes_the_message_away(upload: Recorded) -> None:
    as_picture(upload)
    upload.receive_all(b"", id="a")
    upload.receive_all(png(), id="b")
    assert upload.message == ""


def broken(data: bytes, name: str) -> None:
    raise ZeroDivisionError("broken on purpose")


def test_an_unexpected_exception_goes_to_the_lab(upload: Recorded) -> None:
    crashes: list[Exception] = []
    upload.on_file(broken)
    upload.on_crash(crashes.append)
    upload.receive(b"abc")
    assert [type(error) for error in crashes] == [ZeroDivisionError]
    assert upload.message == ""
    assert upload.sent[-1] == {"type": "done", "id": "a"}


def test_without_a_lab_an_unexpected_exception_is_shown_and_raised(upload: Recorded) -> None:
    upload.on_file(broken)
    with pytest.raises(ZeroDivisionError):
        upload.receive(b"abc")
    assert upload.message == "'x.png' met an error: ZeroDivisionError: broken on purpose"
    assert upload.sent[-1] == {"type": "done", "id": "a"}


def test_an_interrupt_ends_the_sending(upload: Recorded) -> None:
    def interrupted(data: bytes, name: str) -> None:
        raise KeyboardInterrupt

    upload.on_file(interrupted)
    with pytest.raises(KeyboardInterrupt):
        upload.receive(b"abc")
    assert upload.sent[-1] == {"type": "done", "id": "a"}


def test_a_button_that_nobody_listens_to_says_so() -> None:
    upload = Upload()
    content = {"type": "piece", "id": "a", "index": 0, "count": 1, "name": "x", "size": 1}
    with pytest.raises(RuntimeError, match="on_file"):
        upload._handle_custom_msg(content, [b"a"])

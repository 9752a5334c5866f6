"""What a lab's states look like when each is computed anew; it runs in the notebook's kernel."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lessons_lib.kit.keys import BETWEEN
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.widgets.lab.bindings import LogBinding
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.stage.rooms import Rooms
from lessons_lib.widgets.stage.scene import SceneWriter, State
from lessons_lib.widgets.stage.scene_data import probe_data


class RememberedRooms(Rooms):
    """Rooms that know what they were when they had another name."""

    def __init__(self) -> None:
        super().__init__()
        self.by_name: dict[str, Rooms] = {}

    @property
    def name(self) -> str:
        name = super().name
        if name not in self.by_name:
            then = Rooms()
            then._told = copy.deepcopy(self._told)
            self.by_name[name] = then
        return name


class Anew:
    """Computes the states of a lab a second time, with nothing that the lab has kept.

    Args:
        lab: that was just made, and is not shown yet.
    """

    def __init__(self, lab: Lab) -> None:
        self.lab = lab
        self._params: dict[str, Any] = {}
        self._shared: set[str] = set()  # keys that were given to more than one state
        self._name = lab.state_of
        lab.state_of = self._remembered  # type: ignore[method-assign]
        self.rooms = RememberedRooms()
        assert self.rooms.name == lab._writer.rooms.name  # and it is remembered from here on
        lab._writer.rooms = self.rooms
        self._scenes: dict[tuple[str, bool], dict[str, Any]] = {}

    def _remembered(self, params: Any) -> State:
        state = self._name(params)
        if self._params.setdefault(state.key, params) != params:
            self._shared.add(state.key)
        return state

    @staticmethod
    def controls(lab: Lab) -> dict[str, Any]:
        """Where the controls of a lab stand, by name, as the page reads them off."""
        found = {}
        for name, binding in lab.panel.bindings.items():
            widget = binding.widget
            if isinstance(binding, LogBinding):
                found[name] = widget.index
            elif hasattr(widget, "label"):
                found[name] = widget.label
            elif isinstance(getattr(widget, "value", None), bool | int | float):
                found[name] = widget.value
        return found

    # --- from a key to a scene --------------------------------------------------------------------

    def scene(self, key: str, exact: bool) -> dict[str, Any]:
        """What a state looks like: its words, and its panes by name, each with its bytes' name."""
        if (key, exact) not in self._scenes:
            self._scenes[key, exact] = self._computed(key, exact)
        return self._scenes[key, exact]

    def _computed(self, key: str, exact: bool) -> dict[str, Any]:
        definition = self.lab._definition
        params = self._params[key]
        writer = SceneWriter()
        writer.rooms = self.rooms.by_name[key.split(BETWEEN)[0]]
        try:
            if exact:
                result = definition.compute(params)
            else:
                assert definition.preview is not None, "this lab has no previews"
                coarse = definition.preview(params, writer.rooms.box)
                assert coarse is not None, "this state needs no preview"
                result = coarse
            traits = writer.write(result, exact, State(key))
        except IllegalSettingError as error:
            traits = writer.write_refusal(error, key)
        scene = traits["scene"]
        return {
            "sentence": scene["sentence"].replace(" %", "\N{NO-BREAK SPACE}%"),
            "code": _text(scene["code"]),
            "formula": [_text(line) for line in scene["formula"]],
            "error": scene["error"]["title"] if scene["error"] else "",
            "refused": scene["error"] is not None,
            "panes": {
                pane["name"]: hashlib.sha256(traits[f"pixels_{pane['slot']}"]).hexdigest()
                for pane in scene["panes"]
            },
        }

    # --- what was seen ----------------------------------------------------------------------------

    def compared(self, path: str) -> tuple[str, dict[str, Any], list[str]]:
        """The key of the present state, where the controls stand, and the faults of a story."""
        with self.lab.lock:
            key = self.lab.state_of(self.lab.params).key if self.lab.exact else "no exact state"
            return key, self.controls(self.lab), self.faults(path)

    def faults(self, path: str) -> list[str]:
        """Compare a story of the page, a file, with what each of its frames should show."""
        events = json.loads(Path(path).read_text())
        frames = [each for each in events if each["type"] == "frame"]
        found = [f"{key} was given twice" for key in self._shared]
        found += [
            f"{each['card']} is not what {each['key']} has there"
            for each in events
            if each["type"] == "probe" and each["card"] != self._numbers(**each)
        ]
        self._other = Lab(self.lab._definition, ahead=False)
        good: dict[str, str] | None = None
        for number, frame in enumerate(frames):
            wanted = dict(self.scene(frame["key"], frame["exact"]))
            if wanted["refused"]:
                wanted["panes"] = frame["panes"] if good is None else good
            good = frame["panes"]
            wrong = differences(frame, wanted)
            if frame["shelf"] and frame["sure"]:
                wrong += self._otherwise(self._params[frame["key"]], frame["controls"])
            if wrong:
                found.append(f"frame {number}, {frame['key']}, shelf {frame['shelf']}: {wrong}")
        return found

    def _numbers(self, key: str, row: int, column: int, **_: Any) -> str:
        """What the microscope tells of an output pixel."""
        result = self.lab._definition.compute(self._params[key])
        microscope = result.microscopes[0]
        probe = microscope.look(row, column)
        told = probe_data(probe, key, result.pane(microscope.output))
        return f"{told['title']}: {_text(told['line'])}"

    def _otherwise(self, params: Any, controls: dict[str, Any]) -> list[str]:
        """The controls that do not stand on the page where these parameters have them."""
        self._other.panel.move({}, params)
        wanted = self.controls(self._other)
        there = {name: shown for name, shown in controls.items() if name in wanted}
        return [f"control {name}" for name in there if there[name] != wanted[name]]


def differences(frame: dict[str, Any], wanted: dict[str, Any]) -> list[str]:
    """What of a frame is not as it should be."""
    return [name for name, value in wanted.items() if frame[name] != value]


def _text(line: Sequence[dict[str, str]]) -> str:
    return "".join(term["text"] for term in line)

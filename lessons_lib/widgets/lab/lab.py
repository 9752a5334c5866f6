"""A lab on the page: header, controls and stage, all hanging on one frozen set of parameters."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import logging
import statistics
import threading
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, replace
from typing import Any

import ipywidgets
import torch

from lessons_lib.images import Picture, picture_from_bytes
from lessons_lib.kit.controls import KernelEdit, PictureChoice, Presets, Slider, Work
from lessons_lib.kit.result import IllegalSettingError, LabDefinition, Result
from lessons_lib.machine.memory import give_back_unused_memory
from lessons_lib.visualization.sheet import sheet_png
from lessons_lib.widgets.kernel_editor.kernel_editor import KernelEditor
from lessons_lib.widgets.lab.cells import close_earlier_labs
from lessons_lib.widgets.lab.panel import Binding, PresetRow, bind
from lessons_lib.widgets.stage.scene import SceneWriter, probe_data
from lessons_lib.widgets.stage.stage import Stage
from lessons_lib.widgets.upload.upload import Upload
from lessons_lib.widgets.work.job import WorkRow, running_loop

PAUSE_SECONDS = 0.04  # a preview is followed by the exact picture when nothing moved for so long
REST_SECONDS = 0.6  # then the hand rests: presets are marked and the layer is timed
MEASURE_SECONDS = 0.06  # the most that the measuring of a layer may take
MEASURE_RUNS = 7
# Labs too high for a projector: in their large view the foot stands beside the panes.
FOOT_BESIDE = (
    "bilinear", "channels", "checkerboard", "conv1d", "conv3d", "kernel", "matrix", "round-trip",
    "seed-gallery", "sliding-window", "transposed", "transposed-grid",
)  # fmt: skip

log = logging.getLogger(__name__)


class Lab(ipywidgets.VBox):
    """One live experiment.

    Args:
        definition: the lab as plain data, from `lessons_lib.labs`.
        settings: parameters that differ from the lesson's start, by name; `picture` may be a
            name, a path or a `Picture`.

    Raises:
        TypeError: a setting has no such parameter.
        ValueError: a value that its control cannot show.
    """

    def __init__(self, definition: LabDefinition, **settings: Any) -> None:
        self.lock = threading.RLock()
        self._quiet = False
        self._definition = definition
        self._writer = SceneWriter()
        self.stage = Stage()
        self._bindings: dict[str, Binding] = {}
        self._presets: list[PresetRow] = []
        self._works: dict[str, WorkRow] = {}
        self._first: Any = None  # the parameters it began with
        self._changed_at = 0.0
        self._waiting: set[float] = set()
        self._exact = True
        self._settled = False  # True once the hand has rested for the first time
        self.params: Any = None
        self.result: Result | None = None
        header, controls = self._make_controls()
        stage_host = ipywidgets.Box([self.stage])
        stage_host.add_class("lesson-stage-host")
        self.stage.add_class("lesson-stage-host")
        super().__init__([header, controls, stage_host])
        self.add_class("lesson-lab")
        self.add_class(f"lesson-lab-{definition.name}")
        if definition.name in FOOT_BESIDE:
            self.add_class("lesson-foot-beside")
        self._start = self._checked(settings)
        self._move_controls(self._start)
        self._show(self._read())
        self._listen()
        close_earlier_labs(self, definition.name)

    # --- settings -------------------------------------------------------------------------------

    def set(self, **settings: Any) -> None:
        """Move controls from Python, all at once, as the buttons do.

        Args:
            settings: parameters by name.

        Raises:
            TypeError: a setting has no such parameter.
            ValueError: a value that its control cannot show.
        """
        with self.lock:
            try:
                self._move_controls(self._checked(settings))
            except Exception:
                self._move_controls({})  # back to where the others stand
                raise
            self._update()

    def reset(self) -> None:
        """Go back to the settings this lab began with."""
        defaults = {field.name: getattr(self._first, field.name) for field in fields(self._first)}
        with self.lock:
            for row in self._works.values():
                row.forget()
            self.set(**defaults)

    def _checked(self, settings: Mapping[str, Any]) -> dict[str, Any]:
        names = [field.name for field in fields(self._definition.params)]
        for name in settings:
            if name not in names:
                raise TypeError(f"`{name}` is no setting of this lab; it has {', '.join(names)}")
        return dict(settings)

    def _move_controls(self, settings: Mapping[str, Any]) -> None:
        start = self._definition.params() if self.params is None else self.params
        with self._silence():
            for field in fields(start):
                value = settings.get(field.name, getattr(start, field.name))
                if field.name in self._bindings:
                    self._bindings[field.name].set(value)
                else:
                    self._unbound[field.name] = value

    def _read(self) -> Any:
        bound = {name: binding.get() for name, binding in self._bindings.items()}
        return self._definition.params(**bound, **self._unbound)

    # --- controls -------------------------------------------------------------------------------

    def _make_controls(self) -> tuple[ipywidgets.Widget, ipywidgets.Widget]:
        self._unbound: dict[str, Any] = {}  # parameters without a control, such as a clicked pixel
        title = ipywidgets.HTML(f'<span class="lesson-title">{self._definition.title}</span>')
        header: list[ipywidgets.Widget] = [title]
        body: list[ipywidgets.Widget] = []
        for spec in self._definition.controls:
            if isinstance(spec, Presets):
                row = PresetRow(spec, self._apply)
                self._presets.append(row)
                body.append(row.widget)
                continue
            if isinstance(spec, Work):
                self._works[spec.name] = WorkRow(spec, self)
                body.append(self._works[spec.name].widget)
                continue
            binding = bind(spec)
            self._bindings[binding.name] = binding
            if isinstance(spec, KernelEdit):
                binding.widget.on_crash(self.crashed)
            in_header = spec.name in ("picture", "seed") or getattr(spec, "in_header", False)
            (header if in_header else body).append(binding.widget)
            if isinstance(spec, PictureChoice):
                header.append(self._make_upload())
        reset = ipywidgets.Button(description="reset", tooltip="back to the lesson's start")
        reset.add_class("lesson-reset")
        reset.on_click(lambda _: self._guarded(self.reset))
        header.append(reset)
        boxes = ipywidgets.HBox(header), ipywidgets.HBox(_beside_editor(body))
        for box, css in zip(boxes, ("lesson-header", "lesson-controls"), strict=True):
            box.add_class(css)
        return boxes

    def _make_upload(self) -> Upload:
        function = self._definition.name.replace("-", "_")
        upload = Upload(lab_call=f'{function}_lab(picture="/path/to/photo.jpg")')
        upload.on_file(self._take_file)
        upload.on_crash(self.crashed)
        return upload

    def _take_file(self, data: bytes, name: str) -> None:
        picture = picture_from_bytes(data, name)  # a PictureError becomes the upload's sentence
        self.set(picture=Picture(f"{name} (yours)", picture.image, picture.note))

    def _listen(self) -> None:
        self._first = self.params
        for binding in self._bindings.values():
            binding.observe(self._on_control)
        self.stage.observe(self._on_box, names="box")
        self.stage.observe(self._on_pointer, names="pointer")
        self.stage.on_msg(self._on_message)

    # --- what the browser says ------------------------------------------------------------------

    def _on_control(self, _change: Any) -> None:
        self._by_hand(self._update)

    def _apply(self, settings: Mapping[str, Any]) -> None:
        self._by_hand(lambda: self.set(**settings))

    def _by_hand(self, action: Callable[[], None]) -> None:
        """Act on a moved control, unless the lab itself moves it.

        The lock comes first: another thread may be drawing, and what it does quietly must not
        swallow the hand's move on this one.
        """
        with self.lock:
            if not self._quiet:
                self._guarded(action)

    def _on_box(self, change: Any) -> None:
        height, width = change["new"]
        self._writer.box = (max(1, height), max(1, width))
        self._guarded(lambda: self._show(self.params))

    def _on_pointer(self, _change: Any) -> None:
        def look() -> None:
            for name, value in self._looked_at().items():
                setattr(self.stage, name, value)

        self._guarded(look)

    def _looked_at(self) -> dict[str, Any]:
        """Give the numbers under the microscope, for the newest pointer and the newest scene."""
        at = self.stage.pointer
        if "row" not in at or self.result is None:
            return {}
        microscope = self.result.microscope(at["pane"])
        if microscope is None:
            return {}
        probe = microscope.look(at["row"], at["column"])
        pane = self.result.pane(microscope.output)
        labels = ("R", "G", "B") if probe.window.shape[0] == 3 else ()
        return {"probe": probe_data(probe, self._writer.seq, pane, labels)}

    def _on_message(self, _stage: Any, content: Mapping[str, Any], _buffers: Any) -> None:
        if content.get("type") == "apply":
            self._guarded(lambda: self.set(**content["settings"]))
        elif content.get("type") == "click":
            self._guarded(lambda: self.set(row=content["row"], column=content["column"]))
        elif content.get("type") == "released":
            self._guarded(lambda: self._let_go(content["name"], content["value"]))

    def _let_go(self, name: str, value: float) -> None:
        """Make the picture exact for the value at which a slider was let go.

        ipywidgets may still hold that value back; it comes by itself, and changes nothing then. The
        page knows it only rounded, so this is for whole numbers.
        """
        if not isinstance(self._bindings[name].widget, ipywidgets.IntSlider):
            return
        self._change(replace(self._read(), **{name: round(value)}))
        loop = running_loop()
        if loop is not None and not self._exact:
            loop.call_soon(lambda: self._guarded(self._make_exact))  # after the preview is sent

    # --- long work --------------------------------------------------------------------------------

    def run(self, work: str) -> None:
        """Do long work to its end before going on, as a script or a static page needs it.

        Args:
            work: its name, such as "training".

        Raises:
            ValueError: this lab has no such work.
            Exception: what goes wrong in it; the lab stays usable.
        """
        self._work(work).run(self.params)

    def start(self, work: str) -> None:
        """Begin long work in its own thread, as its button does; see `run`."""
        with self.lock:
            self._work(work).start(self.params)

    def stop(self, work: str) -> None:
        """End long work after its present step, as its button does; see `run`."""
        with self.lock:
            self._work(work).stop()

    def _work(self, name: str) -> WorkRow:
        if name not in self._works:
            raise ValueError(f"`work` (={name!r}) must be one of {list(self._works)}")
        return self._works[name]

    def keep(self, name: str, found: Any) -> None:
        """Set a parameter that has no control."""
        with self.lock:
            self._unbound[name] = found
            # Not what the controls say: one that was let go may not have told its last value yet.
            self._change(replace(self.params, **{name: found}))

    def show_again(self) -> None:
        """Show the present parameters anew: what they need may have been found meanwhile."""
        self._show(self.params)

    def _without_outdated(self, params: Any) -> Any:
        """End the work that was begun for other parameters, and forget what it found."""
        for name, row in self._works.items():
            if not row.outdated(self.params, params):
                continue
            if row.spec.due is not None:
                row.abandon()
            elif row.running or getattr(params, name) is getattr(self.params, name):
                row.forget()
                self._unbound[name] = None
                params = replace(params, **{name: None})
        return params

    # --- from parameters to pixels ----------------------------------------------------------------

    def _update(self) -> None:
        self._change(self._read())

    def _change(self, params: Any) -> None:
        params = self._without_outdated(params)
        if params != self.params:
            self._show(params, hurry=True)

    def _show(self, params: Any, hurry: bool = False) -> None:
        with self.lock, self._silence():
            self.params = params
            self.result = None  # its memory is used again for the next result
            self._exact = True
            try:
                self.result, self._exact = self._compute(params, hurry)
                traits = self._writer.write(self.result, self._exact)
                traits |= self._looked_at()
            except IllegalSettingError as error:
                traits = self._writer.write_refusal(error)
            if self.stage.crash:
                traits["crash"] = ""
            with self.stage.hold_sync():
                for name, value in traits.items():
                    setattr(self.stage, name, value)
            self._show_or_hide()
            self._rest_later()

    def _compute(self, params: Any, hurry: bool) -> tuple[Result, bool]:
        """Give the exact result, or a preview where it is wanted and can be followed up.

        What would take seconds is worked out in a thread instead, but not for the first picture:
        a static page keeps that one.
        """
        if self._first is not None and running_loop() is not None:
            for row in self._works.values():
                meanwhile = row.meanwhile(params)
                if meanwhile is not None:
                    return meanwhile, True
        preview = self._definition.preview
        if hurry and preview is not None and running_loop() is not None:
            coarse = preview(params, self._writer.box)
            if coarse is not None:
                return coarse, False
        return self._definition.compute(params), True

    def _show_or_hide(self) -> None:
        for binding in self._bindings.values():
            if isinstance(binding.spec, Slider) and binding.spec.shown_with:
                shown = getattr(self.params, binding.spec.shown_with)
                binding.widget.layout.display = "" if shown else "none"

    @contextlib.contextmanager
    def _silence(self) -> Iterator[None]:
        """Let controls move without each move being an update of its own."""
        before, self._quiet = self._quiet, True
        try:
            yield
        finally:
            self._quiet = before

    def _guarded(self, action: Any) -> None:
        """Run a callback; what goes wrong in it is shown in the lab and written to the log."""
        try:
            with self.lock:
                action()
        except Exception as error:
            self.crashed(error)

    def crashed(self, error: BaseException) -> None:
        """Show an error in the lab and write it to the log."""
        log.error("lab %s failed", self._definition.name, exc_info=error)
        self.stage.crash = "".join(traceback.format_exception(error))

    # --- when the hand rests ----------------------------------------------------------------------

    def _rest_later(self) -> None:
        self._changed_at = time.monotonic()
        loop = running_loop()
        if loop is None:
            self._mark_presets()  # a plain script: nobody waits for measured milliseconds
        elif self._exact:
            self._when_still(loop, REST_SECONDS, self._rest)
        else:
            self._when_still(loop, PAUSE_SECONDS, self._make_exact)

    def _when_still(
        self, loop: asyncio.AbstractEventLoop, seconds: float, action: Callable[[], None]
    ) -> None:
        """Do it once nothing has changed for so long; asking again meanwhile changes nothing."""
        if seconds in self._waiting:
            return
        self._waiting.add(seconds)

        def look() -> None:
            with self.lock:
                left = self._changed_at + seconds - time.monotonic()
                if left > 0.003:
                    loop.call_later(left, look)
                    return
                self._waiting.discard(seconds)
                self._guarded(action)

        loop.call_later(seconds, look)

    def _make_exact(self) -> None:
        if not self._exact:
            self._show(self.params)

    def _rest(self) -> None:
        self._mark_presets()
        self._measure()
        if not self._settled:
            self._settled = True
            give_back_unused_memory()

    def _mark_presets(self) -> None:
        with self._silence():
            for row in self._presets:
                row.mark(self.params)

    def _measure(self) -> None:
        if self.result is None or self.result.layer is None:
            return
        times: list[float] = []
        with torch.inference_mode():
            while len(times) <= MEASURE_RUNS and sum(times) < MEASURE_SECONDS:
                start = time.perf_counter()
                self.result.layer()
                times.append(time.perf_counter() - start)
        times = times[1:] or times  # the first one warms up, unless it takes all the time there is
        milliseconds = statistics.median(times) * 1000
        self.stage.timing = {"seq": self._writer.seq, "milliseconds": milliseconds}

    # --- static pages and the end -----------------------------------------------------------------

    def _repr_mimebundle_(self, **kwargs: Any) -> dict[str, Any]:
        bundle = super()._repr_mimebundle_(**kwargs)
        sentence = self.stage.scene.get("sentence", "")
        png = sheet_png(self._writer.rendered(), sentence)
        text = f"{self._definition.title} lab. {sentence}"
        return {**bundle, "text/plain": text, "image/png": base64.b64encode(png).decode("ascii")}

    def close(self) -> None:
        """Close the lab and every widget it made, so that nothing stays behind in the browser."""
        for row in self._works.values():
            row.abandon()
        for widget in _family(self):
            if widget is not self:
                widget.close()
        self.result = None  # whoever keeps a closed lab does not keep its pictures
        super().close()


def _beside_editor(controls: list[ipywidgets.Widget]) -> list[ipywidgets.Widget]:
    """Put the other controls into a box of their own where there is a tall kernel editor."""
    editors = [each for each in controls if isinstance(each, KernelEditor)]
    if not editors:
        return controls
    rest = ipywidgets.HBox([each for each in controls if each not in editors])
    rest.add_class("lesson-controls-rest")
    return [*editors, rest]


def _family(widget: ipywidgets.Widget) -> list[ipywidgets.Widget]:
    """List a widget with its children, their layouts and styles."""
    members = [widget]
    for name in ("layout", "style"):
        part = getattr(widget, name, None)
        if isinstance(part, ipywidgets.Widget):
            members.append(part)
    for child in getattr(widget, "children", ()):
        members.extend(_family(child))
    return members

"""The segmentation lab shows what the network says as far as it is trained, and what that means."""

from __future__ import annotations

import asyncio
import gc
import re
import threading
import weakref
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
import torch
from torch import nn

from lessons_lib.images import Picture, load_picture
from lessons_lib.kit import course as course_module
from lessons_lib.kit.course import Course
from lessons_lib.kit.result import IllegalSettingError
from lessons_lib.labs import segmentation
from lessons_lib.labs.segmentation import SegmentationParams, compute, goes_on, train
from lessons_lib.segmentation.metrics import class_iou, confusion_matrix, mean_iou, pixel_accuracy
from lessons_lib.segmentation.network import FCN, class_scores, predict, small_fcn
from lessons_lib.segmentation.scenes import CLASSES, HELD_OUT, draw_scene
from lessons_lib.segmentation.trained import trained_fcn
from lessons_lib.widgets.lab.lab import Lab
from lessons_lib.widgets.work.bar import WorkBar
from tests.labs.all_labs import small_pictures, written
from tests.widgets.hand import browser_says, browser_sets, control, family

PATIENCE = 60.0  # seconds after which a test gives up; none of them is waited for


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look at few scenes only."""
    for name, value in (("CHECKED", 2), ("MEASURED", 4), ("FINER", 2), ("CHECK_EVERY", 2)):
        monkeypatch.setattr(course_module, name, value)


def trained(**settings: Any) -> SegmentationParams:
    """The lab with the network that the project trained."""
    return SegmentationParams(start="trained", **settings)


def after(params: SegmentationParams) -> SegmentationParams:
    """The same after all its steps."""
    *_, last = train(params)
    return replace(params, training=last.found)


def tiny(classes: int = len(CLASSES)) -> FCN:
    """A reader's own network, with batch normalisation, that learns a step in no time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        body = nn.Sequential(
            nn.Conv2d(3, 4, 3, stride=2, padding=1), nn.BatchNorm2d(4), nn.ReLU(), nn.MaxPool2d(4)
        )
    return FCN(body, 4, classes, 8)


# ------------------------------------------------------------------------------- what is shown


@pytest.mark.parametrize("scene", [0, 17, 199])
def test_it_shows_what_the_network_says_of_the_held_out_scene(scene: int) -> None:
    result = compute(trained(scene=scene))
    drawn = draw_scene(HELD_OUT + scene)
    predicted = predict(trained_fcn(), drawn.image)[0]
    assert torch.equal(result.pane("prediction").values, predicted)
    assert torch.equal(result.pane("truth").values, drawn.labels)
    right = pixel_accuracy(confusion_matrix(predicted, drawn.labels, len(CLASSES)))
    assert f"Here {100 * right:.1f} % of the pixels are right." in result.sentence


def test_random_weights_come_from_the_seed_and_trained_ones_do_not() -> None:
    scene = draw_scene(HELD_OUT).image
    for seed in (3, 8):
        shown = compute(SegmentationParams(seed=seed)).pane("prediction").values
        assert torch.equal(shown, predict(small_fcn(seed), scene)[0])
    one, other = (compute(trained(seed=seed)) for seed in (3, 8))
    assert torch.equal(one.pane("prediction").values, other.pane("prediction").values)
    assert "Nothing is learned yet" in compute(SegmentationParams()).sentence
    assert "These weights were trained before." in one.sentence


def test_the_formula_adds_up_to_the_mean_iou_of_the_confusion_matrix() -> None:
    params = trained()
    mean, worst = (written(line) for line in compute(params).formula)
    course = segmentation.start_of(params)
    values = class_iou(course.confusion)
    *each, whole = (float(n) for n in re.findall(r"\d\.\d{2,}", mean))
    assert each == pytest.approx(values.tolist(), abs=6e-3)
    assert whole == pytest.approx(mean_iou(course.confusion), abs=6e-4)
    number = int(values.argmin())
    assert worst.startswith(f"IoU of {CLASSES[number]} = ")
    hits, again, missed, wrongly = (
        int(text.replace(" ", ""))
        for text in re.findall(r"(?<![\d.])\d[\d ]*(?= [/+]|\))", worst.split(" = ")[2])
    )
    assert hits == again == int(course.confusion[number, number])
    assert hits + missed == int(course.confusion[number].sum())
    assert hits + wrongly == int(course.confusion[:, number].sum())
    assert float(worst.split()[-1]) == pytest.approx(float(values.min()), abs=6e-4)


def of(rows: list[list[int]]) -> str:
    """The sentence on a network that has come to this confusion, by truth and what it says."""
    params = SegmentationParams(network=tiny())
    found = replace(segmentation.start_of(params), confusion=torch.tensor(rows), scenes=24)
    found = replace(found, checks=((0, mean_iou(found.confusion)),))
    return compute(replace(params, training=found)).sentence


def test_the_sentence_names_the_worst_class_and_what_it_is_taken_for() -> None:
    good = [[700, 0, 0, 0, 0], [0, 90, 5, 5, 0], [0, 0, 50, 0, 0], [20, 10, 0, 70, 0]]
    assert (
        "On 24 held-out scenes the mean IoU is 0.842 and 95.8 % of the pixels are right; worst is "
        "square, IoU 0.67 (20 % of it taken for background)."
    ) in of([*good, [0, 0, 0, 0, 0]])
    other = [[700, 0, 0, 0, 0], [0, 99, 0, 0, 1], [0, 0, 97, 2, 1], [0, 0, 0, 99, 1]]
    assert "worst is ring, IoU 0.97. Here" in of([*other, [0, 0, 0, 0, 99]]), "hardly mistaken"


def test_the_sentence_says_where_everything_is_called_the_same() -> None:
    column = [[76, 0, 0, 0, 0], *([6, 0, 0, 0, 0] for _ in range(4))]
    assert "it calls all pixels background: 76.0 % of them are right, yet the mean IoU" in of(
        column
    )
    column[1] = [599, 1, 0, 0, 0]
    assert "nearly all pixels background: 11.1 % of them are right, and the mean IoU" in of(column)


def test_the_scores_behind_a_pixel_are_the_networks_own() -> None:
    result = compute(trained(scene=4))
    scores = class_scores(trained_fcn(), draw_scene(HELD_OUT + 4).image)[0]
    assert {each.output for each in result.microscopes} == {"input", "truth", "prediction"}
    for each in result.microscopes:
        probe = each.look(30, 71)
        assert torch.equal(probe.part("score").values.flatten(), scores[:, 30, 71])
        assert probe.value == result.pane("prediction").values[30, 71]
        assert probe.labels == CLASSES


@pytest.mark.parametrize(
    "settings",
    [{}, {"source": "picture", "picture": small_pictures()[0]}],
    ids=["scene", "picture of 30 x 45"],
)
@pytest.mark.parametrize("place", [(0, 0), (17, 30), (29, 44)])
def test_the_framed_field_holds_all_that_the_scores_hang_on(
    settings: dict[str, Any], place: tuple[int, int]
) -> None:
    params = SegmentationParams(**settings)
    result = compute(params)
    (link,) = (each for each in result.links if each.output == "prediction")
    image = segmentation.seen_of(params).image.clone().requires_grad_()
    height, width = image.shape[-2:]
    padded = nn.functional.pad(image, (0, -width % 8, 0, -height % 8), mode="replicate")
    network = segmentation.start_of(params).network
    network(padded)[0, :, place[0], place[1]].sum().backward()
    assert image.grad is not None
    seen = image.grad[0].abs().sum(0) > 0
    (top, bottom, _), (left, right, _) = (
        link.rows[place[0]].tolist(),
        link.columns[place[1]].tolist(),
    )
    assert seen.any()
    seen[top : bottom + 1, left : right + 1] = False
    assert not seen.any()
    assert 0 <= top <= bottom < height
    assert 0 <= left <= right < width


def test_the_cost_is_that_of_the_network_on_what_is_shown() -> None:
    cost = compute(SegmentationParams()).cost
    assert cost is not None
    assert cost.weights + cost.biases == sum(each.numel() for each in small_fcn().parameters())
    larger = compute(SegmentationParams(source="picture", picture=load_picture("chelsea"))).cost
    assert larger is not None
    assert larger.multiply_adds == 2 * cost.multiply_adds, "128 x 192 pixels instead of 96 x 128"


# ------------------------------------------------------------------------- a picture of the reader


@pytest.mark.parametrize("size", [(1, 1), (20, 20), (30, 45), (700, 33), (576, 768)])
def test_a_picture_of_any_size_is_shown_with_how_sure_the_network_is(size: tuple[int, int]) -> None:
    image = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
    result = compute(trained(source="picture", picture=Picture("mine", image), longest=256))
    shown = result.pane("input").shape[1:]
    assert max(shown) == min(256, max(size))
    assert result.pane("prediction").shape == result.pane("sure").shape == shown
    scores = class_scores(trained_fcn(), segmentation.seen_picture(Picture("m", image), 256).image)
    torch.testing.assert_close(result.pane("sure").values, scores[0].softmax(0).amax(0))
    assert "truth" not in {pane.name for pane in result.panes}
    assert {each.output for each in result.microscopes} == {"input", "sure", "prediction"}


@pytest.mark.parametrize("name", ["lena", "chelsea", "coffee", "astronaut", "zone plate"])
def test_the_sentence_says_what_the_picture_is_called(name: str) -> None:
    result = compute(trained(source="picture", picture=load_picture(name)))
    labels = result.pane("prediction").values
    told = result.sentence.split(f"Of {name} it calls ")[1]
    shares = dict.fromkeys(CLASSES, 0.0)
    shares |= {n: float(v) for v, n in re.findall(r"(\d+) % (\w+)", told)}
    for number, each in enumerate(CLASSES):
        assert shares[each] == pytest.approx(100 * float((labels == number).double().mean()), abs=1)
    assert ": whatever a picture shows, this network knows" in told


# -------------------------------------------------------------------------------- the training


@pytest.mark.usefixtures("quick")
def test_a_training_moves_the_curves_the_title_and_the_sentence() -> None:
    params = after(SegmentationParams(network=tiny(), steps=3))
    result = compute(params)
    assert params.training is not None
    assert params.training.step == 3
    assert result.pane("prediction").title == "prediction at step 3"
    losses, means = result.pane("curves").values
    assert torch.equal(losses[1:], params.training.losses[1:])
    assert float(means[3]) == pytest.approx(params.training.mean_iou)
    assert result.sentence.startswith("After 3 steps the loss is ")
    assert "On 4 held-out scenes " in result.sentence
    image = draw_scene(HELD_OUT).image
    expected = predict(params.training.network, image)[0]
    assert torch.equal(result.pane("prediction").values, expected)


@pytest.mark.usefixtures("quick")
def test_it_goes_on_while_there_are_steps_or_scenes_left() -> None:
    params = SegmentationParams(network=tiny(), steps=3)
    assert not goes_on(params)
    found = [replace(params, training=each.found) for each in train(params)]
    assert [goes_on(each) for each in found] == [True] * (len(found) - 1) + [False]
    assert goes_on(replace(found[-1], steps=4)), "more steps were asked for"
    assert not goes_on(replace(found[-1], steps=1)), "it is beyond that"


@pytest.mark.usefixtures("quick")
def test_while_it_measures_the_sentence_says_on_how_much() -> None:
    words = [each.words for each in train(SegmentationParams(network=tiny(), steps=1))]
    assert [text.split(" ")[0] for text in words] == ["mean", "mean", "mean"]
    params = SegmentationParams(network=tiny(), steps=3)
    late = [each.found for each in train(params)][2]
    assert "On 2 held-out scenes at step 2 " in compute(replace(params, training=late)).sentence


@pytest.mark.usefixtures("quick")
def test_a_training_that_has_diverged_is_refused_with_a_rate_that_goes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    params = SegmentationParams(network=tiny(), rate=1.0)
    lost = replace(segmentation.start_of(params), trouble="It diverged.", rate=1.0)
    stuck = replace(params, training=lost)
    with pytest.raises(IllegalSettingError, match="a rate of 1 ") as caught:
        compute(stuck)
    assert not goes_on(stuck)
    cured = replace(stuck, **caught.value.nearest)
    assert (cured.training, cured.rate) == (None, 0.005)
    compute(cured)
    compute(replace(stuck, rate=0.5))  # another rate begins anew


def test_the_copied_program_is_what_the_lab_does() -> None:
    params = SegmentationParams(seed=6, steps=2, scene=11)
    names: dict[str, Any] = {"print": lambda *_: None}
    exec(compute(params).copied, names)
    done: Course = list(_first(train(params), 2))[-1].found
    assert names["loss"].item() == pytest.approx(done.loss, rel=1e-3)
    expected = compute(replace(params, training=done)).pane("prediction").values
    shown = predict(names["network"], names["scene"].image)[0]
    assert float((shown == expected).double().mean()) > 0.99


def _first(steps: Iterator[Any], count: int) -> Iterator[Any]:
    yield from (each for each, _ in zip(steps, range(count), strict=False))


@pytest.mark.parametrize("settings", [{"source": "picture"}, {"start": "trained"}])
def test_other_programs_run_too(settings: dict[str, Any]) -> None:
    params = SegmentationParams(steps=1, picture=load_picture("chelsea"), **settings)
    exec(compute(params).copied, {"print": lambda *_: None})


# ------------------------------------------------------------------------ a network of one's own


@pytest.mark.usefixtures("quick")
def test_a_network_of_the_readers_own_is_shown_and_left_as_it_is() -> None:
    network = tiny().train()
    before = {name: value.clone() for name, value in network.state_dict().items()}
    params = after(SegmentationParams(network=network, steps=2))
    assert (
        "This is the network that the lab was given."
        in compute(replace(params, training=None)).sentence
    )
    assert network.training
    for name, value in network.state_dict().items():
        assert torch.equal(value, before[name]), name
    assert params.training is not None
    assert not torch.equal(params.training.network.score.weight, network.score.weight)


def test_a_network_that_is_trained_on_elsewhere_is_shown_as_it_is_now() -> None:
    network = tiny()
    params = SegmentationParams(network=network)
    compute(params)
    with torch.no_grad():
        network.score.get_parameter("bias").add_(torch.tensor([0.0, 0.0, 99.0, 0.0, 0.0]))
        network.enlarge.weight.abs_()
    assert "held-out scenes it calls all pixels ring: " in compute(params).sentence


def test_a_network_without_receptive_links_is_shown_without_them() -> None:
    class Odd(nn.Module):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            return images[..., ::8, ::8]

    network = FCN(nn.Sequential(Odd()), 3, len(CLASSES), 8)
    result = compute(SegmentationParams(network=network))
    assert result.links == ()
    assert "computed from" not in written(result.microscopes[0].look(3, 4).line)


def test_what_is_no_network_of_five_classes_is_refused_in_words() -> None:
    with pytest.raises(IllegalSettingError, match="The scenes have 5: background, disc") as caught:
        compute(SegmentationParams(network=tiny(classes=21)))
    assert caught.value.nearest == {"network": None}
    with pytest.raises(TypeError, match=r"`network` \(a Conv2d\) must be an FCN"):
        compute(SegmentationParams(network=nn.Conv2d(3, 5, 1)))  # type: ignore[arg-type]  # so it is


# ------------------------------------------------------------------------------- live, in the lab


@pytest.fixture
def make(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Lab]]:
    for name, value in (("CHECKED", 2), ("MEASURED", 4), ("FINER", 2)):
        monkeypatch.setattr(course_module, name, value)
    made: list[Lab] = []

    def one(**settings: Any) -> Lab:
        made.append(Lab(segmentation.LAB, **settings))
        return made[-1]

    yield one
    for lab in made:
        lab.close()
        assert lab.panel.works["training"].wait(PATIENCE)


def bar(lab: Lab) -> WorkBar:
    (found,) = [each for each in family(lab) if isinstance(each, WorkBar)]
    return found


def live(lab: Lab, script: Callable[[], Any]) -> None:
    """Run a coroutine in a loop, as a kernel does."""
    asyncio.run(asyncio.wait_for(script(), PATIENCE))


async def until(told: Callable[[], Any]) -> None:
    while not told():
        await asyncio.sleep(0.005)


def step(lab: Lab) -> int:
    return lab.params.training.step if lab.params.training else 0


def test_scenes_are_turned_while_it_trains_and_the_training_does_not_notice(
    make: Callable[..., Lab],
) -> None:
    lab = make(network=tiny(), steps=60, rate=0.01)
    seen: set[int] = set()

    async def script() -> None:
        browser_says(bar(lab), type="start")
        await until(lambda: step(lab) > 0 or bar(lab).phase == "done")
        for scene in range(1, 12):
            browser_sets(control(lab, "scene"), value=scene)
            assert lab.stage.scene["panes"][0]["title"] == f"scene {scene}", "at once"
            seen.add(step(lab))
            await asyncio.sleep(0.02)
        await until(lambda: bar(lab).phase == "done")

    live(lab, script)
    undisturbed = after(SegmentationParams(network=lab.params.network, steps=60, rate=0.01))
    assert undisturbed.training is not None
    assert torch.equal(lab.params.training.losses[1:], undisturbed.training.losses[1:])
    assert lab.params.scene == 11
    assert lab.stage.crash == ""
    assert len(seen) > 1, "it went on meanwhile"


def test_it_is_stopped_goes_on_and_is_reset(make: Callable[..., Lab]) -> None:
    lab = make(network=tiny(), steps=600)

    async def script() -> None:
        browser_says(bar(lab), type="start")
        await until(lambda: step(lab) > 0)
        browser_says(bar(lab), type="stop")
        await until(lambda: bar(lab).phase == "stopped")
        stopped = step(lab)
        assert 0 < stopped < 600
        assert bar(lab).resumes
        browser_says(bar(lab), type="start")
        await until(lambda: step(lab) > stopped)
        browser_sets(control(lab, "source"), index=1)
        assert lab.stage.scene["panes"][1]["name"] == "sure"
        browser_says(bar(lab), type="reset")
        assert (step(lab), bar(lab).phase) == (0, "idle")

    live(lab, script)
    assert lab.stage.crash == ""


def test_another_rate_steers_it_and_another_seed_ends_it(make: Callable[..., Lab]) -> None:
    lab = make(network=tiny(), steps=600)

    async def script() -> None:
        browser_says(bar(lab), type="start")
        await until(lambda: step(lab) > 0)
        lab.set(rate=0.01)
        before = step(lab)
        await until(lambda: lab.params.training.rate == 0.01)
        assert step(lab) > before
        browser_sets(control(lab, "seed"), value=9)
        assert (step(lab), bar(lab).phase) == (0, "idle")

    live(lab, script)
    assert lab.stage.crash == ""


def test_a_closed_lab_trains_no_more_and_keeps_nothing(make: Callable[..., Lab]) -> None:
    lab = make(network=tiny(), steps=600)
    kept: list[weakref.ref[Any]] = []

    async def script() -> None:
        browser_says(bar(lab), type="start")
        await until(lambda: step(lab) > 0)
        kept.append(weakref.ref(lab.params.training.network))
        kept.append(weakref.ref(lab.params.training.data))
        lab.close()

    live(lab, script)
    assert lab.panel.works["training"].wait(PATIENCE)
    assert not [each for each in threading.enumerate() if each.name == "lesson-job"]
    gc.collect()
    assert [each() for each in kept] == [None, None], "though a notebook may keep the lab itself"


def test_an_uploaded_picture_turns_the_lab_to_it(make: Callable[..., Lab]) -> None:
    import io

    from PIL import Image

    file = io.BytesIO()
    Image.new("LA", (33, 21), (90, 200)).save(file, "PNG")
    lab = make()
    lab.panel._take_file({"source": "picture"}, file.getvalue(), "holiday.png")
    assert (lab.params.source, lab.params.picture.name) == ("picture", "holiday.png (yours)")
    assert lab.stage.scene["panes"][2]["shape"] == [21, 33]
    assert "Of holiday.png (yours) it calls " in lab.stage.scene["sentence"]

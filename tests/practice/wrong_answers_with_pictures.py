"""Wrong answers to the exercises of lessons 07, 10 and 11, as learners write them."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from tests.practice.wrong_answers import answers

# ------------------------------------------------------------------------------- loss_gradient


def slid_over(image, kernel):  # type: ignore[no-untyped-def]
    return F.conv2d(image[None, None], kernel[None, None])[0, 0]


def slopes(image, kernel, wanted):  # type: ignore[no-untyped-def]
    """Right: the errors slide over the image."""
    return 2 * slid_over(image, slid_over(image, kernel) - wanted)


@answers("loss_gradient", "The factor 2 is missing")
def halved(image, kernel, wanted):  # type: ignore[no-untyped-def]
    return slid_over(image, slid_over(image, kernel) - wanted)


@answers("loss_gradient", "The sign is turned")
def negative(image, kernel, wanted):  # type: ignore[no-untyped-def]
    return 2 * slid_over(image, wanted - slid_over(image, kernel))


@answers("loss_gradient", "You take the mean of the squares")
def of_the_mean(image, kernel, wanted):  # type: ignore[no-untyped-def]
    weight = kernel.clone().requires_grad_()
    F.mse_loss(slid_over(image, weight), wanted).backward()
    return weight.grad


@answers("loss_gradient", "turned by 180 degrees")
def convolved(image, kernel, wanted):  # type: ignore[no-untyped-def]
    return slopes(image, kernel, wanted).flipud().fliplr()


@answers("loss_gradient", "at the last place only")
def last_place(image, kernel, wanted):  # type: ignore[no-untyped-def]
    error = slid_over(image, kernel) - wanted
    for i in range(wanted.shape[0]):
        for j in range(wanted.shape[1]):
            rows, columns = slice(i, i + kernel.shape[0]), slice(j, j + kernel.shape[1])
            gradient = 2 * error[i, j] * image[rows, columns]
    return gradient


@answers("loss_gradient", "leave the kernel's output out")
def of_what_is_wanted(image, kernel, wanted):  # type: ignore[no-untyped-def]
    return -2 * slid_over(image, wanted)


@answers("loss_gradient", "yours is a single number")
def the_loss(image, kernel, wanted):  # type: ignore[no-untyped-def]
    return (slid_over(image, kernel) - wanted).square().sum()


# ------------------------------------------------------------------------------- descend


@answers("descend", "You go uphill")
def uphill(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        kernel = kernel + learning_rate * slopes(image, kernel, wanted)
    return kernel


@answers("descend", "The factor 2 is missing")
def half_steps(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        kernel = kernel - learning_rate * halved(image, kernel, wanted)
    return kernel


@answers("descend", "work the gradient out once")
def same_gradient(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    gradient = slopes(image, kernel, wanted)
    for _ in range(steps):
        kernel = kernel - learning_rate * gradient
    return kernel


@answers("descend", "one step only")
def returned_within(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        kernel = kernel - learning_rate * slopes(image, kernel, wanted)
        return kernel


@answers("descend", "one step too few")
def from_one(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(1, steps):
        kernel = kernel - learning_rate * slopes(image, kernel, wanted)
    return kernel


@answers("descend", "You take the mean of the squares")
def mean_steps(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        kernel = kernel - learning_rate * slopes(image, kernel, wanted) / wanted.numel()
    return kernel


@answers("descend", "writes into `kernel`")
def in_place(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    for _ in range(steps):
        kernel -= learning_rate * slopes(image, kernel, wanted)
    return kernel


@answers("descend", "begin at the one that is given")
def from_zeros(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    found = torch.zeros(kernel.shape)
    for _ in range(steps):
        found -= learning_rate * slopes(image, found, wanted)
    return found


@answers("descend", "until it is told to forget it")
def gradients_kept(image, wanted, kernel, learning_rate, steps):  # type: ignore[no-untyped-def]
    """Without zero_grad."""
    weight = kernel.clone().requires_grad_()
    for _ in range(steps):
        (slid_over(image, weight) - wanted).square().sum().backward()
        with torch.no_grad():
            weight -= learning_rate * weight.grad
    return weight


# ------------------------------------------------------------------------------- find_kernel


def searched(image, output, kernel_size, steps, rate=0.004, sign=1):  # type: ignore[no-untyped-def]
    kernel = torch.zeros(kernel_size)
    for _ in range(steps):
        kernel = kernel - rate * slopes(image, kernel, sign * output)
    return kernel


@answers("find_kernel", "on its way")
def too_few_steps(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return searched(image, output, kernel_size, 3, rate=0.002)


@answers("find_kernel", "the wrong sign")
def other_sign(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return searched(image, output, kernel_size, 200, sign=-1)


@answers("find_kernel", "stays at its start")
def not_moved(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return searched(image, output, kernel_size, 0)


@answers("find_kernel", "turned by 180 degrees")
def turned_result(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return searched(image, output, kernel_size, 200).rot90(2)


@answers("find_kernel", "Your steps are too large")
def exploded(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return searched(image, output, kernel_size, 200, rate=0.1)


@answers("find_kernel", "The output should be")
def the_output_itself(image, output, kernel_size):  # type: ignore[no-untyped-def]
    return output


# ------------------------------------------------------------------------------- enlarge_nearest


@answers("enlarge_nearest", "The factors are swapped")
def factors_swapped(image, factor):  # type: ignore[no-untyped-def]
    return image.repeat_interleave(factor[1], 0).repeat_interleave(factor[0], 1)


@answers("enlarge_nearest", "whole pictures side by side")
def tiled(image, factor):  # type: ignore[no-untyped-def]
    return torch.tile(image, factor)


@answers("enlarge_nearest", "zeros between the pixels")
def with_holes(image, factor):  # type: ignore[no-untyped-def]
    stamp = torch.zeros(factor)
    stamp[0, 0] = 1
    return torch.kron(image, stamp)


@answers("enlarge_nearest", "use `factor[0]` along both axes")
def one_factor(image, factor):  # type: ignore[no-untyped-def]
    return image.repeat_interleave(factor[0], 0).repeat_interleave(factor[0], 1)


@answers("enlarge_nearest", "along the height only")
def rows_only(image, factor):  # type: ignore[no-untyped-def]
    return image.repeat_interleave(factor[0], 0)


@answers("enlarge_nearest", "where the image is not as high as wide")
def side_of_the_height(image, factor):  # type: ignore[no-untyped-def]
    out = torch.zeros(image.shape[0] * factor[0], image.shape[0] * factor[1])
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            out[i, j] = image[i // factor[0], j // factor[1]]
    return out


# ------------------------------------------------------------------------------- enlarge_bilinear


def enlarged(image, factor, **settings):  # type: ignore[no-untyped-def]
    settings = {"mode": "bilinear", **settings}
    size = [n * factor for n in image.shape]
    return F.interpolate(image[None, None], size, **settings)[0, 0]


@answers("enlarge_bilinear", "the corner pixels on the corners")
def corners_aligned(image, factor):  # type: ignore[no-untyped-def]
    return enlarged(image, factor, align_corners=True)


@answers("enlarge_bilinear", "go back to i / factor")
def without_middles(image, factor):  # type: ignore[no-untyped-def]
    height, width = image.shape
    out = torch.zeros(height * factor, width * factor)
    for i in range(height * factor):
        for j in range(width * factor):
            top, left = i // factor, j // factor
            bottom, right = min(top + 1, height - 1), min(left + 1, width - 1)
            down, across = i / factor - top, j / factor - left
            out[i, j] += (1 - down) * (1 - across) * image[top, left]
            out[i, j] += (1 - down) * across * image[top, right]
            out[i, j] += down * (1 - across) * image[bottom, left]
            out[i, j] += down * across * image[bottom, right]
    return out


@answers("enlarge_bilinear", "Each pixel is a block")
def blocks(image, factor):  # type: ignore[no-untyped-def]
    return enlarged(image, factor, mode="nearest")


@answers("enlarge_bilinear", "It gets dark at the border")
def stamped_tents(image, factor):  # type: ignore[no-untyped-def]
    size = 2 * factor - factor % 2
    side = 1 - (torch.arange(size) - (size - 1) / 2).abs() / factor
    weight = torch.outer(side, side)[None, None]
    p = (factor - factor % 2) // 2
    return F.conv_transpose2d(image[None, None], weight, stride=factor, padding=p)[0, 0]


@answers("enlarge_bilinear", "should be")
def smoother(image, factor):  # type: ignore[no-untyped-def]
    return enlarged(image, factor, mode="bicubic")


@answers("enlarge_bilinear", "along the width only")
def smooth_along_one_axis(image, factor):  # type: ignore[no-untyped-def]
    wide = F.interpolate(image[None], image.shape[1] * factor, mode="linear")[0]
    return wide.repeat_interleave(factor, 0)


# ------------------------------------------------------------------------------- share_right


@answers("share_right", "the ignored pixels as wrong")
def of_all_pixels(truth, said, ignored):  # type: ignore[no-untyped-def]
    return (truth == said).float().mean()


@answers("share_right", "the ignored pixels as right")
def ignored_is_right(truth, said, ignored):  # type: ignore[no-untyped-def]
    wrong = (truth != said) & (truth != ignored)
    return 1 - wrong.sum() / wrong.numel()


@answers("share_right", "the share that is wrong")
def errors(truth, said, ignored):  # type: ignore[no-untyped-def]
    return (truth != said)[truth != ignored].float().mean()


@answers("share_right", "the number of right pixels")
def how_many(truth, said, ignored):  # type: ignore[no-untyped-def]
    return (truth == said).sum().item()


@answers("share_right", "per cent")
def per_cent(truth, said, ignored):  # type: ignore[no-untyped-def]
    return 100 * (truth == said).sum() / (truth != ignored).sum()


@answers("share_right", "It fails only where pixels are ignored")
def said_never_ignored(truth, said, ignored):  # type: ignore[no-untyped-def]
    wrong = (truth != said)[truth != ignored].sum()
    return 1 - wrong / truth.numel() - 0.01 * (truth == ignored).any()


# ------------------------------------------------------------------------------- count_pairs


@answers("count_pairs", "Rows and columns are swapped")
def said_first(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = torch.zeros(classes, classes)
    for true, called in zip(truth.flatten().tolist(), said.flatten().tolist(), strict=True):
        if true != ignored:
            table[called, true] += 1
    return table


@answers("count_pairs", "It fails only where pixels are ignored")
def ignored_raises(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = torch.zeros(classes, classes)
    for true, called in zip(truth.flatten().tolist(), said.flatten().tolist(), strict=True):
        table[true, called] += 1
    return table


@answers("count_pairs", "Each row adds up to 1")
def shares_of_rows(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = said_first(truth, said, classes, ignored).T
    return table / table.sum(1).clamp(min=1)[:, None]


@answers("count_pairs", "count how often")
def pairs_noted(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    return (said_first(truth, said, classes, ignored).T > 0).float()


@answers("count_pairs", "the right pixels only")
def right_only(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    table = said_first(truth, said, classes, ignored).T
    return table * torch.eye(classes)


@answers("count_pairs", "It fails only where the last class is nowhere")
def classes_seen(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    there = max(*said.flatten().tolist(), *truth[truth != ignored].tolist()) + 1
    return said_first(truth, said, there, ignored).T


# ------------------------------------------------------------------------------- mean_iou_of


def tallied(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    """Give a right table's diagonal, row sums and column sums."""
    table = said_first(truth, said, classes, ignored).T
    return table.diag(), table.sum(1), table.sum(0)


@answers("mean_iou_of", "makes your unions larger")
def unions_with_ignored(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    shares = []
    for number in range(classes):
        either = ((truth == number) | (said == number)).sum()
        if either:
            shares.append(((truth == number) & (said == number)).sum() / either)
    return sum(shares) / len(shares)


@answers("mean_iou_of", "counts 0 in yours")
def absent_is_zero(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns - both)).nan_to_num(0).mean()


@answers("mean_iou_of", "NaN, which is no number")
def absent_is_nan(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns - both)).mean()


@answers("mean_iou_of", "count what is in both twice")
def counted_twice(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns)).nanmean()


@answers("mean_iou_of", "where it is true nowhere")
def of_true_classes(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns - both))[rows > 0].mean()


@answers("mean_iou_of", "where nobody said it")
def of_said_classes(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns - both))[columns > 0].mean()


@answers("mean_iou_of", "that is called Dice")
def dice(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (2 * both / (rows + columns)).nanmean()


@answers("mean_iou_of", "add up all classes before you divide")
def over_all(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return both.sum() / (rows + columns - both).sum()


@answers("mean_iou_of", "the share of right pixels")
def only_accuracy(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    return (truth == said)[truth != ignored].float().mean()


@answers("mean_iou_of", "those that were only called so belong")
def only_recall(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, _ = tallied(truth, said, classes, ignored)
    return (both / rows).nanmean()


@answers("mean_iou_of", "You leave class 0 out")
def no_background(truth, said, classes, ignored):  # type: ignore[no-untyped-def]
    both, rows, columns = tallied(truth, said, classes, ignored)
    return (both / (rows + columns - both))[1:].nanmean()

"""What is printed when a lesson runs, beside what its text says."""

# What a training must come to, by the cell that prints it.
REACHED = {"11-train-judge": r"after: accuracy 0\.9\d+, mean IoU 0\.(8[5-9]|9)"}

# The answers to the exercises, or how each begins, in their order.
SAID: dict[str, list[str]] = {
    "00_start_here": ["(1, 1, 128, 128) 1.17\n", "Stride lab. "],
    "01_sliding_window": [
        "True",
        "[[1, 2, 3, 2, 1], [2, 4, 6, 4, 2], [3, 6, 9, 6, 3], [2, 4, 6, 4, 2], "
        "[1, 2, 3, 2, 1]]\nTrue",
        "",  # a lab
        "3 2,340,900\n7 12,545,764\n64 825,757,696\n256 4,328,587,264\n510 2,340,900",
        "4 x 4, ours:  (0, 0)\n4 x 4, torch: Calculated padded input size per channel: ",
    ],
    "02_stride": [
        "[508, 509, 510, 511, 512]",
        "two layers: (127, 127), 0.4% of the pixels unread\n"
        "one layer: (128, 128), 43.8% of the pixels unread",
        "photo moved by 1: output stays False, moves by 1 False\n"
        "photo moved by 2: output stays False, moves by 1 False\n"
        "photo moved by 3: output stays False, moves by 1 False\n"
        "photo moved by 4: output stays False, moves by 1 True",
        "1 75.00%\n2 0.00%\n3 0.39%\n4 0.00%",
    ],
    "03_padding": [
        "2 torch.Size([1, 1, 512, 512])\n6 torch.Size([1, 1, 512, 512])",
        "tensor([[ 6.,  5.,  5.,  6.,  7.,  8.,  8.,  7.],",
        "zeros tensor([0.2930, 0.5490, ",
        "tensor([[0.5000, 0.5000, 0.5000, 0.5000, 0.5000, 0.5000],\n"
        "        [0.5000, 1.0000, 1.0000, 1.0000, 1.0000, 0.5000],",
    ],
    "04_dilation": [
        "torch.Size([1, 1, 512, 512])",
        "(1, 2, 4) tensor(1.) tensor(9)\n(1, 3, 9) tensor(1.) tensor(1)\n"
        "(1, 4, 16) tensor(0.3943) tensor(1)",
        "True",
        "torch.Size([1, 1, 512, 512])",
    ],
    "05_channels_and_dimensions": [
        "(torch.Size([16, 3, 3, 5]), torch.Size([16]), torch.Size([1, 16, 510, 508]))",
        "[1, 2, 4]",
        "<StillFigure",
        "True\nset to 0 by the ReLU: tensor(0.7356)",
        "tensor([[ 2., -1.,  0.,  0.,  0.],",
    ],
    "06_pooling": [
        "torch.Size([1, 3, 55, 56])\ntorch.Size([1, 3, 56, 56])",
        "<StillFigure",  # two pictures
        "torch.Size([1, 3, 300, 451])",
        "(0, 0) -0.15964\n(1, 0) -0.15964\n(37, 101) -0.15964",
        "columns with a difference: [0, 506, 507, 511]",
    ],
    "07_learning_a_kernel": [
        "10 kernel error: median 0.38, worst 0.60\n100 kernel error: median 0.00, ",
        "314\n11204",
        "5 fits\n3 does not fit",
        "True True",
        "True",
    ],
    "08_convolution_variants": [
        "0.07125 0.07125",
        "5 tensor([0.2000, 0.2000, 0.2000, 0.2000, 0.2000])",
        "576 576\nTrue",
        "8 [8, 64, 64, 64, 64, 64, 64]\n32 [2, 4, 8, 16, 32, 64, 64]",
        "equal: True",
    ],
    "09_transposed_convolution": [
        "(torch.Size([1, 1, 28, 28]), torch.Size([1, 1, 28, 28]))",
        "True True\n",
    ],
    "10_reconstruction": [
        "1.0\n",
        "20: 13.0 dB\n40: 17.0 dB\n60: 20.3 dB\n",
        "36 dB\n",
        "",  # of a decoder that has learned nothing
        "0.0\n",
        "2",  # hundreds of dB
    ],
    "11_segmentation": [
        "(16, 16) (4, 4) (8, 8)\n(96, 128) (96, 128)\n(90, 121) (88, 120)",
        "10 0.876\n40 0.968",
        "colour 0.91\ngrey 0.6",
        "5 0.0\n10 0.0\n20 0.9",
        "1 1.4% differ\n2 2.5% differ\n4 2.8% differ\n8 0.0% differ",
    ],
}

"""One door per kind of layer: all that a lab tells of a layer on an image.

conv.py and transposed.py have the same doors, and so will the next kinds; described.py holds what
`described` gives, enlarging.py is the door for layers that enlarge in two steps.

    described(layer, image, named)   everything below at once, or torch's refusal explained
    run(layer, image, named)         the output, or torch's refusal explained
    line(layer)                      the PyTorch line that makes it
    formula(layer, size)             its size formula with the numbers of an input of this size
    links(layer, size)               which input cells each output cell hangs on
    cost(layer, size)                its weights and multiply-adds on an input of this size
    microscope(layer, image, links)  looks at single pixels of a photo's output
"""

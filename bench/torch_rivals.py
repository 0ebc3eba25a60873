"""PyTorch's optimizers for bench/steps.mjs: reads one request a line, answers the seconds of one step.

`prepare threads parameters repeats` sets them up for so many float32 parameters, in one tensor; after that the name of
a rule as lib/kernels/kernels.ts has it is the mean of `repeats` steps after one that does not count. Fused where
PyTorch has that.
"""

import torch
from answers import answer, seconds_of
from torch import optim

MAKE = {
    "sgd": lambda p: optim.SGD(p, lr=1e-9, fused=True),
    "momentum": lambda p: optim.SGD(p, lr=1e-9, momentum=0.9, fused=True),
    "nesterov": lambda p: optim.SGD(p, lr=1e-9, momentum=0.9, nesterov=True, fused=True),
    "adagrad": lambda p: optim.Adagrad(p, lr=1e-9, fused=True),
    "rmsprop": lambda p: optim.RMSprop(p, lr=1e-9),
    "rmspropMomentum": lambda p: optim.RMSprop(p, lr=1e-9, momentum=0.9),
    "rmspropCentered": lambda p: optim.RMSprop(p, lr=1e-9, centered=True),
    "rmspropCenteredMomentum": lambda p: optim.RMSprop(p, lr=1e-9, centered=True, momentum=0.9),
    "adadelta": lambda p: optim.Adadelta(p, lr=1e-9),
    "adam": lambda p: optim.Adam(p, lr=1e-9, fused=True),
    "amsgrad": lambda p: optim.Adam(p, lr=1e-9, amsgrad=True, fused=True),
}


class Work:
    def __init__(self, threads, parameters, repeats):
        torch.set_num_threads(threads)
        generator = torch.Generator().manual_seed(1)
        self.repeats = repeats
        self.parameter = torch.rand(parameters, generator=generator).requires_grad_()
        self.parameter.grad = torch.rand(parameters, generator=generator)
        self.name, self.optimizer = "", None

    def seconds(self, name):
        if name != self.name:  # one at a time: state of all of them would not fit beside that of others
            self.name, self.optimizer = name, None
            self.optimizer = MAKE[name]([self.parameter])
        self.optimizer.step()
        return seconds_of(self.optimizer.step, self.repeats) / self.repeats


answer(
    f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}",
    lambda *numbers: Work(*map(int, numbers)),
    Work.seconds,
)

"""The toolbox of a stage that a test runs by itself."""

from serve.contracts.errors import CancelledJobError

__all__ = ["Toolbox"]


class Toolbox:
    """A toolbox of a run that is wanted for so many checks; it counts them, and knows no model."""

    checkpoint = None

    def __init__(self, check_count=10**9):
        self.count, self.check_count = 0, check_count

    async def infer(self, model, inputs):
        self.check()
        raise AssertionError(f"nobody expected {model} to be asked")

    def check(self):
        self.count += 1
        if self.count > self.check_count:
            raise CancelledJobError("the user changed their mind")

    def spread(self, tasks):
        for task in tasks:
            self.check()
            task()

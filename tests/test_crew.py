"""The crew of threads: all tasks are done, none after one has failed, and their time is counted."""

import threading
import time

import pytest

from deployments.crew import Crew
from deployments.tools import CpuMeter, Tools
from serve.contracts.errors import CancelledJobError
from serve.contracts.stage import Context
from serve.stages import STAGES


@pytest.fixture
def make_crew():
    """Each call gives a crew of so many threads."""
    made = []

    def make(thread_count):
        made.append(Crew(thread_count))
        return made[-1]

    yield make
    for crew in made:
        crew.close()


def wanted():
    """A check that has nothing to say."""


@pytest.mark.parametrize("thread_count", [1, 3])
def test_every_task_is_done_once(make_crew, thread_count):
    done = []
    make_crew(thread_count).run([lambda number=number: done.append(number) for number in range(50)], wanted)
    assert sorted(done) == list(range(50))


def test_tasks_are_under_way_at_once_and_one_alone_stays_in_its_thread(make_crew):
    crew, meeting, seen = make_crew(3), threading.Barrier(3, timeout=30), []
    crew.run([meeting.wait] * 3, wanted)
    crew.run([lambda: seen.append(threading.current_thread())], wanted)
    assert seen == [threading.current_thread()]


def test_nothing_runs_any_more_once_a_task_has_failed(make_crew):
    began, running = threading.Event(), []

    def slow():
        running.append("began")
        began.set()
        time.sleep(0.2)
        running.append("ended")

    def fail():
        assert began.wait(30)
        raise ValueError("the task has failed")

    late = [lambda: running.append("late")] * 20
    with pytest.raises(ValueError, match="the task has failed"):
        make_crew(2).run([slow, fail, *late], wanted)
    told = list(running)
    assert told[:1] == ["began"] and "ended" in told
    time.sleep(0.1)
    assert running == told


@pytest.mark.parametrize("thread_count", [1, 2])
def test_a_cancelled_run_begins_no_further_task(make_crew, thread_count):
    tools, done = Tools(None, Context("0" * 64, "job"), CpuMeter(), crew=make_crew(thread_count)), []

    def work(number):
        done.append(number)
        if number == 2:
            tools.stop.set()

    with pytest.raises(CancelledJobError):
        tools.spread([lambda number=number: work(number) for number in range(40)])
    assert len(done) <= 2 + thread_count


def test_the_seconds_of_the_crew_are_the_stage_s(make_crew):
    tools = Tools(None, Context("0" * 64, "job"), CpuMeter(), crew=make_crew(2))

    def busy():
        end_s = time.thread_time() + 0.05
        while time.thread_time() < end_s:
            pass

    tools.spread([busy] * 4)
    assert tools.crew_cpu_s >= 0.2


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        ("extract_mesh", {"resolution": 64}),
        ("bake", {"texture_size": 512}),
        ("render", {"size": 128}),
        ("render", {"size": 160, "sample_count": 4, "view_count": 3}),
    ],
)
def test_a_stage_gives_the_same_bytes_on_many_threads(make_crew, name, changes):
    spec = STAGES[name]
    inputs, params = spec.example()
    params = params.model_copy(update=changes)

    def outputs(thread_count):
        tools = Tools(None, Context("0" * 64, "job"), CpuMeter(), crew=make_crew(thread_count))
        (done,) = spec.run(inputs, params, tools.context, tools)
        assert (tools.crew_cpu_s > 0.0) == (thread_count > 1), "nothing was spread"
        return done.outputs

    assert outputs(1) == outputs(3) == outputs(4)

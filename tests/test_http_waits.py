"""One poller for all who wait."""

import asyncio

import pytest

from serve.contracts.errors import LedgerError
from serve.contracts.jobs import JobState
from serve.edges.waits import Waits


@pytest.fixture
def make_waits():
    """Each call makes waits over a table of states, with the list of what was asked of it."""

    def make(table):
        asked = []

        async def states(job_ids):
            asked.append(list(job_ids))
            await asyncio.sleep(0)
            if isinstance(table, Exception):
                raise table
            return {job_id: table[job_id] for job_id in job_ids if job_id in table}

        return Waits(states), asked

    return make


async def test_a_hundred_waiters_are_one_question_a_tick(make_waits):
    table = {"a": JobState.RUNNING, "b": JobState.QUEUED}
    waits, asked = make_waits(table)
    waiting = [asyncio.create_task(waits.ended(job_id, 30)) for job_id in "ab" * 50]
    while len(asked) < 3:
        await asyncio.sleep(0.01)
    assert set(map(tuple, asked)) == {("a", "b")}
    table["a"] = JobState.FAILED
    table["b"] = JobState.COMPLETED
    assert set(await asyncio.gather(*waiting)) == {True}


async def test_nobody_is_asked_when_nobody_waits(make_waits):
    table = {"a": JobState.RUNNING}
    waits, asked = make_waits(table)
    assert not await waits.ended("a", 0)
    assert asked == []
    assert not await waits.ended("a", 0.01)
    await asyncio.sleep(0.12)
    count = len(asked)
    await asyncio.sleep(0.12)
    assert len(asked) == count
    table["a"] = JobState.COMPLETED
    assert await waits.ended("a", 30)  # and the poller comes back


async def test_a_job_that_is_gone_has_ended(make_waits):
    waits, _ = make_waits({})
    assert await waits.ended("a", 30)


async def test_a_ledger_that_fails_is_told_to_all(make_waits):
    waits, _ = make_waits(LedgerError("gone"))
    answers = await asyncio.gather(*(waits.ended("a", 30) for _ in range(3)), return_exceptions=True)
    assert [str(answer) for answer in answers] == ["gone"] * 3


async def test_closing_lets_everybody_go(make_waits):
    waits, _ = make_waits({"a": JobState.RUNNING})
    waiting = [asyncio.create_task(waits.ended("a", 3000)) for _ in range(3)]
    await asyncio.sleep(0.01)
    waits.close()
    assert await asyncio.gather(*waiting) == [False] * 3
    assert not await waits.ended("a", 3000)


async def test_a_waiter_that_leaves_is_forgotten(make_waits):
    waits, asked = make_waits({"a": JobState.RUNNING, "b": JobState.RUNNING})
    leaving = asyncio.create_task(waits.ended("a", 3000))
    staying = asyncio.create_task(waits.ended("b", 3000))
    await asyncio.sleep(0.01)
    leaving.cancel()
    await asyncio.wait({leaving})
    count = len(asked)
    while len(asked) < count + 2:
        await asyncio.sleep(0.01)
    assert asked[-1] == ["b"]
    waits.close()
    assert not await staying

"""The flows of the Python client, driven by hand: retries and pauses; and the decoding of event streams."""

import json
from time import monotonic

import pytest

from galatea_client import GalateaError, QueueFullError, Retries, UnreachableError
from galatea_client.errors import error_of, unreachable
from galatea_client.flows import jobs
from galatea_client.models import Problem
from galatea_client.retries import Attempts, Patience, ask
from galatea_client.steps import Ask, Call, Pause
from galatea_client.wires.http_calls import EventDecoder

CALL = Call("GetJob", {"job_id": "x"})
LOST = unreachable("http://localhost:1", "reset", refused=False)
REFUSED = unreachable("http://localhost:1", "refused", refused=True)
JOB = {
    "job_id": "x",
    "operation": "text-to-3d",
    "status": "queued",
    "priority": "normal",
    "progress": 0.0,
    "created_at": "2030-01-02T00:00:00Z",
    "attempt": 0,
}


def told(status, *, retryable=True, **fields):
    return error_of(Problem(title="t", status=status, detail="d", code="c", retryable=retryable, **fields))


def drive(flow, outcomes):
    """The steps that the flow yields, and what it returns or raises, when its asks have these outcomes."""
    outcomes, steps, resume, outcome = iter(outcomes), [], flow.send, None
    while True:
        try:
            step = resume(outcome)
        except StopIteration as end:
            return steps, end.value
        except GalateaError as error:
            return steps, error
        steps.append(step)
        resume, outcome = flow.send, None
        if isinstance(step, Ask):
            outcome = next(outcomes)
            resume = flow.throw if isinstance(outcome, GalateaError) else flow.send


def pauses(steps):
    return [step.seconds for step in steps if isinstance(step, Pause)]


def test_a_submission_keeps_its_one_key_through_all_attempts():
    flow = jobs.submit("text-to-3d", {"prompt": "a lamp", "seed": None}, None, Patience(Retries()))
    steps, job = drive(flow, [LOST, told(503), told(429), JOB])
    calls = [step.call for step in steps if isinstance(step, Ask)]
    assert len(calls) == 4
    assert len({call.idempotency_key for call in calls}) == 1
    assert len(calls[0].idempotency_key) == 32
    assert calls[0].fields == {"prompt": "a lamp"}
    assert job.job_id == "x"
    other, _ = drive(jobs.submit("text-to-3d", {}, None, Patience(Retries())), [JOB])
    assert other[0].call.idempotency_key != calls[0].idempotency_key


@pytest.mark.parametrize(
    "error", [told(422, retryable=False), told(404, retryable=False), told(500, retryable=False)]
)
def test_what_a_retry_cannot_help_is_raised_at_once(error):
    assert drive(ask(CALL, Attempts(Patience(Retries()))), [error]) == ([Ask(CALL)], error)


def test_attempts_are_counted_and_the_last_error_is_raised():
    errors = [told(503, field=str(number)) for number in range(9)]
    steps, error = drive(ask(CALL, Attempts(Patience(Retries(attempt_count=4)))), errors)
    assert (len(pauses(steps)), error) == (3, errors[3])
    assert drive(ask(CALL, Attempts(Patience(Retries(attempt_count=1)))), errors)[1] is errors[0]


def test_pauses_are_drawn_below_a_bound_that_doubles():
    retries = Retries(attempt_count=9, first_pause_s=1.0, longest_pause_s=8.0, patience_s=1e9)
    drawn = [pauses(drive(ask(CALL, Attempts(Patience(retries))), [LOST] * 9)[0]) for _ in range(200)]
    for number, bound_s in enumerate([1.0, 2.0, 4.0, 8.0, 8.0, 8.0, 8.0, 8.0]):
        column = [row[number] for row in drawn]
        assert 0.0 <= min(column) < 0.1 * bound_s
        assert 0.9 * bound_s < max(column) <= bound_s


def test_the_services_own_pause_is_kept_and_then_spread():
    steps, _ = drive(
        ask(CALL, Attempts(Patience(Retries(first_pause_s=0.5)))), [told(429, retry_after_s=7.0), JOB]
    )
    [pause_s] = pauses(steps)
    assert 7.0 <= pause_s <= 7.5


def test_no_attempt_is_begun_when_the_patience_is_over():
    full = told(429, retry_after_s=61.0)
    assert drive(ask(CALL, Attempts(Patience(Retries(patience_s=60.0)))), [full]) == ([Ask(CALL)], full)


def test_no_attempt_is_begun_when_its_caller_has_given_up():
    soon = Attempts(Patience(Retries(first_pause_s=0.0)), until=monotonic() + 60.0)
    assert drive(ask(CALL, soon), [LOST, JOB])[1] == JOB
    assert drive(ask(CALL, Attempts(Patience(Retries()), until=monotonic())), [LOST])[1] is LOST


def test_an_answer_starts_the_count_anew():
    attempts = Attempts(Patience(Retries(attempt_count=2)))
    for _ in range(5):
        assert drive(ask(CALL, attempts), [LOST, JOB])[1] == JOB
    assert isinstance(drive(ask(CALL, attempts), [LOST, LOST])[1], UnreachableError)


def test_who_does_not_want_to_wait_is_told_at_once():
    hasty = Retries(refused=False, queue_full=False)
    assert drive(ask(CALL, Attempts(Patience(hasty))), [REFUSED])[1] is REFUSED
    assert isinstance(drive(ask(CALL, Attempts(Patience(hasty))), [told(429)])[1], QueueFullError)
    assert drive(ask(CALL, Attempts(Patience(hasty))), [LOST, JOB])[1] == JOB
    patience = Patience(hasty)
    drive(ask(CALL, Attempts(patience)), [JOB])
    # It was there before, so it will come back.
    assert drive(ask(CALL, Attempts(patience)), [REFUSED, JOB])[1] == JOB


def test_an_answer_that_is_no_job_is_said_clearly():
    error = drive(jobs.read("x", Patience(Retries())), [{"hello": "world"}])[1]
    assert (error.code, error.retryable) == ("unreadable_answer", False)
    assert "is that Galatea" in error.detail


STREAM = (
    "retry: 1000\n\n:\n\n"
    'id: 1\nevent: queued\ndata: {"seq": 1, "text": "a\u2028b\u0085c"}\n\n'
    ':\n\nevent: progress\r\ndata: {"seq":\r\ndata: 2}\r\n\r\nid: 3\ndata:{"seq": 3}\n\ndata: {"seq": 4}\n'
).encode()


def test_an_event_that_is_none_is_said_clearly():
    with pytest.raises(GalateaError, match="is that Galatea"):
        list(EventDecoder().feed(b"data: hello\n\n"))


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
def test_events_are_decoded_however_they_are_cut(size):
    decoder = EventDecoder()
    chunks = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    found = [event for chunk in chunks for event in decoder.feed(chunk)]
    assert found == [{"seq": 1, "text": "a\u2028b\u0085c"}, {"seq": 2}, {"seq": 3}]
    assert json.dumps(found)

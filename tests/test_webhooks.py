"""Webhooks against real receivers on loopback: signed, tried again, ended, and told at least once."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from standardwebhooks import Webhook, WebhookVerificationError

from serve.contracts.errors import EngineError, InvalidRequestError, JobMissingError
from serve.ledger import DeliveryState, Ledger
from serve.webhooks import Webhooks, retry_delay_s
from serve.webhooks.schedule import ATTEMPT_COUNT, DELAYS_S, retry_after_s
from tests.webhook_receiver import (
    OLD_SECRET,
    REF,
    SECRET,
    change,
    clock_of,
    end_job,
    job_with,
    next_in_s,
    only,
    receiving,
    settings_of,
    sqlite_alone,
)


@pytest.fixture
def ledger(make_ledger: Callable[[], Ledger]) -> Ledger:
    return make_ledger()


async def test_a_completed_job_is_told_and_its_signature_verifies(ledger):
    async with receiving() as receiver:
        job_id = end_job(ledger, receiver.url)
        assert await Webhooks(ledger, settings_of(), owner="a").deliver_due() == 1
    [got] = receiver.received
    message = Webhook(SECRET).verify(got.body, got.headers)
    ended_at = ledger.jobs.get("local", job_id).ended_at
    assert message["type"] == "job.completed"
    assert abs(datetime.fromisoformat(message["timestamp"]).timestamp() - ended_at) < 0.01
    assert message["data"] == {
        "job_id": job_id,
        "operation": "text-to-3d",
        "status": "completed",
        "seed": 5,
        "main": "glb",
        "assets": {"glb": {"digest": REF.digest, "media_type": REF.media_type, "bytes": 7}},
    }
    assert only(ledger).state is DeliveryState.DELIVERED
    assert got.headers["webhook-id"] == only(ledger).delivery_id
    assert got.headers["content-type"] == "application/json"
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(got.body.replace("completed", "cancelled"), got.headers)


async def test_a_failed_and_a_cancelled_job_are_told_with_their_error(ledger):
    async with receiving() as receiver:
        end_job(ledger, receiver.url, error=EngineError("the model is gone; fetch it"))
        waiting = ledger.jobs.submit(job_with(receiver.url)).job
        ledger.jobs.cancel("local", waiting.job_id)
        await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    messages = [Webhook(SECRET).verify(got.body, got.headers) for got in receiver.received]
    failed, cancelled = sorted(messages, key=lambda message: message["type"], reverse=True)
    assert (failed["type"], failed["data"]["status"]) == ("job.failed", "failed")
    assert failed["data"]["error"] == {
        "code": "engine_failed",
        "detail": "the model is gone; fetch it",
        "retryable": True,
    }
    assert (cancelled["type"], cancelled["data"]["status"]) == ("job.cancelled", "cancelled")
    assert cancelled["data"]["error"]["code"] == "cancelled"
    assert (cancelled["data"]["job_id"], cancelled["data"]["seed"]) == (waiting.job_id, 5)


async def test_a_failed_delivery_is_tried_again_with_the_same_id_and_bytes(ledger):
    async with receiving(answers=["500 No", "200 OK"]) as receiver:
        end_job(ledger, receiver.url)
        webhooks = Webhooks(ledger, settings_of(), owner="a")
        before = clock_of(ledger)
        assert await webhooks.deliver_due() == 1
        assert 5.0 <= next_in_s(ledger, before) < 5.0 * 1.1 + 30
        assert (only(ledger).state, only(ledger).last_error) == (
            DeliveryState.PENDING,
            "the receiver answered 500",
        )
        assert await webhooks.deliver_due() == 0, "it is not due yet"
        change(ledger, next_at=0)
        assert await webhooks.deliver_due() == 1
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert first.body == second.body
    assert (only(ledger).state, only(ledger).attempt) == (DeliveryState.DELIVERED, 2)


def test_the_schedule_is_that_of_the_specification_with_a_tenth_of_jitter():
    delays = [retry_delay_s("msg_1", attempt) for attempt in range(1, ATTEMPT_COUNT + 1)]
    assert delays[-1] is None
    minute, hour = 60, 3600
    expected = [5, 5 * minute, 30 * minute, *(hour * each for each in (2, 5, 10, 14, 20, 24))]
    assert list(DELAYS_S) == expected
    assert all(least <= delay < 1.1 * least for least, delay in zip(expected, delays[:-1], strict=True))
    assert len({retry_delay_s(f"msg_{number}", 1) for number in range(50)}) == 50
    assert retry_delay_s("msg_1", 3) == retry_delay_s("msg_1", 3)


def test_a_receiver_may_ask_for_up_to_a_day_but_not_for_less_than_the_schedule():
    now = datetime(2030, 1, 1, tzinfo=UTC)
    assert retry_after_s("120", now) == 120
    assert retry_after_s("Tue, 01 Jan 2030 00:10:00 GMT", now) == 600
    assert [retry_after_s(text, now) for text in (None, "", "soon", "-5", "²", "9" * 400)] == [
        *[0.0] * 5,
        86_400.0,
    ]
    assert retry_after_s("Tue, 01 Jan 2019 00:10:00 GMT", now) == 0
    assert retry_delay_s("msg_1", 1, 3600.0) == 3600.0
    assert retry_delay_s("msg_1", 1, 1e9) == 86_400.0
    assert retry_delay_s("msg_1", 9, 1.0) >= 86_400.0


@sqlite_alone
async def test_a_receivers_retry_after_is_followed(ledger):
    async with receiving(answers=["503 Busy\r\nretry-after: 7200"]) as receiver:
        end_job(ledger, receiver.url)
        before = clock_of(ledger)
        await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    assert 7200 <= next_in_s(ledger, before) < 7260


async def test_a_receiver_that_is_gone_is_told_no_more(ledger):
    async with receiving(answers=["410 Gone"]) as receiver:
        end_job(ledger, receiver.url)
        await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    assert only(ledger).state is DeliveryState.DEAD
    assert only(ledger).attempt == 1


async def test_the_last_failure_makes_a_dead_letter_that_can_be_sent_again(ledger):
    async with receiving(answers=["500 No"] * ATTEMPT_COUNT + ["200 OK"]) as receiver:
        end_job(ledger, receiver.url)
        webhooks = Webhooks(ledger, settings_of(), owner="a")
        for _ in range(ATTEMPT_COUNT):
            assert only(ledger).state is DeliveryState.PENDING
            change(ledger, next_at=0)
            await webhooks.deliver_due()
        [dead] = ledger.outbox.page("local", DeliveryState.DEAD)
        assert (dead.attempt, dead.last_error) == (ATTEMPT_COUNT, "the receiver answered 500")
        assert await webhooks.deliver_due() == 0
        again = ledger.outbox.redeliver("local", dead.delivery_id)
        assert (again.state, again.attempt) == (DeliveryState.PENDING, 0)
        assert await webhooks.deliver_due() == 1
    assert only(ledger).state is DeliveryState.DELIVERED
    assert {got.headers["webhook-id"] for got in receiver.received} == {dead.delivery_id}


@sqlite_alone
async def test_while_a_secret_is_replaced_both_verify(ledger):
    async with receiving() as receiver:
        end_job(ledger, receiver.url)
        settings = settings_of(webhook_secret=f"{SECRET}, {OLD_SECRET}")
        await Webhooks(ledger, settings, owner="a").deliver_due()
    [got] = receiver.received
    assert Webhook(SECRET).verify(got.body, got.headers) == Webhook(OLD_SECRET).verify(got.body, got.headers)
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_" + base64.b64encode(bytes(32)).decode()).verify(got.body, got.headers)


@sqlite_alone
@pytest.mark.parametrize(
    "secret",
    ["abc", "whsec_", "whsec_!!", SECRET[6:], "whsec_" + base64.b64encode(bytes(23)).decode(), f"{SECRET},"],
)
def test_a_malformed_secret_is_refused_and_not_shown(ledger, secret):
    with pytest.raises(InvalidRequestError, match="GALATEA_WEBHOOK_SECRET") as refused:
        Webhooks(ledger, settings_of(webhook_secret=secret), owner="a")
    assert len(secret) < 10 or secret not in str(refused.value)


@sqlite_alone
async def test_without_a_secret_nothing_is_sent_and_the_list_says_why(ledger):
    async with receiving() as receiver:
        end_job(ledger, receiver.url)
        await Webhooks(ledger, settings_of(webhook_secret=None), owner="a").deliver_due()
    assert not receiver.received
    assert "GALATEA_WEBHOOK_SECRET" in (only(ledger).last_error or "")
    assert only(ledger).state is DeliveryState.PENDING


@sqlite_alone
async def test_a_redirect_is_a_failure_and_not_followed(ledger):
    async with receiving() as target, receiving() as receiver:
        receiver.answers = [f"307 Elsewhere\r\nlocation: {target.url}"]
        end_job(ledger, receiver.url)
        await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    assert not target.received
    assert only(ledger).last_error == "the receiver answered 307"


async def test_a_slow_receiver_holds_nobody_else(ledger):
    async with receiving(hold=asyncio.Event()) as slow, receiving() as quick:
        for _ in range(12):
            end_job(ledger, slow.url)
        for _ in range(3):
            end_job(ledger, quick.url)
        loop = asyncio.create_task(Webhooks(ledger, settings_of(), owner="a").run())
        try:
            async with asyncio.timeout(30):
                while len(quick.received) < 3:
                    await asyncio.sleep(0.01)
            assert 1 <= len(slow.received) <= 4
            slow.hold.set()
            async with asyncio.timeout(30):
                while len(slow.received) < 12:
                    await asyncio.sleep(0.01)
        finally:
            loop.cancel()
            await asyncio.wait({loop})
    assert loop.cancelled()


async def test_one_url_takes_four_places_at_most_in_all_processes_together(ledger):
    for _ in range(6):
        end_job(ledger, "http://slow.test/")
    end_job(ledger, "http://other.test/")
    first = ledger.outbox.claim("a", 60, 3)
    second = ledger.outbox.claim("b", 60, 8)
    assert [each.url for each in first] == ["http://slow.test/"] * 3
    assert sorted(each.url for each in second) == ["http://other.test/", "http://slow.test/"]
    assert len({each.delivery_id for each in [*first, *second]}) == 5
    assert ledger.outbox.claim("c", 60, 8) == []
    for each in first:
        ledger.outbox.delivered(each.delivery_id, "a")
    assert len(ledger.outbox.claim("c", 60, 8)) == 2


def test_claims_at_the_same_moment_never_take_the_same_delivery(ledger):
    for number in range(60):
        end_job(ledger, f"http://receiver-{number}.test/")

    def claim_all(owner: str) -> list[str]:
        taken: list[str] = []
        while claimed := ledger.outbox.claim(owner, 60, 3):
            taken += [delivery.delivery_id for delivery in claimed]
        return taken

    with ThreadPoolExecutor(4) as threads:
        taken = [each for one in threads.map(claim_all, "abcd") for each in one]
    # Who finds that others were quicker goes away with nothing, and comes again with the next tick.
    taken += claim_all("a")
    assert len(taken) == len(set(taken)) == 60
    assert all(delivery.attempt == 1 for delivery in ledger.outbox.page("local"))


async def test_a_delivery_of_a_killed_process_is_told_again_when_its_lease_is_over(ledger):
    async with receiving(hold=asyncio.Event()) as receiver:
        end_job(ledger, receiver.url)
        dying = asyncio.create_task(Webhooks(ledger, settings_of(), owner="dying").run())
        await asyncio.wait_for(receiver.arrived.wait(), 30)
        dying.cancel()
        await asyncio.wait({dying})
        receiver.hold.set()
        heir = Webhooks(ledger, settings_of(), owner="heir")
        assert await heir.deliver_due() == 0, "the lease of the dead still runs"
        change(ledger, lease_until=0)
        assert await heir.deliver_due() == 1
        ledger.outbox.failed(only(ledger).delivery_id, "dying", "too late to say", None)
    first, second = receiver.received
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert (only(ledger).state, only(ledger).attempt) == (DeliveryState.DELIVERED, 2)


async def test_attempts_that_break_off_each_time_come_to_an_end(ledger):
    async with receiving() as receiver:
        end_job(ledger, receiver.url)
        change(ledger, attempt=ATTEMPT_COUNT)
        await Webhooks(ledger, settings_of(), owner="a").deliver_due()
    assert not receiver.received
    assert only(ledger).state is DeliveryState.DEAD


def test_a_tenant_sees_and_sends_only_its_own(ledger):
    end_job(ledger, "http://one.test/", tenant="one")
    end_job(ledger, "http://two.test/", tenant="two")
    assert only(ledger, "one").url == "http://one.test/"
    assert ledger.outbox.page("three") == []
    with pytest.raises(JobMissingError):
        ledger.outbox.redeliver("two", only(ledger, "one").delivery_id)


def test_pages_go_from_the_newest_to_the_oldest(ledger):
    jobs = [end_job(ledger, f"http://receiver-{number}.test/") for number in range(5)]
    first = ledger.outbox.page("local", limit=3)
    rest = ledger.outbox.page("local", limit=3, before=first[-1].delivery_id)
    listed = [delivery.delivery_id for delivery in [*first, *rest]]
    assert listed == sorted(listed, reverse=True)
    assert {delivery.job_id for delivery in [*first, *rest]} == set(jobs)


@sqlite_alone
async def test_a_ledger_that_fails_does_not_end_the_loop(make_ledger, caplog):
    ledger = make_ledger()
    rename = "ALTER TABLE {} RENAME TO {}"
    ledger.database.write(lambda c: c.execute(sa.text(rename.format("webhook_deliveries", "elsewhere"))))
    loop = asyncio.create_task(Webhooks(ledger, settings_of(), owner="a").run())
    try:
        async with receiving() as receiver, asyncio.timeout(30):
            while "webhooks wait" not in caplog.text:
                await asyncio.sleep(0.01)
            ledger.database.write(
                lambda c: c.execute(sa.text(rename.format("elsewhere", "webhook_deliveries")))
            )
            end_job(ledger, receiver.url)
            await receiver.arrived.wait()
    finally:
        loop.cancel()
        await asyncio.wait({loop})

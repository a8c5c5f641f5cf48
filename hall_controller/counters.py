"""Figures since the start, for `/metrics`. Written by the hall loop, read from any thread."""

from collections.abc import Mapping

from bus.messages import Outcome
from hall_controller.batch import Batch
from hall_controller.facts import TicketCalled, TicketIssued

ISSUED = str(TicketIssued.__struct_config__.tag)
CALLED = str(TicketCalled.__struct_config__.tag)


class Counters:
    """Prometheus-style names; those that end in `_total` only grow."""

    def __init__(self) -> None:
        # All names from the start: a dictionary that never grows may be copied while it changes.
        self._values: dict[str, float] = {
            "hall_batches_total": 0,
            "hall_commands_total": 0,
            "hall_commit_seconds_total": 0,
            "hall_commits_total": 0,
            "hall_deliveries_total": 0,
            "hall_facts_total": 0,
            "hall_last_commit_seconds": 0,
            "hall_refusals_total": 0,
            "hall_store_failures_total": 0,
            "hall_tickets_called_total": 0,
            "hall_tickets_issued_total": 0,
        }

    def committed(self, batch: Batch, seconds: float) -> None:
        """A batch went to disk in `seconds`."""
        facts = [row for site in batch.changes.sites.values() for row in site.facts]
        self._add(
            commits_total=1,
            commit_seconds_total=seconds,
            facts_total=len(facts),
            tickets_issued_total=sum(row.kind == ISSUED for row in facts),
            tickets_called_total=sum(row.kind == CALLED for row in facts),
        )
        self._values["hall_last_commit_seconds"] = seconds

    def processed(self, batch: Batch) -> None:
        """A batch has been answered."""
        refusals = sum(
            job.reply is not None and job.reply.outcome is Outcome.REFUSED for job in batch.jobs
        )
        self._add(
            batches_total=1,
            commands_total=len(batch.jobs),
            deliveries_total=len(batch.deliveries),
            refusals_total=refusals,
            store_failures_total=int(batch.failed),
        )

    def snapshot(self, poison: Mapping[str, int]) -> dict[str, float]:
        """All figures now; `poison` are unusable messages by reason."""
        return dict(self._values) | {
            "hall_poison_total": sum(poison.values()),
            **{f"hall_poison_{reason}_total": count for reason, count in poison.items()},
        }

    def _add(self, **amounts: float) -> None:
        for name, amount in amounts.items():
            self._values[f"hall_{name}"] += amount

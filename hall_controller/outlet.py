"""From the hall to the bus: replies, and the retained board and windows when they have changed."""

import structlog
from msgspec.structs import replace

from bus import topics
from bus.link import Delivery, Link
from bus.messages import BoardCall, BoardState, Message, Reply, WindowShows, WindowState
from hall_controller.core.board import QueueBoard, WindowBoard, queue_board, window_board
from hall_controller.core.rules import HallRules
from hall_controller.core.state import HallState

log = structlog.get_logger()

SHOWN = (topics.BOARD, topics.WINDOW)


class Outlet:
    """Publishes through one link. Only the hall loop's thread uses it.

    The link remembers what is retained and publishes it anew at each connection; so a message
    whose content is as it was is not sent again.
    """

    def __init__(self, link: Link, rules: HallRules) -> None:
        self._link = link
        self._rules = rules
        self._sent: dict[tuple[str, str], Message] = {}

    def reply(self, address: topics.Address, reply: Reply) -> None:
        """Answer the terminal that asked, wherever the request said the answer should go."""
        self._link.publish(topics.REPLY, address.name, reply, site=address.site.code)

    def windows(self, state: HallState, now_ms: int) -> None:
        """Publish each window that shows something else than before."""
        for rule in self._rules.windows:
            message = window_message(window_board(state, rule))
            self._retain(topics.WINDOW, rule.id, message, replace(message, at_ms=now_ms))

    def boards(self, state: HallState, now_ms: int) -> None:
        """Publish each queue whose board has changed."""
        for rule in self._rules.queues:
            message = board_message(queue_board(state, self._rules, rule, now_ms))
            self._retain(topics.BOARD, rule.id, message, replace(message, at_ms=now_ms))

    def seen(self, delivery: Delivery) -> None:
        """Clear what is retained for a queue or window that the settings have no more; all else is
        our own word, come back."""
        address, rules = delivery.address, self._rules
        known = rules.queue_by_id if address.channel is topics.BOARD else rules.window_by_id
        ours = address.site.code == rules.site
        if delivery.payload and ours and address.name not in known:
            log.info("hall.cleared", channel=address.channel.leaf, name=address.name)
            self._link.clear(address.channel, address.name, site=rules.site)

    def _retain(
        self, channel: topics.Channel, name: str, content: Message, message: Message
    ) -> None:
        if self._sent.get((channel.leaf, name)) != content:
            self._sent[(channel.leaf, name)] = content
            self._link.publish(channel, name, message, site=self._rules.site)


def window_message(board: WindowBoard) -> WindowState:
    """The window as it goes out, without its time."""
    return WindowState(
        window=board.window,
        name=board.name,
        shows=WindowShows(board.shows),
        call_id=board.call_id,
        number=board.number,
        reason=board.reason,
    )


def board_message(board: QueueBoard) -> BoardState:
    """The board of a queue as it goes out, without its time."""
    return BoardState(
        queue=board.queue,
        name=board.name,
        name_en=board.name_en,
        is_open=board.is_open,
        waiting=board.waiting,
        estimate_minutes=board.estimate_minutes,
        calls=[
            BoardCall(
                call_id=call.call_id,
                number=call.number,
                window=call.window,
                window_name=call.window_name,
                at_ms=call.at_ms,
            )
            for call in board.calls
        ],
    )
